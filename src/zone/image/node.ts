/**
 * The block of a name: all its RRsets with their signatures, ready to be sent.
 *
 *     word 0   octets of the block
 *     word 1   length of the name | word at which it begins, from the start of the block (8 bits, 24 bits)
 *     then     six words for each RRset, by ascending type:
 *              type | records (16 bits each)  ·  signatures | flags  ·  octet of the first record, from the start of the block
 *              octets of the records  ·  octets of the signatures  ·  TTL
 *     then     the name as it was written, in wire form
 *     then     for each RRset its records, then its RRSIGs
 *
 * A record is as in a message whose question asks for this very name: its owner is a pointer to octet 12. RDATA is not
 * compressed. An RRset without records may have signatures that cover nothing; no answer shows them.
 */
import { DnsError } from '../../dns/errors.ts'
import { readU16 } from '../../dns/octets.ts'
import { CLASS_IN, RRSIG, recordType } from '../../dns/rr/index.ts'
import type { ImageMemory } from './memory.ts'

export const SET_WORDS = 6
const HEADER_WORDS = 2
const MOST_RECORDS = 0xffff
/** Octets of a record before its RDATA: a pointer, type, class, TTL, length. */
export const RECORD_FIXED = 12
/** The RRset's RDATA holds names that a message may compress: it cannot be copied as it stands. */
export const SET_COMPRESSES = 1

/** RRsets of the block. */
export function setCount(words: Int32Array, unit: number): number {
  return ((words[unit * 2 + 1]! >>> 8) - HEADER_WORDS) / SET_WORDS
}

/** Word index of the RRset of this type in the block, or 0. An RRset that has signatures only is not found. */
export function findSet(words: Int32Array, unit: number, type: number): number {
  const header = words[unit * 2 + 1]!
  const end = unit * 2 + (header >>> 8)
  for (let set = unit * 2 + HEADER_WORDS; set < end; set += SET_WORDS) {
    const first = words[set]!
    if ((first & 0xffff) === type) return first >>> 16 === 0 ? 0 : set
  }
  return 0
}

/** Word index of the first RRset. */
export function firstSet(unit: number): number {
  return unit * 2 + HEADER_WORDS
}

export function setType(words: Int32Array, set: number): number {
  return words[set]! & 0xffff
}

export function setRecords(words: Int32Array, set: number): number {
  return words[set]! >>> 16
}

export function setSignatures(words: Int32Array, set: number): number {
  return words[set + 1]! & 0xffff
}

/** Octet of the memory at which the first record of an RRset in the block `unit` stands. */
export function recordsAt(words: Int32Array, unit: number, set: number): number {
  return unit * 8 + words[set + 2]!
}

/** Octet at which its records end and its signatures begin. */
export function signaturesAt(words: Int32Array, unit: number, set: number): number {
  return recordsAt(words, unit, set) + words[set + 3]!
}

/** Octet at which its signatures end. */
export function setEnd(words: Int32Array, unit: number, set: number): number {
  return signaturesAt(words, unit, set) + words[set + 4]!
}

export function setCompresses(words: Int32Array, set: number): boolean {
  return words[set + 1]! >>> 16 !== 0
}

export function setTtl(words: Int32Array, set: number): number {
  return words[set + 5]! >>> 0
}

/** Gathers the records of one name and writes its block. */
export class NodeBuilder {
  #count = 0
  readonly #types: number[] = []
  readonly #ttls: number[] = []
  readonly #sources: Uint8Array[] = []
  readonly #ats: number[] = []
  readonly #ends: number[] = []

  clear(): void {
    this.#count = 0
  }

  /** Lets go of the octets that were added. */
  release(): void {
    this.#count = 0
    this.#sources.length = 0
  }

  get count(): number {
    return this.#count
  }

  /** Adds a record. Records of a type come in canonical order of their RDATA; types in any order. The octets must stay. */
  add(type: number, ttl: number, octets: Uint8Array, at: number, end: number): void {
    const i = this.#count++
    this.#types[i] = type
    this.#ttls[i] = ttl
    this.#sources[i] = octets
    this.#ats[i] = at
    this.#ends[i] = end
  }

  /** Octets that the block will take. */
  size(nameLength: number): number {
    let octets = (HEADER_WORDS + this.#sortedTypes().length * SET_WORDS) * 4 + ((nameLength + 3) & ~3)
    for (let i = 0; i < this.#count; i++) octets += RECORD_FIXED + this.#ends[i]! - this.#ats[i]!
    return octets
  }

  /** The type that a record belongs to: of an RRSIG the one it covers (RFC 4034 §3.1.1). */
  #typeOf(i: number): number {
    return this.#types[i] === RRSIG.number ? readU16(this.#sources[i]!, this.#ats[i]!) : this.#types[i]!
  }

  #sortedTypes(): number[] {
    const types: number[] = []
    for (let i = 0; i < this.#count; i++) {
      const type = this.#typeOf(i)
      if (!types.includes(type)) types.push(type)
    }
    return types.sort((a, b) => a - b)
  }

  /** Writes the block at `unit`, which has the room that `size` told. Throws DnsError `zone-invalid` for an RRset beyond 65,535 records. */
  write(memory: ImageMemory, unit: number, name: Uint8Array, nameAt: number, nameLength: number, size: number): void {
    const { words, octets } = memory
    const types = this.#sortedTypes()
    const nameWord = HEADER_WORDS + types.length * SET_WORDS
    words[unit * 2] = size
    words[unit * 2 + 1] = nameLength | (nameWord << 8)
    const start = unit * 8
    let at = start + nameWord * 4
    for (let i = 0; i < nameLength; i++) octets[at + i] = name[nameAt + i]!
    at += (nameLength + 3) & ~3
    let set = unit * 2 + HEADER_WORDS
    for (const type of types) {
      const recordsAt = at
      let records = 0
      let ttl = 0
      for (let i = 0; i < this.#count; i++) {
        if (this.#types[i] !== type || type === RRSIG.number) continue
        if (records++ === 0) ttl = this.#ttls[i]!
        at = this.#writeRecord(octets, at, i)
      }
      const signaturesAt = at
      let signatures = 0
      for (let i = 0; i < this.#count; i++) {
        if (this.#types[i] !== RRSIG.number || this.#typeOf(i) !== type) continue
        signatures++
        at = this.#writeRecord(octets, at, i)
      }
      // The counts have 16 bits; a message could not even hold a tenth of that.
      if (records > MOST_RECORDS || signatures > MOST_RECORDS)
        throw new DnsError('zone-invalid', `an RRset of more than ${MOST_RECORDS} records cannot be served`)
      words[set] = type | (records << 16)
      words[set + 1] = signatures | (recordType(type)?.compressesNames === true ? SET_COMPRESSES << 16 : 0)
      words[set + 2] = recordsAt - start
      words[set + 3] = signaturesAt - recordsAt
      words[set + 4] = at - signaturesAt
      words[set + 5] = ttl
      set += SET_WORDS
    }
  }

  #writeRecord(octets: Uint8Array, at: number, i: number): number {
    const type = this.#types[i]!
    const ttl = this.#ttls[i]!
    const from = this.#ats[i]!
    const length = this.#ends[i]! - from
    octets[at] = 0xc0
    octets[at + 1] = 12
    octets[at + 2] = type >>> 8
    octets[at + 3] = type
    octets[at + 4] = CLASS_IN >>> 8
    octets[at + 5] = CLASS_IN
    octets[at + 6] = ttl >>> 24
    octets[at + 7] = ttl >>> 16
    octets[at + 8] = ttl >>> 8
    octets[at + 9] = ttl
    octets[at + 10] = length >>> 8
    octets[at + 11] = length
    const source = this.#sources[i]!
    for (let k = 0; k < length; k++) octets[at + RECORD_FIXED + k] = source[from + k]!
    return at + RECORD_FIXED + length
  }
}

/** Calls `visit` with every record of a block: RRsets by type, each with its RRSIGs behind it. */
export function visitRecords(
  memory: ImageMemory,
  unit: number,
  visit: (type: number, ttl: number, rdataAt: number, rdataEnd: number) => void,
): void {
  const { words, octets } = memory
  const sets = setCount(words, unit)
  for (let n = 0; n < sets; n++) {
    const set = firstSet(unit) + n * SET_WORDS
    const end = setEnd(words, unit, set)
    let at = recordsAt(words, unit, set)
    while (at < end) {
      const rdataAt = at + RECORD_FIXED
      const rdataEnd = rdataAt + readU16(octets, at + 10)
      const ttl = ((octets[at + 6]! << 24) | (octets[at + 7]! << 16) | readU16(octets, at + 8)) >>> 0
      visit(readU16(octets, at + 2), ttl, rdataAt, rdataEnd)
      at = rdataEnd
    }
  }
}

/** Octets of a block. */
export function blockSize(words: Int32Array, unit: number): number {
  return words[unit * 2]!
}
