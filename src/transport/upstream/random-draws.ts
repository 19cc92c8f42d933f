/** Numbers that nobody can foretell, drawn many at a time from node:crypto: one by one they cost as much as a system call. */
import { randomFillSync } from 'node:crypto'

const STORE = 8192

export class RandomDraws {
  readonly #octets = new Uint8Array(STORE)
  #at = STORE

  /** 0 to 65535: the ID of a message. */
  u16(): number {
    if (this.#at + 2 > STORE) this.#fill()
    const octets = this.#octets
    return (octets[this.#at++]! << 8) | octets[this.#at++]!
  }

  /** 0 to `count` - 1, each as likely as another but for one part in 2^32 / count. */
  below(count: number): number {
    if (this.#at + 4 > STORE) this.#fill()
    const high = this.u16()
    return Math.floor(((high * 0x10000 + this.u16()) * count) / 0x100000000)
  }

  #fill(): void {
    randomFillSync(this.#octets)
    this.#at = 0
  }
}
