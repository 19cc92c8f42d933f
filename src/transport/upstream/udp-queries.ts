/**
 * Queries by UDP to servers of one family, and what comes back. A reply counts when it comes from the address and port that were asked, to
 * the socket that asked, with the ID and the question of the query (RFC 5452 §9.1); anything else is passed over and counted.
 * A query at which too many of those come is being guessed at, and is given up.
 *
 * There are never two queries for one question at one server (RFC 5452 §5): the second is given the reply of the first when it
 * differs in the ID and the case of letters at most, and is refused otherwise.
 */
import { monotonicMilliseconds } from '../../clock/index.ts'
import { copyOctets, shortLivedCopy } from '../../dns/octets.ts'
import { HEADER_SIZE } from '../../dns/wire/index.ts'
import type { UpstreamReply } from '../../ports/upstream.ts'
import type { UpstreamCounters } from './counters.ts'
import type { DatagramSource, PortListener, PortPool, PortSettings, Target } from './port-pool.ts'
import { answersQuery, hashQuestion, sameQuestion } from './question.ts'
import type { RandomDraws } from './random-draws.ts'
import type { TimerWheel, Waiting } from './timer-wheel.ts'

/** What a query ends with: a reply, or the word that somebody guesses. */
export type UdpOutcome = UpstreamReply | { readonly kind: 'guessed' }

/** Replies that do not fit, until a query is given up. */
export const MOST_MISMATCHES = 20

type Query = {
  /** As it was sent, with the ID of its own. */
  readonly octets: Uint8Array
  readonly id: number
  readonly ownerId: number
  readonly end: number
  readonly hash: number
  readonly target: Target
  readonly slot: number
  readonly since: number
  mismatches: number
  waiting: Waiting
  done: (outcome: UdpOutcome) => void
  /** Others that ask the same. */
  sharing: ((outcome: UdpOutcome) => void)[] | undefined
  /** The next at the same slot. */
  nextAtSlot: Query | undefined
  /** The next with the same hash. */
  nextAlike: Query | undefined
}

export class UdpQueries implements PortListener {
  outstanding = 0
  readonly #pool: PortPool
  readonly #wheel: TimerWheel
  readonly #draws: RandomDraws
  readonly #counters: UpstreamCounters
  readonly #bySlot: (Query | undefined)[]
  readonly #byQuestion = new Map<number, Query>()
  readonly #seed: number

  constructor(
    makePool: (listener: PortListener) => PortPool,
    settings: PortSettings,
    wheel: TimerWheel,
    draws: RandomDraws,
    counters: UpstreamCounters,
  ) {
    this.#wheel = wheel
    this.#draws = draws
    this.#counters = counters
    this.#bySlot = new Array<Query | undefined>(settings.poolSize).fill(undefined)
    this.#seed = (draws.u16() << 16) | draws.u16()
    this.#pool = makePool(this)
  }

  get open(): number {
    return this.#pool.open
  }

  /** `end`: of the question. `done` is called once, later. */
  ask(
    target: Target,
    message: Uint8Array,
    end: number,
    milliseconds: number,
    done: (outcome: UdpOutcome) => void,
  ): void {
    const hash = hashQuestion(message, end, this.#seed ^ targetHash(target))
    const alike = this.#findAlike(hash, message, end, target)
    if (alike !== undefined) {
      this.#share(alike, message, milliseconds, done)
      return
    }
    const slot = this.#pool.draw()
    if (slot < 0) {
      fail(done, 'no socket could be opened')
      return
    }
    const id = this.#draws.u16()
    const octets = shortLivedCopy(message, 0, message.length)
    octets[0] = id >>> 8
    octets[1] = id
    const reason = this.#pool.send(slot, octets, target)
    if (reason !== undefined) {
      fail(done, reason)
      return
    }
    const query: Query = {
      octets,
      id,
      ownerId: (message[0]! << 8) | message[1]!,
      end,
      hash,
      target,
      slot,
      since: monotonicMilliseconds(),
      mismatches: 0,
      waiting: this.#wheel.add(milliseconds, () => this.#end(query, { kind: 'timeout' })),
      done,
      sharing: undefined,
      nextAtSlot: this.#bySlot[slot],
      nextAlike: this.#byQuestion.get(hash),
    }
    this.#bySlot[slot] = query
    this.#byQuestion.set(hash, query)
    this.outstanding++
  }

  /** Ends all that waits. */
  close(reason: string): void {
    for (const first of this.#bySlot) {
      for (let query = first; query !== undefined; query = query.nextAtSlot) {
        const { waiting, done, sharing } = query
        waiting.call = undefined
        for (const call of [done, ...(sharing ?? [])]) fail(call, reason)
      }
    }
    this.#bySlot.fill(undefined)
    this.#byQuestion.clear()
    this.outstanding = 0
    this.#pool.close()
  }

  isWaiting(slot: number): boolean {
    return this.#bySlot[slot] !== undefined
  }

  onDatagram(slot: number, octets: Uint8Array, length: number, from: DatagramSource): void {
    const first = this.#bySlot[slot]
    if (first === undefined) {
      this.#counters.strays++
      return
    }
    for (let query: Query | undefined = first; query !== undefined; query = query.nextAtSlot) {
      if (!answersQuery(octets, length, query.octets, query.id, query.end) || !from.isFrom(query.target)) continue
      this.#answer(query, octets, length)
      return
    }
    this.#counters.mismatches++
    for (let query: Query | undefined = first; query !== undefined; ) {
      const next: Query | undefined = query.nextAtSlot
      if (++query.mismatches >= MOST_MISMATCHES) this.#end(query, { kind: 'guessed' })
      query = next
    }
  }

  onRefusal(slot: number, octets: Uint8Array, length: number, from: DatagramSource, reason: string): void {
    for (let query = this.#bySlot[slot]; query !== undefined; query = query.nextAtSlot) {
      if (length < 2 || octets[0] !== query.id >>> 8 || octets[1] !== (query.id & 0xff)) continue
      if (!from.isFrom(query.target)) continue
      this.#end(query, { kind: 'failed', text: reason })
      return
    }
  }

  #answer(query: Query, octets: Uint8Array, length: number): void {
    const milliseconds = monotonicMilliseconds() - query.since
    octets[0] = query.ownerId >>> 8
    octets[1] = query.ownerId
    // The copies are made before anybody hears: a listener may make this buffer another's.
    const others = query.sharing?.map((): UdpOutcome => {
      return { kind: 'message', octets: copyOctets(octets, 0, length), milliseconds }
    })
    this.#end(
      query,
      { kind: 'message', octets: new Uint8Array(octets.buffer, octets.byteOffset, length), milliseconds },
      others,
    )
  }

  #end(query: Query, outcome: UdpOutcome, others?: readonly UdpOutcome[]): void {
    query.waiting.call = undefined
    this.#remove(query)
    this.outstanding--
    try {
      query.done(outcome)
    } finally {
      query.sharing?.forEach((done, i) => {
        done(others?.[i] ?? outcome)
      })
    }
  }

  #remove(query: Query): void {
    const { slot, hash } = query
    const first = this.#bySlot[slot]
    if (first === query) this.#bySlot[slot] = query.nextAtSlot
    else {
      for (let other = first; other !== undefined; other = other.nextAtSlot)
        if (other.nextAtSlot === query) other.nextAtSlot = query.nextAtSlot
    }
    const firstAlike = this.#byQuestion.get(hash)
    if (firstAlike === query) {
      if (query.nextAlike === undefined) this.#byQuestion.delete(hash)
      else this.#byQuestion.set(hash, query.nextAlike)
    } else {
      for (let other = firstAlike; other !== undefined; other = other.nextAlike)
        if (other.nextAlike === query) other.nextAlike = query.nextAlike
    }
  }

  #findAlike(hash: number, message: Uint8Array, end: number, target: Target): Query | undefined {
    for (let query = this.#byQuestion.get(hash); query !== undefined; query = query.nextAlike) {
      if (sameQuestion(query.octets, query.end, message, end) && sameTarget(query.target, target)) return query
    }
    return undefined
  }

  /** A second query for a question, which is the same but for the case of letters. */
  #share(query: Query, message: Uint8Array, milliseconds: number, done: (outcome: UdpOutcome) => void): void {
    if (!isSameBesideQuestion(query.octets, message, query.end)) {
      this.#counters.refused++
      fail(done, 'another query for this question waits for an answer of this server')
      return
    }
    this.#counters.shared++
    let over = false
    const waiting = this.#wheel.add(milliseconds, () => {
      over = true
      done({ kind: 'timeout' })
    })
    query.sharing ??= []
    query.sharing.push((outcome) => {
      if (over) return
      waiting.call = undefined
      if (outcome.kind === 'message') {
        outcome.octets[0] = message[0] ?? 0
        outcome.octets[1] = message[1] ?? 0
      }
      done(outcome)
    })
  }
}

/** Says so in a moment, never at once. */
function fail(done: (outcome: UdpOutcome) => void, text: string): void {
  setImmediate(() => done({ kind: 'failed', text }))
}

function targetHash({ name }: Target): number {
  let hash = 0
  for (let i = 2; i < name.length; i++) hash = Math.imul(hash, 31) + name[i]!
  return hash
}

function sameTarget(a: Target, b: Target): boolean {
  if (a.name.length !== b.name.length) return false
  for (let i = 0; i < a.name.length; i++) if (a.name[i] !== b.name[i]) return false
  return true
}

/** Whether flags and what follows the question are the same; `end`: of the question, in both. */
function isSameBesideQuestion(a: Uint8Array, b: Uint8Array, end: number): boolean {
  if (a.length !== b.length) return false
  for (let i = 2; i < HEADER_SIZE; i++) if (a[i] !== b[i]) return false
  for (let i = end; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
