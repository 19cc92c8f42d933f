/**
 * The memory of all transfers from primaries that go on: what each takes for records that are not served yet, and all of them
 * together within `transfers.maxMemory`. A transfer that needs more ends; the others go on.
 */
import { totalmem } from 'node:os'
import { DnsError } from '../dns/errors.ts'
import type { MemoryAccount } from '../dns/octets.ts'

/** The account of one transfer. `close` gives back what is left of it. */
export type TransferAccount = MemoryAccount & { close(): void }

const MOST = 2 ** 31

/** The bound where the configuration names none: a quarter of the memory that this process may use, 2 GiB at the most. */
export function defaultTransferMemory(memory: number = totalmem(), constrained = process.constrainedMemory()): number {
  const usable = constrained > 0 ? Math.min(memory, constrained) : memory
  return Math.min(MOST, Math.floor(usable / 4))
}

export class TransferMemory {
  readonly #limit: () => number | undefined
  readonly #default = defaultTransferMemory()
  #used = 0

  /** `limit` is asked each time, since a reload may change it; undefined: a share of the machine's memory. */
  constructor(limit: () => number | undefined) {
    this.#limit = limit
  }

  /** Octets that are taken now. */
  get used(): number {
    return this.#used
  }

  /** An account for one transfer. Its `take` throws DnsError `limit-exceeded`. */
  open(): TransferAccount {
    let own = 0
    const give = (octets: number): void => {
      own -= octets
      this.#used -= octets
    }
    return {
      take: (octets) => {
        const limit = this.#limit() ?? this.#default
        if (this.#used + octets > limit) {
          const words = `all transfers together would take ${this.#used + octets} octets of memory`
          throw new DnsError('limit-exceeded', `${words}, and transfers.maxMemory is ${limit}`)
        }
        own += octets
        this.#used += octets
      },
      give,
      close: () => give(own),
    }
  }
}
