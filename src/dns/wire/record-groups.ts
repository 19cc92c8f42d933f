/**
 * The records of a message in the making: question, then groups of records section by section, names compressed, size limited.
 *
 * A group is what must not be torn apart: the records of an RRset, or an RRset with its signatures. A group that does not
 * fit is taken back. When it was required, TC is set and nothing more is added but OPT and TSIG (RFC 2181 §9): a client that
 * sees TC asks again by TCP and needs no more. When it was not, it is left out in silence (RFC 2181 §9, RFC 4035 §3.1.1).
 *
 * What it does not do: header, OPT and TSIG (`message-builder.ts`); look at RDATA, which `recordType().check` accepted before.
 */
import { CompressionTable, expandName, MAX_NAME } from '../name/index.ts'
import { OctetWriter, readU16, writeU32 } from '../octets.ts'
import { recordType } from '../rr/index.ts'
import { HEADER_SIZE } from './header.ts'
import type { Section } from './record-cursor.ts'
import { RECORD_HEAD as FIXED, POINTER_LIMIT, pointOwners, writeTypeAndClass } from './record-head.ts'

export class RecordGroups {
  readonly out: OctetWriter = new OctetWriter(4096)
  readonly #names = new CompressionTable()
  #unnoted = false
  protected readonly counts: Uint16Array = new Uint16Array(4)
  protected limit = 0
  protected reservedOpt = 0
  protected reservedTail = 0
  protected isTruncated = false
  #section: number = 0
  #groupStart = 0
  #groupCount = 0
  #groupFull = false

  /** Begins the records of a message of at most `limit` octets, behind room for its header. */
  protected beginRecords(limit: number): void {
    this.limit = limit
    this.counts[0] = 0
    this.counts[1] = 0
    this.counts[2] = 0
    this.counts[3] = 0
    this.reservedOpt = 0
    this.reservedTail = 0
    this.#section = 0
    this.#groupFull = false
    this.isTruncated = false
    this.#names.clear()
    this.#unnoted = false
    this.out.length = HEADER_SIZE
  }

  /** The buffer. It may be another one after the next record. */
  get octets(): Uint8Array {
    return this.out.octets
  }

  get length(): number {
    return this.out.length
  }

  /** Whether a required group did not fit: TC will be set. */
  get truncated(): boolean {
    return this.isTruncated
  }

  /** Octets that records may still take. */
  get room(): number {
    return this.limit - this.reservedOpt - this.reservedTail - this.out.length
  }

  /** Adds a question. The name keeps its case. */
  question(name: Uint8Array, nameAt: number, type: number, rrClass: number): void {
    const { out } = this
    const start = out.length
    out.ensure(MAX_NAME + 4)
    if (start === HEADER_SIZE) {
      out.length = copyName(name, nameAt, out.octets, start)
      this.#unnoted = true
    } else out.length = this.names.write(name, nameAt, out.octets, start)
    const octets = out.octets
    const at = out.length
    writeTypeAndClass(octets, at, type, rrClass)
    out.length = at + 4
    if (out.length > this.limit) {
      this.#cutTo(start)
      this.isTruncated = true
      this.#unnoted = false
    } else this.counts[0]!++
  }

  /** The names in the message. The question's is taken note of when the first other name comes: many answers have none. */
  get names(): CompressionTable {
    if (this.#unnoted) {
      this.#unnoted = false
      this.#names.note(this.out.octets, HEADER_SIZE)
    }
    return this.#names
  }

  /** Begins a group of records of a section. Sections come in order: throws RangeError when one is gone back to. */
  openGroup(section: Section): void {
    if (section < this.#section) throw new RangeError('the sections of a message come in order')
    this.#section = section
    this.#groupStart = this.out.length
    this.#groupCount = 0
    this.#groupFull = this.isTruncated
  }

  /** Adds a record. `rdata[rdataAt, rdataEnd)` is uncompressed and checked. Returns where its owner stands, for `recordAt`. */
  record(
    owner: Uint8Array,
    ownerAt: number,
    type: number,
    rrClass: number,
    ttl: number,
    rdata: Uint8Array,
    rdataAt: number,
    rdataEnd: number,
  ): number {
    if (this.#groupFull) return HEADER_SIZE
    const { out } = this
    const start = out.length
    out.ensure(MAX_NAME + FIXED)
    out.length = this.names.write(owner, ownerAt, out.octets, start)
    this.#afterOwner(type, rrClass, ttl, rdata, rdataAt, rdataEnd)
    return this.#resolve(start)
  }

  /** Adds a record whose owner stands at `ownerOffset` of this message already: HEADER_SIZE is the question's name. */
  recordAt(
    ownerOffset: number,
    type: number,
    rrClass: number,
    ttl: number,
    rdata: Uint8Array,
    rdataAt: number,
    rdataEnd: number,
  ): void {
    if (this.#groupFull) return
    const { out } = this
    out.ensure(MAX_NAME + FIXED)
    const octets = out.octets
    const at = out.length
    if (ownerOffset < POINTER_LIMIT) {
      octets[at] = 0xc0 | (ownerOffset >>> 8)
      octets[at + 1] = ownerOffset
      out.length = at + 2
    } else {
      const end = expandName(octets, ownerOffset, at, octets, at)
      if (end < 0) throw new RangeError('no name stands at this offset of the message')
      out.length = end
    }
    this.#afterOwner(type, rrClass, ttl, rdata, rdataAt, rdataEnd)
  }

  /**
   * Adds `count` records that stand ready at `source[from, to)`, each with a pointer to HEADER_SIZE as its owner and RDATA that
   * holds no compressed name; their owner is the name at `ownerOffset` of this message.
   */
  ready(ownerOffset: number, source: Uint8Array, from: number, to: number, count: number): void {
    if (this.#groupFull || this.#isTooLong(to - from, count)) return
    this.#readyAt(ownerOffset, source, from, to)
    this.#countReady(count)
  }

  /** As `ready`, with an owner that is written or pointed to, whichever is shorter. */
  readyFor(owner: Uint8Array, ownerAt: number, source: Uint8Array, from: number, to: number, count: number): void {
    if (this.#groupFull || this.#isTooLong(to - from, count)) return
    const { out } = this
    const start = out.length
    out.ensure(MAX_NAME + to - from)
    out.length = this.names.write(owner, ownerAt, out.octets, start)
    const offset = this.#resolve(start)
    // The first record's pointer gives way to the name itself.
    const second = from + 2 + FIXED + readU16(source, from + 2 + FIXED - 2)
    out.bytes(source, from + 2, second)
    if (second < to) this.#readyAt(offset, source, second, to)
    this.#countReady(count)
  }

  /**
   * As `ready`, with an owner whose first label stands at `owner[ownerAt…]` and whose rest is the name at `parentOffset` of this
   * message, below POINTER_LIMIT. The owner is not taken note of.
   */
  readyBelow(
    owner: Uint8Array,
    ownerAt: number,
    parentOffset: number,
    source: Uint8Array,
    from: number,
    to: number,
    count: number,
  ): void {
    if (this.#groupFull || this.#isTooLong(to - from, count)) return
    const { out } = this
    const start = out.length
    out.ensure(MAX_NAME + to - from)
    out.bytes(owner, ownerAt, ownerAt + owner[ownerAt]! + 1)
    out.u16(0xc000 | parentOffset)
    const second = from + 2 + FIXED + readU16(source, from + 2 + FIXED - 2)
    out.bytes(source, from + 2, second)
    if (second < to) this.#readyAt(start, source, second, to)
    this.#countReady(count)
  }

  /** Whether records of so many octets fit in no form; an RRset of any size is then not even copied. */
  #isTooLong(octets: number, count: number): boolean {
    // The root as an owner is an octet shorter than a pointer.
    if (octets - count <= this.room) return false
    this.#groupFull = true
    this.#cutTo(this.#groupStart)
    return true
  }

  #readyAt(ownerOffset: number, source: Uint8Array, from: number, to: number): void {
    const { out } = this
    if (ownerOffset < POINTER_LIMIT) {
      const start = out.length
      out.bytes(source, from, to)
      if (ownerOffset !== HEADER_SIZE) pointOwners(out.octets, start, out.length, ownerOffset)
      return
    }
    // No pointer reaches the owner: each record has it written out.
    for (let at = from; at < to; ) {
      const next = at + 2 + FIXED + readU16(source, at + FIXED)
      out.ensure(MAX_NAME)
      out.length = expandName(out.octets, ownerOffset, out.length, out.octets, out.length)
      out.bytes(source, at + 2, next)
      at = next
    }
  }

  #countReady(count: number): void {
    this.#groupCount += count
    if (this.room < 0) {
      // Taken back at once, so that an RRset of any size needs no more memory than one record.
      this.#groupFull = true
      this.#cutTo(this.#groupStart)
    }
  }

  /** A pointer at `offset` stands for what it points to: pointers to pointers are legal and of no use. */
  #resolve(offset: number): number {
    const { octets } = this.out
    const first = octets[offset]!
    return first >= 0xc0 ? ((first & 0x3f) << 8) | octets[offset + 1]! : offset
  }

  #afterOwner(type: number, rrClass: number, ttl: number, rdata: Uint8Array, rdataAt: number, rdataEnd: number): void {
    const { out } = this
    const octets = out.octets
    const at = out.length
    writeTypeAndClass(octets, at, type, rrClass)
    writeU32(octets, at + 4, ttl)
    const from = at + FIXED
    out.length = from
    const declared = recordType(type)
    if (declared?.compressesNames === true && rdataEnd > rdataAt) declared.compress(rdata, rdataAt, rdataEnd, this)
    else out.bytes(rdata, rdataAt, rdataEnd)
    out.patchU16(from - 2, out.length - from)
    this.#countReady(1)
  }

  /** Ends a group. Returns whether it stands in the message. */
  closeGroup(required: boolean): boolean {
    if (!this.#groupFull) {
      this.counts[this.#section]! += this.#groupCount
      return true
    }
    this.#groupFull = false
    if (required) this.isTruncated = true
    return false
  }

  /** Sets TC: the client is to ask again by TCP, whatever would have fit. */
  truncate(): void {
    this.isTruncated = true
  }

  /** Takes back what stands after `length`: names there must not be pointed to any more. */
  #cutTo(length: number): void {
    this.out.length = length
    this.#names.truncate(length)
  }
}

/** Copies a name and returns where it ends: names are short, so that octet by octet is quick. */
function copyName(name: Uint8Array, from: number, to: Uint8Array, at: number): number {
  for (let length = name[from]!; length !== 0; length = name[from]!) {
    for (const end = from + length; from <= end; ) to[at++] = name[from++]!
  }
  to[at] = 0
  return at + 1
}
