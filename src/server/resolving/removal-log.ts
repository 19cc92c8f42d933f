/** Logs records that `resolver.privateAddresses` removed: each owner seldom, and a bounded number of lines a minute. */
import { typeMnemonic } from '../../dns/rr/index.ts'
import type { SteadySeconds } from '../../ports/index.ts'
import type { Log } from '../../ports/log.ts'
import type { RemovedAddress } from '../../resolver/index.ts'
import { LineLimit } from './line-limit.ts'

/** The same owner and network are logged once in so many seconds. */
const SILENCE_SECONDS = 300
/** Lines a minute. */
const MOST_A_MINUTE = 30
const MOST_REMEMBERED = 1000

export class RemovalLog {
  readonly #log: Log
  readonly #loggedAt = new Map<string, SteadySeconds>()
  readonly #limit: LineLimit

  constructor(log: Log) {
    this.#log = log
    this.#limit = new LineLimit(MOST_A_MINUTE, (count) => {
      log.info({ count }, `${count} more records of private networks were removed`)
    })
  }

  /** A record was removed from the reply of a server. */
  saw({ owner, type, text, network }: RemovedAddress, now: SteadySeconds): void {
    const key = `${network} ${type} ${owner.key}`
    if (now - (this.#loggedAt.get(key) ?? Number.NEGATIVE_INFINITY) < SILENCE_SECONDS || !this.#limit.take(now)) return
    if (this.#loggedAt.size >= MOST_REMEMBERED) this.#loggedAt.clear()
    this.#loggedAt.set(key, now)
    const record = `${owner} ${typeMnemonic(type)} ${text}`
    this.#log.info({ record, network }, `${record} is removed: it is in ${network} (resolver.privateAddresses)`)
  }
}
