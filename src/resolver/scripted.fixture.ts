/** A resolver whose servers say what a test tells them, in a time that the test moves. Nothing is validated. */
import assert from 'node:assert/strict'
import { Name } from '../dns/name/index.ts'
import { rdataText, typeMnemonic, typeNumber } from '../dns/rr/index.ts'
import { decodeMessage, encodeMessage } from '../dns/wire/index.ts'
import type { UpstreamReply } from '../ports/upstream.ts'
import { Caches, defaultCachesSettings } from './cache/index.ts'
import type { Resolution, ResolverQuery } from './resolution.ts'
import { Resolver, type ResolverParts } from './resolver.ts'
import { recordsOf } from './rrsets.fixture.ts'
import type { ResolverSettings } from './settings.ts'
import { USUAL_RESOLVER_SETTINGS } from './usual-settings.ts'

/** What a server says; undefined: nothing, until its time is over. */
export type Said =
  | {
      readonly rcode?: number
      readonly aa?: boolean
      readonly answer?: string
      readonly authority?: string
      readonly additional?: string
    }
  | undefined

type Pending = { readonly line: string; answer(said: Said): void }

export class ScriptedResolver {
  readonly resolver: Resolver
  /** Questions that wait for an answer: `ADDRESS NAME TYPE`. */
  readonly pending: Pending[] = []
  /** All that were asked. */
  readonly asked: string[] = []
  readonly #timers: { due: number; call: () => void }[] = []
  #milliseconds = 1_000_000_000
  /** By how many seconds the wall clock, and it alone, was set. */
  wallSetBy = 0

  constructor(
    settings: Partial<ResolverSettings> = {},
    parts: Partial<Pick<ResolverParts, 'ownZone' | 'isOwnWord' | 'onRemovedAddress' | 'exchanges'>> = {},
  ) {
    const secret = new Uint8Array(16)
    const caches = defaultCachesSettings(secret)
    const staleSeconds = settings.serveStale?.maxSeconds ?? 0
    this.resolver = new Resolver({
      settings: {
        ...USUAL_RESOLVER_SETTINGS,
        hints: [{ name: Name.parse('ns.'), addresses: [Uint8Array.of(192, 0, 2, 1)] }],
        prime: false,
        validate: false,
        qnameMinimisation: false,
        ...settings,
      },
      upstream: {
        ask: (server, _protocol, message, _milliseconds, done) => {
          const query = decodeMessage(message)
          const [question] = query.questions
          assert.ok(question)
          const line = `${server.address.join('.')} ${question.name} ${typeMnemonic(question.type)}`
          this.asked.push(line)
          this.pending.push({
            line,
            answer: (said) => done(said === undefined ? { kind: 'timeout' } : replyTo(query, said)),
          })
        },
      },
      timers: {
        after: (milliseconds, call) => {
          const timer = { due: this.#milliseconds + milliseconds, call }
          this.#timers.push(timer)
          return () => {
            timer.call = () => {}
          }
        },
      },
      random: { bytes: (length) => new Uint8Array(length) },
      clock: {
        now: () => this.now,
        validationNow: () => this.now + this.wallSetBy,
        milliseconds: () => this.#milliseconds,
      },
      caches: new Caches({
        ...caches,
        rrsets: { ...caches.rrsets, staleSeconds },
        messages: { ...caches.messages, staleSeconds },
      }),
      ...parts,
      onFault: (error) => assert.fail(String(error)),
    })
  }

  get now(): number {
    return Math.floor(this.#milliseconds / 1000)
  }

  /** Moves the time, and calls what is due. */
  pass(seconds: number): void {
    this.#milliseconds += seconds * 1000
    for (const timer of this.#timers.splice(0)) {
      if (timer.due <= this.#milliseconds) timer.call()
      else this.#timers.push(timer)
    }
  }

  /** Begins to resolve; the outcome is in the box when it is there. */
  begin(name: string, type = 'A', rest: Partial<ResolverQuery> = {}): { resolution?: Resolution } {
    const box: { resolution?: Resolution } = {}
    const query = { name: Name.parse(name), type: typeNumber(type), checkingDisabled: false, recursionDesired: true }
    this.resolver.resolve({ ...query, ...rest }, (resolution) => {
      assert.equal(box.resolution, undefined, 'told twice')
      box.resolution = resolution
    })
    return box
  }

  /** Resolves with servers that answer by `script`, at once. */
  resolve(script: (line: string) => Said, name: string, type = 'A', rest: Partial<ResolverQuery> = {}): Resolution {
    const box = this.begin(name, type, rest)
    this.serve(script)
    assert.ok(box.resolution, 'no outcome')
    return box.resolution
  }

  /** Answers all that waits, and what that leads to. */
  serve(script: (line: string) => Said): void {
    for (let next = this.pending.shift(); next !== undefined; next = this.pending.shift())
      next.answer(script(next.line))
  }
}

function replyTo(query: ReturnType<typeof decodeMessage>, said: NonNullable<Said>): UpstreamReply {
  const { rcode = 0, aa = true, answer = '', authority = '', additional = '' } = said
  const octets = encodeMessage({
    ...query,
    header: { ...query.header, qr: true, aa, rcode },
    answer: recordsOf(answer),
    authority: recordsOf(authority),
    additional: recordsOf(additional),
    ...(query.edns !== undefined && { edns: { ...query.edns, options: [] } }),
  })
  return { kind: 'message', octets, milliseconds: 10 }
}

/** The records of an answer, in words. */
export function told({ rcode, answer }: Resolution): string {
  const lines = answer.flatMap(({ owner, type, rdatas }) =>
    rdatas.map((rdata) => `${owner} ${typeMnemonic(type)} ${rdataText(type, rdata)}`),
  )
  return [rcode, ...lines].join('; ')
}
