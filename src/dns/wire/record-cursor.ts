/**
 * A walk over the records of a message, in place: where each one's owner, RDATA and fields stand. One cursor can walk any
 * number of messages. Every step is bounded by the octets that are there, whatever the counts claim; pointers are not followed.
 */
import { compressedNameEnd } from '../name/index.ts'
import { readU16, readU32 } from '../octets.ts'
import { RECORD_HEAD } from './record-head.ts'

export type Section = 1 | 2 | 3
export const SECTION_ANSWER = 1
export const SECTION_AUTHORITY = 2
export const SECTION_ADDITIONAL = 3

const NOTHING = new Uint8Array(0)

export class RecordCursor {
  #octets: Uint8Array = NOTHING
  #length = 0
  #answers = 0
  #authorities = 0
  #left = 0

  /** Offset of the next record: after the last one, of the octets that no record claims. */
  next = 0
  section: Section = SECTION_ANSWER
  /** Offset of the owner, which may be compressed. */
  ownerAt = 0
  type = 0
  class = 0
  ttl = 0
  rdataAt = 0
  rdataEnd = 0
  /** Set when `step` ended at a record that does not fit into the message. */
  malformed = false

  /** Stands before the first of the records at `at`, with the counts of the header. */
  start(
    octets: Uint8Array,
    at: number,
    length: number,
    answers: number,
    authorities: number,
    additionals: number,
  ): this {
    this.#octets = octets
    this.#length = length
    this.#answers = answers
    this.#authorities = authorities
    this.#left = answers + authorities + additionals
    this.next = at
    this.malformed = false
    return this
  }

  /** Records not seen yet. */
  get left(): number {
    return this.#left
  }

  /** Moves to the next record. False after the last one, and at one that is malformed. */
  step(): boolean {
    if (this.#left === 0) return false
    const octets = this.#octets
    const ownerAt = this.next
    const at = compressedNameEnd(octets, ownerAt, this.#length)
    if (at < 0 || at + RECORD_HEAD > this.#length) return this.#fail()
    const rdataAt = at + RECORD_HEAD
    const rdataEnd = rdataAt + readU16(octets, at + 8)
    if (rdataEnd > this.#length) return this.#fail()
    this.#left--
    if (this.#answers > 0) {
      this.#answers--
      this.section = SECTION_ANSWER
    } else if (this.#authorities > 0) {
      this.#authorities--
      this.section = SECTION_AUTHORITY
    } else this.section = SECTION_ADDITIONAL
    this.ownerAt = ownerAt
    this.type = readU16(octets, at)
    this.class = readU16(octets, at + 2)
    this.ttl = readU32(octets, at + 4)
    this.rdataAt = rdataAt
    this.rdataEnd = rdataEnd
    this.next = rdataEnd
    return true
  }

  #fail(): false {
    this.malformed = true
    this.#left = 0
    return false
  }
}
