/**
 * The work that one client's query may cause, whatever the zones on its way are like. What it starts for itself (addresses of
 * servers, keys, DS records) draws on the same budget. The first limit that is hit has a name, which the client is told.
 */
import type { ValidationBudget } from '../validator/index.ts'
import type { Attempt } from './exchange-ring.ts'
import type { Limits } from './settings.ts'

export type Exhausted = 'time' | 'exchanges' | 'targets' | 'verifications' | 'hashes'

const SENTENCES: Readonly<Record<Exhausted, string>> = {
  time: 'the servers that were asked let too much time go by',
  exchanges: 'more servers would have to be asked than one query may cause',
  targets: 'more addresses of servers would have to be looked up than one query may cause',
  verifications: 'more signatures would have to be verified than one query may cause',
  hashes: 'more NSEC3 hashes would have to be computed than one query may cause',
}

export class Budget implements ValidationBudget {
  readonly #limits: Limits
  readonly #elapsed: () => number
  /** Where the messages to servers are noted; undefined: nowhere. */
  readonly attempt: Attempt | undefined
  exchanges = 0
  targets = 0
  verifications = 0
  hashRounds = 0
  /** How long servers were waited for that did not reply (milliseconds, one after the other). */
  silentMilliseconds = 0
  /** What ran out first. */
  exhausted: Exhausted | undefined

  /** `milliseconds`: a clock that only goes forward. */
  constructor(limits: Limits, milliseconds: () => number, attempt?: Attempt) {
    this.#limits = limits
    this.attempt = attempt
    const begin = milliseconds()
    this.#elapsed = () => milliseconds() - begin
  }

  /** Since the query came. */
  get milliseconds(): number {
    return this.#elapsed()
  }

  /** One more message to a server. False: the query may cause no more. */
  takeExchange(): boolean {
    if (this.#elapsed() > this.#limits.seconds * 1000) return this.#take(false, 'time')
    return this.#take(++this.exchanges <= this.#limits.exchanges, 'exchanges')
  }

  takeTarget(): boolean {
    return this.#take(++this.targets <= this.#limits.targets, 'targets')
  }

  takeVerification(): boolean {
    return this.#take(++this.verifications <= this.#limits.verifications, 'verifications')
  }

  takeHash(iterations: number): boolean {
    this.hashRounds += iterations + 1
    return this.#take(this.hashRounds <= this.#limits.hashRounds, 'hashes')
  }

  #take(isThere: boolean, what: Exhausted): boolean {
    if (!isThere) this.exhausted ??= what
    return isThere
  }

  /** Why a query failed, as a sentence; undefined while there is room. */
  get sentence(): string | undefined {
    return this.exhausted === undefined ? undefined : SENTENCES[this.exhausted]
  }
}
