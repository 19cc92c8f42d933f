/** Requests and their authentication: what is decided at once, what takes time, and in which order answers are given. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { allocateCounters, makeResponder, QueryCounters, sumCounters } from '../../authority/index.ts'
import { question } from '../../authority/served.fixture.ts'
import { Name } from '../../dns/name/index.ts'
import { AXFR } from '../../dns/rr/index.ts'
import {
  decodeMessage,
  MessageView,
  OPCODE_QUERY,
  RCODE_NOERROR,
  RCODE_NOTAUTH,
  RCODE_NOTIMP,
  RCODE_SERVFAIL,
} from '../../dns/wire/index.ts'
import type { Answer, Peer } from '../../ports/index.ts'
import type { LogFields } from '../../ports/log.ts'
import { newTsigKey, type SignedRequest, signRequest, TsigKeys, TsigReplays, verifyResponse } from '../../tsig/index.ts'
import { zoneOf } from '../../zone/zone.fixture.ts'
import { ServedImage } from '../served-image.ts'
import {
  type Authentication,
  type Authenticator,
  type PendingAuthentication,
  UNAUTHENTICATED,
  UNSIGNED,
} from './authentication.ts'
import { HandlerTable, type RequestHandler } from './handler-table.ts'
import { ImageResponder } from './image-responder.ts'
import { PendingAuthentications, type PendingLimits } from './pending-authentications.ts'
import { actorOf } from './principal.ts'
import { QueryService } from './query-service.ts'
import { QuestionHandler } from './question-handler.ts'
import { Recursion } from './recursion.ts'
import { TsigAuthenticator } from './tsig-authenticator.ts'
import { TKEY_HANDLER, UPDATE_HANDLER } from './unsupported-handlers.ts'

const NOW = 1_790_000_000
const CLOCK = {
  wall: () => NOW,
  steady: () => NOW,
  ahead: () => 0,
  instant: () => ({ wall: NOW, steady: NOW }),
  look: () => {},
}
const KEY = newTsigKey(Name.parse('agreed.'), 'hmac-sha256', new Uint8Array(32).fill(7))
const ZONE = '@ 3600 SOA ns host 1 7200 3600 1209600 600\n@ NS ns\nns A 192.0.2.1\na A 10.0.0.1\nb A 10.0.0.2\n'
const LIMITS: PendingLimits = { most: 3, mostOfClient: 2, seconds: 30 }

/** A key agreement that the test ends: until then, the server does not know whether a signature is good. */
class SlowAgreement implements Authenticator {
  readonly #decide: (request: MessageView, peer: Peer) => Authentication
  /** One for each request that waits, in their order. */
  readonly waiting: { readonly signal: AbortSignal; agree(): void; fail(error: Error): void }[] = []

  constructor(decide: (request: MessageView, peer: Peer) => Authentication) {
    this.#decide = decide
  }

  authenticate(request: MessageView, peer: Peer): Authentication | PendingAuthentication {
    if (request.tsigAt < 0) return UNAUTHENTICATED
    return {
      kind: 'pending',
      decide: async (copy, signal) => {
        const agreement = Promise.withResolvers<void>()
        this.waiting.push({ signal, agree: agreement.resolve, fail: agreement.reject })
        await agreement.promise
        return this.#decide(copy, peer)
      },
    }
  }
}

function setUp(options: { unsigned?: boolean; limits?: PendingLimits; handlers?: readonly RequestHandler[] } = {}) {
  const image = new ServedImage()
  image.put(zoneOf(ZONE), { restricted: true, rotates: false, expires: 0 })
  const lines: [LogFields, string][] = []
  const write = (...line: [LogFields, string]): void => void lines.push(line)
  const log = { debug: write, info: write, warn: write, error: write }
  const keys = new TsigKeys([KEY])
  const tsig = new TsigAuthenticator({ clock: CLOCK, replays: new TsigReplays(), requestLog: log, keys: () => keys })
  const agreed = { kind: 'authenticated', identity: { kind: 'tsig', key: KEY.name }, signer: UNSIGNED } as const
  const agreement = new SlowAgreement(options.unsigned ? () => agreed : (view, peer) => tsig.authenticate(view, peer))
  const block = allocateCounters()
  const counters = new QueryCounters(block)
  const settings = {
    maxUdpPayload: 1232,
    isMinimal: true,
    nsid: undefined,
    version: undefined,
    hostname: undefined,
    cookieSecrets: [],
    rateLimit: undefined,
    rateLimitExempt: [],
    keepaliveDeciseconds: 300,
  }
  const direct = makeResponder(image.reader, settings, block, (error) => assert.fail(String(error)))
  const responder = new ImageResponder(image, CLOCK, () => direct)
  const resolving = (): undefined => undefined
  const recursion = new Recursion(responder, resolving)
  const zone = (): undefined => undefined
  const questions = new QuestionHandler({ image, responder, recursion, counters, zone, resolving })
  const handlers = new HandlerTable([UPDATE_HANDLER, TKEY_HANDLER, questions, ...(options.handlers ?? [])])
  const pending = new PendingAuthentications(log, options.limits ?? LIMITS)
  const parts = { responder, recursion, pending, handlers, counters }
  return {
    service: new QueryService({ ...parts, authenticator: agreement }),
    /** Decides at once. */
    prompt: new QueryService({ ...parts, authenticator: tsig }),
    waiting: agreement.waiting,
    pending,
    lines,
    rcodes: () => sumCounters([block]).byRcode,
  }
}

function peerAt(last: number): Peer {
  return { protocol: 'tcp', address: Uint8Array.of(192, 0, 2, last), port: 4711 }
}

function signed(name: string, type: string | number = 'A', key = KEY): SignedRequest {
  return signRequest(question(name, type), key, NOW)
}

function octetsOf(answer: Answer): Uint8Array {
  assert.ok(answer instanceof Uint8Array)
  return answer
}

function rcodeOf(answer: Answer): number {
  return decodeMessage(octetsOf(answer)).header.rcode
}

function addressOf(answer: Answer): string {
  return (decodeMessage(octetsOf(answer)).answer[0]?.rdata ?? []).join('.')
}

/** Whether the signature of an answer is good for its request. */
function isSigned(answer: Answer, request: SignedRequest): boolean {
  const view = new MessageView()
  assert.equal(view.parse(octetsOf(answer)) ?? view.scan(), undefined)
  return verifyResponse(view, request, NOW).verdict === 'good'
}

test('what can be decided at once is answered at once, without a promise', () => {
  const { prompt, service, rcodes } = setUp()
  const request = signed('a.example.')
  const answer = prompt.answer(request.message, peerAt(1))
  assert.ok(!(answer instanceof Promise))
  assert.ok(isSigned(answer, request))
  const unsigned = service.answer(question('a.example.', 'A'), peerAt(1))
  assert.ok(!(unsigned instanceof Promise))
  assert.equal(addressOf(unsigned), '10.0.0.1')
  assert.equal(rcodes().get(RCODE_NOERROR), 2)
})

test('a request waits for its authentication, and the octets that it came in may be overwritten meanwhile', async () => {
  const { service, waiting, pending } = setUp()
  const request = signed('a.example.')
  const borrowed = request.message.slice()
  const answer = service.answer(borrowed, peerAt(1))
  assert.ok(answer instanceof Promise)
  borrowed.fill(0xff)
  await turn()
  assert.equal(pending.count, 1)
  waiting[0]?.agree()
  const given = await answer
  assert.ok(isSigned(given, request))
  assert.equal(addressOf(given), '10.0.0.1')
  assert.equal(pending.count, 0)
})

test('requests that wait hold up no others, and are answered in the order in which they are decided', async () => {
  const { service, waiting } = setUp({ unsigned: true })
  const order: string[] = []
  const ask = (name: string): Promise<void> =>
    Promise.resolve(service.answer(signed(name).message, peerAt(1))).then((answer) => {
      order.push(`${name} ${addressOf(answer)}`)
    })
  const asked = [ask('a.example.'), ask('b.example.')]
  assert.equal(addressOf(octetsOf(await service.answer(question('b.example.', 'A'), peerAt(1)))), '10.0.0.2')
  assert.deepEqual(order, [])
  waiting[1]?.agree()
  await asked[1]
  waiting[0]?.agree()
  await asked[0]
  assert.deepEqual(order, ['b.example. 10.0.0.2', 'a.example. 10.0.0.1'])
})

test('answers to requests that are decided in the same turn do not overwrite each other', async () => {
  const { service, waiting } = setUp({ unsigned: true })
  const asked = ['a.example.', 'b.example.'].map((name) => service.answer(signed(name).message, peerAt(1)))
  for (const { agree } of waiting) agree()
  const answers = await Promise.all(asked)
  service.answer(question('ns.example.', 'A'), peerAt(1))
  assert.deepEqual(answers.map(addressOf), ['10.0.0.1', '10.0.0.2'])
})

test('the handler is called after the decision, with the client that was authenticated', async () => {
  const actors: string[] = []
  const transfers: RequestHandler = {
    opcode: OPCODE_QUERY,
    types: [AXFR.number],
    handle: ({ client }) => {
      actors.push(actorOf(client))
      return undefined
    },
  }
  const { service, waiting } = setUp({ handlers: [transfers] })
  const answer = service.answer(signed('example.', 'AXFR').message, peerAt(1))
  await turn()
  assert.deepEqual(actors, [])
  waiting[0]?.agree()
  assert.equal(await answer, undefined)
  service.answer(question('example.', 'AXFR'), peerAt(1))
  assert.deepEqual(actors, ['key agreed.', '192.0.2.1'])
})

test('a signature that is not good is rejected when that is decided, before any handler', async () => {
  const { service, waiting, rcodes } = setUp()
  const other = newTsigKey(Name.parse('other.'), 'hmac-sha256', new Uint8Array(32))
  const answer = service.answer(signed('a.example.', 'A', other).message, peerAt(1))
  await turn()
  waiting[0]?.agree()
  assert.equal(rcodeOf(await answer), RCODE_NOTAUTH)
  assert.deepEqual([...rcodes()], [[RCODE_NOTAUTH, 1]])
})

test('so many requests wait of one client and of all; one more is SERVFAIL at once, until there is room', async () => {
  const { service, waiting, pending, lines, rcodes } = setUp()
  const ask = (client: number): Answer | Promise<Answer> => service.answer(signed('a.example.').message, peerAt(client))
  const first = ask(1)
  const others = [ask(1)]
  const third = ask(1)
  assert.ok(!(third instanceof Promise), 'a third one of the same client')
  assert.equal(rcodeOf(third), RCODE_SERVFAIL)
  others.push(ask(2))
  const fourth = ask(3)
  assert.ok(!(fourth instanceof Promise), 'a fourth one in all')
  assert.equal(rcodeOf(fourth), RCODE_SERVFAIL)
  assert.equal(rcodes().get(RCODE_SERVFAIL), 2)
  assert.deepEqual(
    lines.map(([{ peer, transport }]) => ({ peer, transport })),
    [1, 3].map((last) => ({ peer: `192.0.2.${last}`, transport: 'tcp' })),
  )
  waiting[0]?.agree()
  await first
  assert.equal(pending.count, 2)
  others.push(ask(3))
  for (const { agree } of waiting) agree()
  assert.deepEqual((await Promise.all(others)).map(rcodeOf), [RCODE_NOERROR, RCODE_NOERROR, RCODE_NOERROR])
  assert.equal(pending.count, 0)
})

test('a decision that takes too long is aborted and SERVFAIL, and changes nothing when it is made later', async () => {
  const { service, waiting, pending, lines, rcodes } = setUp({ limits: { ...LIMITS, seconds: 0.02 } })
  const answer = service.answer(signed('a.example.').message, peerAt(1))
  assert.equal(waiting[0]?.signal.aborted, false)
  assert.equal(rcodeOf(await answer), RCODE_SERVFAIL)
  assert.equal(waiting[0]?.signal.aborted, true)
  assert.equal(pending.count, 0)
  waiting[0]?.agree()
  await turn()
  assert.deepEqual([...rcodes()], [[RCODE_SERVFAIL, 1]])
  assert.match(String(lines[0]?.[0].reason), /not decided within 0.02 s/)
})

test('an error while a request is authenticated costs that request, and is logged', async () => {
  const { service, waiting, pending, lines } = setUp()
  const answer = service.answer(signed('a.example.').message, peerAt(1))
  waiting[0]?.fail(new TypeError('of the inside'))
  assert.equal(rcodeOf(await answer), RCODE_SERVFAIL)
  assert.equal(pending.count, 0)
  assert.match(String(lines[0]?.[0].error), /of the inside/)
})

test('a handler of a type goes before that of the opcode, which has all other types', () => {
  const handler = (opcode: number, types?: readonly number[]): RequestHandler => ({
    opcode,
    ...(types !== undefined && { types }),
    handle: () => undefined,
  })
  const [update, axfr, query] = [handler(5), handler(0, [AXFR.number, 251]), handler(0)]
  const table = new HandlerTable([axfr, update, query])
  const find = (opcode: number, qtype: number, questions = 1): RequestHandler | undefined => {
    const view = new MessageView()
    view.parse(question('example.', qtype))
    view.bits = opcode << 11
    view.questions = questions
    return table.find(view)
  }
  assert.equal(find(0, AXFR.number), axfr)
  assert.equal(find(0, 251), axfr)
  assert.equal(find(0, AXFR.number, 0), query)
  assert.equal(find(0, 1), query)
  assert.equal(find(5, AXFR.number), update)
  assert.equal(find(4, 6), undefined)
  assert.throws(() => new HandlerTable([query, handler(0)]), /two handlers/)
  assert.throws(() => new HandlerTable([axfr, handler(0, [251])]), /two handlers/)
})

test('a request that no handler is for is answered NOTIMP, signed', () => {
  const { prompt, rcodes } = setUp()
  const notify = question('example.', 'SOA')
  notify[2] = 4 << 3
  const request = signRequest(notify, KEY, NOW)
  const answer = prompt.answer(request.message, peerAt(1))
  assert.ok(!(answer instanceof Promise))
  assert.equal(rcodeOf(answer), RCODE_NOTIMP)
  assert.ok(isSigned(answer, request))
  assert.equal(rcodes().get(RCODE_NOTIMP), 1)
})
