/** A resolver whose wall clock is set while it runs: what was judged by the old time is judged again, and nothing of it is kept. */
import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Name } from '../../dns/name/index.ts'
import { typeNumber } from '../../dns/rr/index.ts'
import { decodeMessage, encodeMessage, headerOf, type Message, optionOf } from '../../dns/wire/index.ts'
import { signText } from '../../signer/signing.fixture.ts'
import { NetworkExchange } from '../../transport/index.ts'
import { dsText } from '../../validator/world.fixture.ts'
import { TestServer } from '../servers.fixture.ts'

const DAY = 86_400
const YEAR = 366 * DAY
const NOW = Math.floor(Date.now() / 1000)
/** What is promised: a jump has its effect within two seconds. */
const EFFECT_MILLISECONDS = 2000
/** Signed until then, in days from now. */
const ZONES: readonly (readonly [name: string, days: number])[] = [
  ['long.lab.', 30],
  ['short.lab.', 5],
]
const exchange = new NetworkExchange()
let authority: TestServer
let held: HeldServer

/** A name server in front of another that keeps replies back while it is told to. */
class HeldServer {
  readonly socket: Socket = createSocket('udp4')
  #waiting: (() => void)[] | undefined
  #arrived = Promise.withResolvers<void>()

  async start(port: number): Promise<void> {
    this.socket.on('message', (query, { address, port: from }) => {
      const forward = createSocket('udp4')
      forward.on('message', (reply) => {
        forward.close()
        const give = (): void => this.socket.send(reply, from, address)
        if (this.#waiting === undefined) give()
        else this.#waiting.push(give)
        this.#arrived.resolve()
      })
      forward.send(query, port, '127.0.0.1')
    })
    this.socket.bind(0, '127.0.0.1')
    await once(this.socket, 'listening')
  }

  /** Keeps replies back. Resolves when there is one. */
  hold(): Promise<void> {
    this.#waiting = []
    this.#arrived = Promise.withResolvers<void>()
    return this.#arrived.promise
  }

  release(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const give of waiting) give()
  }
}

before(async () => {
  authority = new TestServer()
  const zones = ZONES.map(([name, days]) => {
    const hosts = Array.from({ length: 40 }, (_, i) => `www${i} 3600 A 192.0.2.${i}\n`).join('')
    const plain = `$ORIGIN ${name}\n@ 3600 SOA ns h 1 7200 3600 1209600 3600\n@ 3600 NS ns\nns 3600 A 127.0.0.1\n${hosts}`
    const { text } = signText(plain, { zone: name, inception: NOW - DAY, expiration: NOW + days * DAY })
    return { name, type: 'primary', file: authority.file(name, text) }
  })
  await authority.start({ zones })
  held = new HeldServer()
  await held.start(authority.port)
})

after(() => held.socket.close())

async function startResolver(clockAhead = 0, port = authority.port): Promise<TestServer> {
  const server = new TestServer()
  server.clockAhead = clockAhead
  const anchors = ZONES.map(([name]) => `${name} IN DS ${dsText(name)}\n`).join('')
  await server.start({
    zones: ZONES.map(([name]) => ({ name, type: 'stub', addresses: [`127.0.0.1:${port}`] })),
    resolver: { enabled: true, trustAnchors: [server.file('anchors', anchors)], rootTrustAnchors: false },
  })
  return server
}

async function ask(server: TestServer, name: string): Promise<Message> {
  const query = encodeMessage({
    header: { ...headerOf(1, 0), rd: true },
    questions: [{ name: Name.parse(name), type: typeNumber('A'), class: 1 }],
    answer: [],
    authority: [],
    additional: [],
    edns: { udpSize: 1232, version: 0, dnssecOk: true, flags: 0, options: [] },
  })
  const endpoint = { address: Uint8Array.of(127, 0, 0, 1), port: server.port }
  return decodeMessage(await exchange.query(endpoint, query, { timeoutSeconds: 5 }))
}

/** What a client gets, in a word: `secure`, `insecure`, or SERVFAIL with its first extended error. */
async function outcome(server: TestServer, name: string): Promise<string> {
  const { header, answer, edns } = await ask(server, name)
  if (header.rcode === 2) return `SERVFAIL ${optionOf(edns, 'ede')?.infoCode}`
  assert.deepEqual([header.rcode, answer.length], [0, 2])
  return header.ad ? 'secure' : 'insecure'
}

/** Sets the wall clock and waits for no longer than the effect may take. */
async function setClock(server: TestServer, ahead: number): Promise<void> {
  server.clockAhead = ahead
  await sleep(EFFECT_MILLISECONDS)
}

test('set forward: what has expired by then is SERVFAIL within two seconds, all else is answered as before', async () => {
  const server = await startResolver()
  for (let round = 0; round < 3; round++) {
    assert.equal(await outcome(server, 'www1.long.lab.'), 'secure')
    assert.equal(await outcome(server, 'www1.short.lab.'), 'secure')
  }
  await setClock(server, 10 * DAY)
  assert.equal(await outcome(server, 'www1.short.lab.'), 'SERVFAIL 7')
  assert.equal(await outcome(server, 'www1.long.lab.'), 'secure')
  await setClock(server, 0)
  assert.equal(await outcome(server, 'www1.short.lab.'), 'secure')
  assert.equal(await outcome(server, 'www1.long.lab.'), 'secure')
  const told = server.lines.filter((line) => line.includes('the wall clock moved'))
  assert.equal(told.length, 2)
  assert.match(told[0] ?? '', /^warn the wall clock moved by \+86\d{4} s: cached verdicts are judged again/)
  assert.match(told[1] ?? '', /^warn the wall clock moved by -86\d{4} s: /)
  assert.equal(server.server.resolving?.counters.counts.clockJumps, 2)
})

test('what was refused by a wrong clock is secure within two seconds after its correction', async () => {
  const server = await startResolver(10 * DAY)
  assert.equal(await outcome(server, 'www2.short.lab.'), 'SERVFAIL 7')
  assert.equal(await outcome(server, 'www2.long.lab.'), 'secure')
  await setClock(server, 0)
  assert.equal(await outcome(server, 'www2.short.lab.'), 'secure')
  assert.equal(await outcome(server, 'www2.long.lab.'), 'secure')
})

test('set back: what is not yet valid by then is SERVFAIL until the correction', async () => {
  const server = await startResolver()
  assert.equal(await outcome(server, 'www3.long.lab.'), 'secure')
  await setClock(server, -20 * DAY)
  assert.equal(await outcome(server, 'www3.long.lab.'), 'SERVFAIL 8')
  await setClock(server, 0)
  assert.equal(await outcome(server, 'www3.long.lab.'), 'secure')
})

test('a clock that is plainly wrong: insecure meanwhile, and nothing of it is left after its correction', async () => {
  const server = await startResolver()
  assert.equal(await outcome(server, 'www4.short.lab.'), 'secure')
  await setClock(server, -10 * YEAR)
  assert.equal(await outcome(server, 'www4.short.lab.'), 'insecure')
  await setClock(server, 10 * DAY)
  assert.equal(await outcome(server, 'www4.short.lab.'), 'SERVFAIL 7', 'found secure without regard to its times')
  await setClock(server, 0)
  assert.equal(await outcome(server, 'www4.short.lab.'), 'secure')
})

test('the question that comes first sees the jump, before any timer', async () => {
  const server = await startResolver()
  assert.equal(await outcome(server, 'www5.short.lab.'), 'secure')
  server.clockAhead = 10 * DAY
  // Not cached: it comes to the resolver.
  assert.equal(await outcome(server, 'www6.short.lab.'), 'SERVFAIL 7')
  assert.equal(await outcome(server, 'www5.short.lab.'), 'SERVFAIL 7')
})

test('what was under way is judged by the new time, and leaves nothing of the old one', async () => {
  const { port } = held.socket.address()
  for (const [from, to, expected] of [
    [0, 10 * DAY, 'SERVFAIL 7'],
    [10 * DAY, 0, 'secure'],
  ] as const) {
    const server = await startResolver(from, port)
    await outcome(server, 'www7.short.lab.')
    const arrived = held.hold()
    const underWay = outcome(server, 'www8.short.lab.')
    await arrived
    const jumps = (): number => server.server.resolving?.counters.counts.clockJumps ?? 0
    server.clockAhead = to
    while (jumps() === 0) await sleep(10)
    held.release()
    assert.equal(await underWay, expected)
    assert.equal(await outcome(server, 'www8.short.lab.'), expected)
    assert.equal(await outcome(server, 'www7.short.lab.'), expected)
  }
})

test('small steps add up, and steps of less than a second are none', async () => {
  const server = await startResolver()
  const counts = server.server.resolving?.counters.counts ?? assert.fail('no resolver')
  for (let step = 0; step < 4; step++) {
    server.clockAhead += 0.2
    await sleep(100)
  }
  await sleep(1500)
  assert.equal(counts.clockJumps, 0)
  for (let step = 0; step < 10; step++) {
    server.clockAhead -= 0.5
    await sleep(50)
  }
  await sleep(1000)
  assert.ok(counts.clockJumps >= 1 && counts.clockJumps <= 3, `${counts.clockJumps} jumps`)
})
