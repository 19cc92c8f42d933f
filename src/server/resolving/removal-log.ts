/** Logs records that `resolver.privateAddresses` removed: each owner seldom, and a bounded number of lines a minute. */
import { typeMnemonic } from '../../dns/rr/index.ts'
import type { SteadySeconds } from '../../ports/index.ts'
import type { Log } from '../../ports/log.ts'
import type { RemovedAddress } from '../../resolver/index.ts'
import { AggregatedLog } from '../aggregated-log.ts'

/** The same owner and network are logged once in so many seconds. */
const SILENCE_SECONDS = 300
/** Lines a minute. */
const MOST_LINES = 30
const MOST_REMEMBERED = 1000

export class RemovalLog {
  readonly #log: AggregatedLog
  readonly #loggedAt = new Map<string, SteadySeconds>()

  constructor(log: Log) {
    this.#log = new AggregatedLog(log, { about: 'records of private networks', mostLines: MOST_LINES })
  }

  /** A record was removed from the reply of a server. */
  saw({ owner, type, text, network }: RemovedAddress, now: SteadySeconds): void {
    const key = `${network} ${type} ${owner.key}`
    if (now - (this.#loggedAt.get(key) ?? Number.NEGATIVE_INFINITY) < SILENCE_SECONDS) return
    const record = `${owner} ${typeMnemonic(type)} ${text}`
    const sentence = `${record} is removed: it is in ${network} (resolver.privateAddresses)`
    if (!this.#log.info({ record, network }, sentence)) return
    if (this.#loggedAt.size >= MOST_REMEMBERED) this.#loggedAt.clear()
    this.#loggedAt.set(key, now)
  }

  /** Writes how many lines of this minute were left out. */
  endMinute(): void {
    this.#log.endMinute()
  }
}
