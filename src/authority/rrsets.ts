/** Puts RRsets of the image into a message: those that can be copied as they stand, and those whose names are compressed. */
import { readU16, readU32 } from '../dns/octets.ts'
import { CLASS_IN } from '../dns/rr/index.ts'
import { HEADER_SIZE, type MessageBuilder } from '../dns/wire/index.ts'
import {
  type ImageMemory,
  type ImageReader,
  RECORD_FIXED,
  recordsAt,
  setCompresses,
  setEnd,
  setRecords,
  setSignatures,
  signaturesAt,
} from '../zone/index.ts'

/** The owner is the name of the question, which stands at the start of every message. */
export const AT_QUESTION = HEADER_SIZE
/** The owner is given as octets, and written or pointed to. */
export const BY_NAME = -1

/**
 * Adds the records of an RRset, then its signatures if asked for, to the group that is open. `set` is the word of the RRset in
 * its block `unit`. With `ownerOffset` AT_QUESTION the owner is the question's name, with BY_NAME `owner[ownerAt…]`.
 */
export function putRrset(
  builder: MessageBuilder,
  memory: ImageMemory,
  unit: number,
  set: number,
  withSignatures: boolean,
  ownerOffset: number,
  owner: Uint8Array,
  ownerAt: number,
): void {
  const { words, octets } = memory
  const from = recordsAt(words, unit, set)
  const middle = signaturesAt(words, unit, set)
  const signatures = withSignatures ? setSignatures(words, set) : 0
  const end = signatures > 0 ? setEnd(words, unit, set) : middle
  if (setCompresses(words, set)) {
    const offset = putRecords(builder, octets, from, middle, ownerOffset, owner, ownerAt, -1)
    if (signatures > 0) builder.ready(offset, octets, middle, end, signatures)
  } else putReady(builder, octets, from, end, setRecords(words, set) + signatures, ownerOffset, owner, ownerAt)
}

/**
 * As `putRrset`, beginning with the record of number `turn` (modulo how many there are), those before it behind the last. Order says
 * nothing (RFC 2181 §5 has sets): it is for clients that take the first address.
 */
export function putTurned(
  builder: MessageBuilder,
  memory: ImageMemory,
  unit: number,
  set: number,
  withSignatures: boolean,
  ownerOffset: number,
  owner: Uint8Array,
  ownerAt: number,
  turn: number,
): void {
  const { words, octets } = memory
  const records = setRecords(words, set)
  const from = recordsAt(words, unit, set)
  const middle = signaturesAt(words, unit, set)
  // What does not fit in any order is not counted through.
  const before = middle - from - records > builder.room ? 0 : turn % records
  if (before === 0) {
    putRrset(builder, memory, unit, set, withSignatures, ownerOffset, owner, ownerAt)
    return
  }
  let first = from
  for (let i = 0; i < before; i++) first += RECORD_FIXED + readU16(octets, first + 10)
  if (setCompresses(words, set)) {
    const offset = putRecords(builder, octets, first, middle, ownerOffset, owner, ownerAt, -1)
    putRecords(builder, octets, from, first, offset, owner, ownerAt, -1)
  } else {
    putReady(builder, octets, first, middle, records - before, ownerOffset, owner, ownerAt)
    putReady(builder, octets, from, first, before, ownerOffset, owner, ownerAt)
  }
  if (withSignatures) putSignatures(builder, memory, unit, set, ownerOffset, owner, ownerAt)
}

/**
 * As `putRrset` with signatures, for an RRset whose RDATA has no names to compress and whose owner is one label, which stands at
 * octet `name`, below the name at `parentOffset` of the message.
 */
export function putReadyBelow(
  builder: MessageBuilder,
  memory: ImageMemory,
  unit: number,
  set: number,
  name: number,
  parentOffset: number,
): void {
  const { words, octets } = memory
  const count = setRecords(words, set) + setSignatures(words, set)
  const from = recordsAt(words, unit, set)
  builder.readyBelow(octets, name, parentOffset, octets, from, setEnd(words, unit, set), count)
}

/** Writes the name of the wildcard below the name of a node to `out`. */
export function writeWildcard(reader: ImageReader, node: number, out: Uint8Array): void {
  const { octets } = reader.memory
  const at = reader.nameOf(node)
  const length = reader.nameLength(node)
  out[0] = 1
  out[1] = 0x2a
  for (let i = 0; i < length; i++) out[2 + i] = octets[at + i]!
}

/** As `putRrset`, with signatures only. */
export function putSignatures(
  builder: MessageBuilder,
  memory: ImageMemory,
  unit: number,
  set: number,
  ownerOffset: number,
  owner: Uint8Array,
  ownerAt: number,
): void {
  const { words, octets } = memory
  const count = setSignatures(words, set)
  if (count === 0) return
  const from = signaturesAt(words, unit, set)
  putReady(builder, octets, from, setEnd(words, unit, set), count, ownerOffset, owner, ownerAt)
}

/** Adds an RRset and its signatures with another TTL: the SOA of a negative answer (RFC 2308 §3). */
export function putRrsetWithTtl(
  builder: MessageBuilder,
  memory: ImageMemory,
  unit: number,
  set: number,
  withSignatures: boolean,
  owner: Uint8Array,
  ownerAt: number,
  ttl: number,
): void {
  const { words, octets } = memory
  const end = withSignatures ? setEnd(words, unit, set) : signaturesAt(words, unit, set)
  putRecords(builder, octets, recordsAt(words, unit, set), end, BY_NAME, owner, ownerAt, ttl)
}

/** Adds records as they stand. */
function putReady(
  builder: MessageBuilder,
  octets: Uint8Array,
  from: number,
  to: number,
  count: number,
  ownerOffset: number,
  owner: Uint8Array,
  ownerAt: number,
): void {
  if (ownerOffset === AT_QUESTION) builder.ready(AT_QUESTION, octets, from, to, count)
  else builder.readyFor(owner, ownerAt, octets, from, to, count)
}

/** Adds records one by one. Returns where the owner stands in the message. */
function putRecords(
  builder: MessageBuilder,
  octets: Uint8Array,
  from: number,
  to: number,
  ownerOffset: number,
  owner: Uint8Array,
  ownerAt: number,
  ttl: number,
): number {
  let offset = ownerOffset
  for (let at = from; at < to; ) {
    const type = readU16(octets, at + 2)
    const own = ttl < 0 ? readU32(octets, at + 6) : ttl
    const rdata = at + RECORD_FIXED
    const next = rdata + readU16(octets, at + 10)
    if (offset < 0) offset = builder.record(owner, ownerAt, type, CLASS_IN, own, octets, rdata, next)
    else builder.recordAt(offset, type, CLASS_IN, own, octets, rdata, next)
    at = next
  }
  return offset < 0 ? HEADER_SIZE : offset
}
