/**
 * The SOA of negative answers (RFC 2308 §3), which each of them carries: prepared once for each version of a zone, names
 * compressed against the apex, TTLs lowered. An answer copies it and moves its few pointers to where the apex stands.
 */
import { readU16, readU32, writeU32 } from '../dns/octets.ts'
import { CLASS_IN, SOA } from '../dns/rr/index.ts'
import { HEADER_SIZE, MessageBuilder, SECTION_ANSWER, SECTION_AUTHORITY } from '../dns/wire/index.ts'
import {
  findSet,
  type ImageReader,
  RECORD_FIXED,
  recordsAt,
  setEnd,
  setSignatures,
  signaturesAt,
  ZONE_APEX,
  ZONE_NEGATIVE_TTL,
} from '../zone/index.ts'
import { BY_NAME, putRrsetWithTtl } from './rrsets.ts'

type Prepared = {
  /** Block of the apex. */
  readonly unit: number
  /** The SOA, then its signatures, as they stand behind a question for the apex. */
  readonly octets: Uint8Array
  /** Octets of the SOA alone. */
  readonly soaLength: number
  readonly signatures: number
  /** Where pointers stand in the SOA's RDATA. */
  readonly pointers: readonly number[]
  /** Where its record began: pointers from there on point into itself, those before into the apex. */
  readonly recordAt: number
}

/** Zones whose SOA is remembered at one time. */
const REMEMBERED = 128

export class NegativeSoa {
  readonly #reader: ImageReader
  readonly #builder: MessageBuilder
  readonly #scratch = new MessageBuilder()
  readonly #prepared = new Map<number, Prepared>()
  #edition = -1

  constructor(reader: ImageReader, builder: MessageBuilder) {
    this.#reader = reader
    this.#builder = builder
  }

  /** Adds the SOA of a zone. `apexOffset`: where the apex stands in the message, BY_NAME when that is not known. */
  put(zone: number, withSignatures: boolean, apexOffset: number): void {
    const { memory, edition } = this.#reader
    const unit = memory.words[zone * 2 + ZONE_APEX]!
    const set = unit === 0 ? 0 : findSet(memory.words, unit, SOA.number)
    if (set === 0) return
    const builder = this.#builder
    builder.openGroup(SECTION_AUTHORITY)
    if (apexOffset === BY_NAME) {
      const ttl = memory.words[zone * 2 + ZONE_NEGATIVE_TTL]! >>> 0
      const name = this.#reader.nameOf(unit)
      putRrsetWithTtl(builder, memory, unit, set, withSignatures, memory.octets, name, ttl)
    } else {
      if (this.#edition !== edition || this.#prepared.size > REMEMBERED) this.#prepared.clear()
      this.#edition = edition
      const known = this.#prepared.get(unit)
      this.#copy(known ?? this.#prepare(zone, unit, set), withSignatures, apexOffset)
    }
    builder.closeGroup(true)
  }

  #copy(prepared: Prepared, withSignatures: boolean, apexOffset: number): void {
    const { octets, soaLength, signatures, pointers, recordAt } = prepared
    const builder = this.#builder
    const start = builder.length
    if (withSignatures) builder.ready(apexOffset, octets, 0, octets.length, 1 + signatures)
    else builder.ready(apexOffset, octets, 0, soaLength, 1)
    // Nothing was added when there is no room.
    if (builder.length === start) return
    const message = builder.octets
    for (let i = 0; i < pointers.length; i++) {
      const at = pointers[i]!
      const old = readU16(octets, at) & 0x3fff
      const target = old < recordAt ? old - HEADER_SIZE + apexOffset : old - recordAt + start
      message[start + at] = 0xc0 | (target >>> 8)
      message[start + at + 1] = target
    }
  }

  /** Builds a message with a question for the apex and takes the records out of it. */
  #prepare(zone: number, unit: number, set: number): Prepared {
    const { memory } = this.#reader
    const { words, octets } = memory
    const scratch = this.#scratch
    const ttl = words[zone * 2 + ZONE_NEGATIVE_TTL]! >>> 0
    scratch.begin(0, 0)
    scratch.question(octets, this.#reader.nameOf(unit), SOA.number, CLASS_IN)
    scratch.openGroup(SECTION_ANSWER)
    const recordAt = scratch.length
    const rdata = recordsAt(words, unit, set) + RECORD_FIXED
    scratch.recordAt(HEADER_SIZE, SOA.number, CLASS_IN, ttl, octets, rdata, rdata + readU16(octets, rdata - 2))
    const soaEnd = scratch.length
    const signed = signaturesAt(words, unit, set)
    const signatures = setSignatures(words, set)
    scratch.ready(HEADER_SIZE, octets, signed, setEnd(words, unit, set), signatures)
    const message = scratch.copy()
    for (let at = soaEnd; at < message.length; at += RECORD_FIXED + readU16(message, at + 10)) {
      writeU32(message, at + 6, ttl)
    }
    const pointers = [...pointersOf(message, recordAt + RECORD_FIXED)].map((at) => at - recordAt)
    const prepared: Prepared = {
      unit,
      octets: message.slice(recordAt),
      soaLength: soaEnd - recordAt,
      signatures,
      pointers,
      recordAt,
    }
    this.#prepared.set(unit, prepared)
    return prepared
  }
}

/** The EXPIRE field of a zone's SOA, in seconds; 0 without a SOA. */
export function soaExpire(reader: ImageReader, zone: number): number {
  const { words, octets } = reader.memory
  const apex = words[zone * 2 + ZONE_APEX]!
  const set = apex === 0 ? 0 : findSet(words, apex, SOA.number)
  return set === 0 ? 0 : readU32(octets, signaturesAt(words, apex, set) - 8)
}

/** Where the two names that stand at `at` end in pointers. */
function* pointersOf(message: Uint8Array, at: number): Generator<number> {
  for (let name = 0; name < 2; name++) {
    while (message[at] !== 0 && (message[at]! & 0xc0) === 0) at += message[at]! + 1
    if (message[at] === 0) at += 1
    else {
      yield at
      at += 2
    }
  }
}
