/**
 * Finds ready answers in the shared memory of the answer cache and copies them into a message. One object for each thread; nothing
 * here allocates or throws.
 *
 *   if (reader.find(name, 12, nameEnd, type, dnssecOk, checkingDisabled, now) && reader.copy(out, now)) …
 *
 * The writer may write over an entry at any time. What `find` tells was checked; what `copy` wrote is good when it returns true.
 */
import { LOWER } from '../../dns/name/index.ts'
import { type OctetWriter, readU16, readU32, writeU32 } from '../../dns/octets.ts'
import { HEADER_SIZE } from '../../dns/wire/index.ts'
import type { SteadySeconds } from '../../ports/index.ts'
import {
  AnswerMemory,
  BUCKET_SLOTS,
  ENTRY_EXPIRES,
  ENTRY_KEY,
  ENTRY_LENGTHS,
  ENTRY_OPTIONS,
  ENTRY_REFRESH,
  ENTRY_SIZE,
  ENTRY_STORED,
  keyOf,
} from './answer-memory.ts'

export class AnswerCacheReader {
  readonly #memory: AnswerMemory
  #position = 0
  #message = 0
  #length = 0
  #ttls = 0
  #nameLength = 0
  #storedAt = 0

  /** The second 16 bits of the header of what was found: AA, AD and RCODE are to be used. */
  bits = 0
  answers = 0
  authorities = 0
  additionals = 0
  /** Octets of its records. */
  recordsLength = 0
  /** Octets of the options that it has of its own. */
  optionsLength = 0
  /** Its time is nearly over, and nobody was told yet: the control thread should refresh it. Told once. */
  wantsRefresh = false

  constructor(buffer: SharedArrayBuffer) {
    this.#memory = new AnswerMemory(buffer)
  }

  /** Looks for the answer to a question, whose uncompressed name is `name[from, to)`. */
  find(
    name: Uint8Array,
    from: number,
    to: number,
    type: number,
    dnssecOk: boolean,
    checkingDisabled: boolean,
    now: SteadySeconds,
  ): boolean {
    const memory = this.#memory
    const { slots } = memory
    const key = keyOf(type, dnssecOk, checkingDisabled)
    const hash = memory.hash(name, from, to, key)
    const bucket = memory.bucket(hash)
    for (let slot = bucket; slot < bucket + BUCKET_SLOTS; slot++) {
      if (slots[slot * 2] !== hash) continue
      const position = Atomics.load(slots, slot * 2 + 1)
      if (position === 0 || !this.#isFor(position, key, name, from, to)) continue
      return this.#take(slot, position, to - from, now)
    }
    return false
  }

  #isFor(position: number, key: number, name: Uint8Array, from: number, to: number): boolean {
    const { ring, ringWords } = this.#memory
    const place = this.#memory.place(position)
    if (ringWords[(place >>> 2) + ENTRY_KEY] !== key) return false
    let at = place + ENTRY_SIZE + HEADER_SIZE
    if (at + to - from > ring.length) return false
    for (let i = from; i < to; i++, at++) if (ring[at] !== LOWER[name[i]!]) return false
    return true
  }

  /** Takes down all that is told of an entry, and whether it is so. */
  #take(slot: number, position: number, nameLength: number, now: SteadySeconds): boolean {
    const memory = this.#memory
    const { ring, ringWords, marks } = memory
    const place = memory.place(position)
    const word = place >>> 2
    const expires = ringWords[word + ENTRY_EXPIRES]! >>> 0
    const refresh = ringWords[word + ENTRY_REFRESH]! >>> 0
    const lengths = ringWords[word + ENTRY_LENGTHS]!
    const message = place + ENTRY_SIZE
    this.#position = position
    this.#message = message
    this.#nameLength = nameLength
    this.#length = lengths & 0xffff
    this.#ttls = lengths >>> 16
    this.#storedAt = ringWords[word + ENTRY_STORED]! >>> 0
    this.bits = readU16(ring, message + 2)
    this.answers = readU16(ring, message + 6)
    this.authorities = readU16(ring, message + 8)
    this.additionals = readU16(ring, message + 10)
    this.recordsLength = this.#length - HEADER_SIZE - nameLength - 4
    this.optionsLength = ringWords[word + ENTRY_OPTIONS]! & 0xffff
    // From here on nothing of it is garbage.
    if (!memory.holds(position) || expires <= now) return false
    if (marks[slot * 2] === 0) marks[slot * 2] = 1
    this.wantsRefresh = refresh !== 0 && now >= refresh && marks[slot * 2 + 1] === 0
    if (this.wantsRefresh) marks[slot * 2 + 1] = 1
    return true
  }

  /** Writes the options of what was found. Returns whether they are what was found. */
  copyOptions(out: OctetWriter): boolean {
    const at = this.#message + this.#length
    out.bytes(this.#memory.ring, at, at + this.optionsLength)
    return this.#memory.holds(this.#position)
  }

  /**
   * Writes the records of what was found behind header and question, which stand at the start of `out`, with TTLs as of now.
   * Returns whether they are what was found: if not, `out` holds garbage behind the question.
   */
  copyRecords(out: OctetWriter, now: SteadySeconds): boolean {
    const memory = this.#memory
    const start = HEADER_SIZE + this.#nameLength + 4
    out.bytes(memory.ring, this.#message + start, this.#message + this.#length)
    const age = now - this.#storedAt
    if (age > 0) {
      const { octets } = out
      const halves = memory.ringHalves
      let at = (this.#message + this.#length + this.optionsLength + 1) >>> 1
      for (const end = at + this.#ttls; at < end; at++) {
        const ttlAt = halves[at]!
        if (ttlAt < start || ttlAt + 4 > this.#length) break
        const ttl = readU32(octets, ttlAt)
        writeU32(octets, ttlAt, ttl > age ? ttl - age : 0)
      }
    }
    return memory.holds(this.#position)
  }
}
