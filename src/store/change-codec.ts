/**
 * Records as octets for the database: a change of a zone, or a part of a copy of one. A version octet, numbers, records, and a
 * CRC-32 of all before it, since a database page has none. What is read is checked as if it came from outside: a fault is a
 * value with a name.
 *
 * A record: owner (or one octet 0xff for that of the record before), type, TTL, length of RDATA, RDATA. Names are not compressed.
 */
import { crc32 } from 'node:zlib'
import { equalNames, isAtOrBelow, type Name, nameEnd, skipName } from '../dns/name/index.ts'
import { OctetWriter, readU16, readU32 } from '../dns/octets.ts'
import { recordType, SOA } from '../dns/rr/index.ts'
import { soaSerial } from '../dns/serial.ts'
import { RecordTable, type RecordWalk, type ZoneChange } from '../zone/index.ts'

const VERSION = 1
const SAME_OWNER = 0xff
/** Type, TTL, length of RDATA. */
const FIXED = 8
/** A record of the owner before and no RDATA. */
const LEAST_RECORD = 1 + FIXED
const CRC = 4

/** Why octets cannot be read. */
export type CodecFault = 'unknown-version' | 'truncated' | 'checksum' | 'bad-record' | 'foreign-owner' | 'bad-soa'

/** Version, both serials, both counts. */
const CHANGE_HEAD = 17

export function encodeChange(change: ZoneChange): Uint8Array {
  const { removed, added } = change
  const writer = new RecordWriter(CHANGE_HEAD + (removed.count + added.count) * 64)
  const { out } = writer
  out.u8(VERSION)
  out.u32(change.fromSerial)
  out.u32(change.toSerial)
  out.u32(removed.count)
  out.u32(added.count)
  for (const table of [removed, added]) {
    writer.forgetOwner()
    for (let i = 0; i < table.count; i++) {
      const { octets, owner, type, ttl, rdata } = table
      writer.record(octets, owner[i]!, type[i]!, ttl[i]!, rdata[i]!, table.rdataEnd(i))
    }
  }
  return seal(out)
}

/** The change, or what is wrong. All owners are at or below the apex, each side has a SOA of its serial. */
export function decodeChange(content: Uint8Array, apex: Name): ZoneChange | CodecFault {
  const fault = checkSeal(content, CHANGE_HEAD)
  if (fault !== undefined) return fault
  const fromSerial = readU32(content, 1)
  const toSerial = readU32(content, 5)
  const sides = [
    { serial: fromSerial, count: readU32(content, 9) },
    { serial: toSerial, count: readU32(content, 13) },
  ]
  const end = content.length - CRC
  const tables: RecordTable[] = []
  let at = CHANGE_HEAD
  for (const { serial, count } of sides) {
    const table = new RecordTable({ records: 0, octets: 0 })
    const left = readRecords(content, at, end, count, apex, table)
    if (typeof left === 'string') return left
    if (!hasSoa(table, apex, serial)) return 'bad-soa'
    tables.push(table)
    at = left
  }
  const [removed, added] = tables
  if (at !== end || removed === undefined || added === undefined) return 'truncated'
  return { removed, added, fromSerial, toSerial }
}

/** Version and count. */
const PART_HEAD = 5

/** Writes parts of a copy, one after another: `begin`, records until the part is long enough, `finish`. */
export class PartWriter {
  // Small at first: most zones are.
  readonly #writer = new RecordWriter(4096)
  #count = 0

  begin(): void {
    const { out } = this.#writer
    out.clear()
    out.u8(VERSION)
    out.u32(0)
    this.#count = 0
    this.#writer.forgetOwner()
  }

  get octets(): number {
    return this.#writer.out.length
  }

  take(walk: RecordWalk): void {
    this.#writer.record(walk.octets, walk.ownerAt, walk.type, walk.ttl, walk.rdataAt, walk.rdataEnd)
    this.#count++
  }

  /** The part, good until the next one begins. */
  finish(): Uint8Array {
    const { out } = this.#writer
    out.patchU16(1, this.#count >>> 16)
    out.patchU16(3, this.#count)
    return seal(out)
  }
}

/** Adds the records of a part to a table. Returns what is wrong; the table may then hold some of them. */
export function decodePart(content: Uint8Array, apex: Name, table: RecordTable): CodecFault | undefined {
  const fault = checkSeal(content, PART_HEAD)
  if (fault !== undefined) return fault
  const end = content.length - CRC
  const left = readRecords(content, PART_HEAD, end, readU32(content, 1), apex, table)
  if (typeof left === 'string') return left
  return left === end ? undefined : 'truncated'
}

class RecordWriter {
  readonly out: OctetWriter
  /** Where the last owner was written, or -1. */
  #ownerAt = -1

  constructor(capacity: number) {
    this.out = new OctetWriter(capacity)
  }

  forgetOwner(): void {
    this.#ownerAt = -1
  }

  record(octets: Uint8Array, ownerAt: number, type: number, ttl: number, rdataAt: number, rdataEnd: number): void {
    const { out } = this
    if (this.#ownerAt >= 0 && equalNames(out.octets, this.#ownerAt, octets, ownerAt)) out.u8(SAME_OWNER)
    else {
      this.#ownerAt = out.length
      out.bytes(octets, ownerAt, skipName(octets, ownerAt))
    }
    out.u16(type)
    out.u32(ttl)
    out.u16(rdataEnd - rdataAt)
    out.bytes(octets, rdataAt, rdataEnd)
  }
}

function seal(out: OctetWriter): Uint8Array {
  out.u32(crc32(out.octets.subarray(0, out.length)))
  return out.octets.subarray(0, out.length)
}

function checkSeal(content: Uint8Array, head: number): CodecFault | undefined {
  if (content.length < head + CRC) return 'truncated'
  const end = content.length - CRC
  if (crc32(content.subarray(0, end)) !== readU32(content, end)) return 'checksum'
  return content[0] === VERSION ? undefined : 'unknown-version'
}

/** Reads `count` records; returns where they end. Their octets go into the table in one piece, which the records share. */
function readRecords(
  content: Uint8Array,
  from: number,
  to: number,
  count: number,
  apex: Name,
  table: RecordTable,
): number | CodecFault {
  if (count * LEAST_RECORD > to - from) return 'truncated'
  const shift = table.out.length - from
  table.out.bytes(content, from, to)
  table.ensure(count)
  const { octets } = table
  const end = to + shift
  let at = from + shift
  let ownerAt = -1
  for (let i = 0; i < count; i++) {
    if (at < end && octets[at] === SAME_OWNER) {
      if (ownerAt < 0) return 'bad-record'
      at++
    } else {
      const after = nameEnd(octets, at, end)
      if (after < 0) return 'bad-record'
      if (!isAtOrBelow(octets, at, apex.octets, 0)) return 'foreign-owner'
      ownerAt = at
      at = after
    }
    const rdataAt = at + FIXED
    if (rdataAt > end) return 'truncated'
    const type = readU16(octets, at)
    const length = readU16(octets, at + 6)
    const rdataEnd = rdataAt + length
    if (rdataEnd > end) return 'truncated'
    if (recordType(type)?.check(octets, rdataAt, rdataEnd) === false) return 'bad-record'
    table.record(ownerAt, type, readU32(octets, at + 2), rdataAt, length)
    at = rdataEnd
  }
  // What the next reader takes from the same content is not to stand here twice.
  table.out.length = at
  return at - shift
}

/** Why a change, once written, could not be read; undefined when it can. */
export function faultOfChange(
  { removed, added, fromSerial, toSerial }: ZoneChange,
  apex: Name,
): CodecFault | undefined {
  for (const table of [removed, added]) {
    for (let i = 0; i < table.count; i++) {
      if (!isAtOrBelow(table.octets, table.owner[i]!, apex.octets, 0)) return 'foreign-owner'
    }
  }
  return hasSoa(removed, apex, fromSerial) && hasSoa(added, apex, toSerial) ? undefined : 'bad-soa'
}

function hasSoa(table: RecordTable, apex: Name, serial: number): boolean {
  for (let i = 0; i < table.count; i++) {
    if (table.type[i] !== SOA.number || !equalNames(table.octets, table.owner[i]!, apex.octets, 0)) continue
    if (soaSerial(table.octets, table.rdataEnd(i)) === serial) return true
  }
  return false
}
