/**
 * Counts signed requests that come again. Within the fudge a copy is as good as the request itself (RFC 8945 §10), and one that is
 * sent again by its client looks the same, so nothing is refused: the count tells an operator that somebody may have recorded
 * messages. Only requests whose signature is good are looked at, so that strangers fill no memory.
 */
import type { UnixSeconds } from '../ports/index.ts'
import type { TsigRecord } from './record.ts'

/** Requests that one generation remembers: two of them are some 4 MiB at the most. */
const GENERATION = 16_384
/** A request is good from one fudge before its time to one after it. */
const GENERATION_SECONDS = 600

export class TsigReplays {
  /** Requests that had come before. */
  count = 0
  #current = new Set<string>()
  #previous = new Set<string>()
  #began: UnixSeconds = 0

  /** Takes note of a request whose signature is good. Returns whether it had come before. */
  saw({ keyName, mac }: TsigRecord, now: UnixSeconds): boolean {
    if (this.#current.size >= GENERATION || Math.abs(now - this.#began) >= GENERATION_SECONDS) this.#renew(now)
    const request = `${keyName.key} ${mac.toHex()}`
    const isReplay = this.#current.has(request) || this.#previous.has(request)
    this.#current.add(request)
    if (isReplay) this.count++
    return isReplay
  }

  #renew(now: UnixSeconds): void {
    this.#previous = this.#current
    this.#current = new Set()
    this.#began = now
  }
}
