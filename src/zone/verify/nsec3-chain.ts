/** The NSEC3 records of one set of parameters, by hash: found from a name, followed from one to the next. */
import { compareOctets } from '../../dns/octets.ts'
import { NSEC3_HASH_LENGTH } from '../../dnssec/index.ts'

const HASH = NSEC3_HASH_LENGTH

export class Nsec3Chain {
  readonly iterations: number
  readonly salt: Uint8Array
  /** Hashes of the owners, 20 octets each, in ascending order. */
  readonly hashes: Uint8Array
  /** Index of the record of each. */
  readonly records: Uint32Array
  count = 0
  #slots = new Uint32Array(0)

  constructor(iterations: number, salt: Uint8Array, expected: number) {
    this.iterations = iterations
    this.salt = salt
    this.hashes = new Uint8Array(expected * HASH)
    this.records = new Uint32Array(expected)
  }

  /** Adds a record; owners come in ascending order. False when the last one has the same owner. */
  add(hash: Uint8Array, record: number): boolean {
    const at = this.count * HASH
    if (this.count > 0 && compareOctets(this.hashes, at - HASH, at, hash, 0, HASH) === 0) return false
    this.hashes.set(hash, at)
    this.records[this.count++] = record
    return true
  }

  /** Makes the records findable by hash; none is added afterwards. Hashes are spread evenly, so that they need no hashing. */
  index(): void {
    let size = 64
    while (size < this.count * 2) size *= 2
    this.#slots = new Uint32Array(size)
    for (let i = 0; i < this.count; i++) {
      let slot = this.#first(this.hashes, i * HASH)
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (size - 1)
      this.#slots[slot] = i + 1
    }
  }

  #first(hashes: Uint8Array, at: number): number {
    const head = (hashes[at]! << 24) | (hashes[at + 1]! << 16) | (hashes[at + 2]! << 8) | hashes[at + 3]!
    return head & (this.#slots.length - 1)
  }

  /** Place of the record with this hash, or -1. */
  find(hashes: Uint8Array, at: number): number {
    const slots = this.#slots
    for (let slot = this.#first(hashes, at); slots[slot] !== 0; slot = (slot + 1) & (slots.length - 1)) {
      const place = slots[slot]! - 1
      if (compareOctets(this.hashes, place * HASH, (place + 1) * HASH, hashes, at, at + HASH) === 0) return place
    }
    return -1
  }

  /** Place of the record whose span covers this hash, which no record has; -1 when there are no records. */
  covering(hashes: Uint8Array, at: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareOctets(this.hashes, middle * HASH, (middle + 1) * HASH, hashes, at, at + HASH) < 0) low = middle + 1
      else high = middle
    }
    return low === 0 ? this.count - 1 : low - 1
  }
}
