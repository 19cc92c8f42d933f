/**
 * Builds one message after another in one buffer: names compressed, size limited, RRsets whole or absent.
 *
 *   builder.begin(id, FLAG_QR | FLAG_AA, 1232)
 *   builder.question(qname, 0, TYPE_A, CLASS_IN)
 *   builder.reserveOpt(0)
 *   builder.openGroup(SECTION_ANSWER)
 *   builder.recordAt(HEADER_SIZE, TYPE_A, CLASS_IN, 300, rdata, 0, 4)
 *   builder.closeGroup(true)
 *   builder.opt(1232, EDNS_DO)
 *   send(builder.octets, builder.finish())
 *
 * A group is what must not be torn apart: the records of an RRset, or an RRset with its signatures. A group that does not
 * fit is taken back. When it was required, TC is set and nothing more is added but OPT and TSIG (RFC 2181 §9): a client that
 * sees TC asks again by TCP and needs no more. When it was not, it is left out in silence (RFC 2181 §9, RFC 4035 §3.1.1).
 *
 * What it does not do: decide what belongs into a message; look at RDATA, which `recordType().check` accepted before.
 */
import { CompressionTable, expandName, MAX_NAME, skipName } from '../name/index.ts'
import { OctetWriter, readU16, writeU32 } from '../octets.ts'
import { recordType } from '../rr/index.ts'
import { OPT_SIZE, paddingLength, TYPE_OPT } from './edns.ts'
import { OPTION_PADDING } from './edns-options.ts'
import { FLAG_TC, HEADER_SIZE, MAX_MESSAGE } from './header.ts'
import type { MessageView } from './message-view.ts'
import { SECTION_ADDITIONAL, type Section } from './record-cursor.ts'
import { RECORD_HEAD as FIXED, POINTER_LIMIT, pointOwners, writeTypeAndClass } from './record-head.ts'

const NO_OPTIONS = new Uint8Array(0)

export class MessageBuilder {
  readonly out: OctetWriter = new OctetWriter(4096)
  readonly names: CompressionTable = new CompressionTable()
  /** Header: may be changed until `finish`. */
  id = 0
  bits = 0
  readonly #counts = new Uint16Array(4)
  #limit = 0
  #reservedOpt = 0
  #reservedTail = 0
  #section: number = 0
  #groupStart = 0
  #groupCount = 0
  #groupFull = false
  #truncated = false

  /** Begins a message of at most `limit` octets (512 without EDNS by UDP, 65,535 by TCP). `bits`: flags, OPCODE, RCODE. */
  begin(id: number, bits: number, limit: number = MAX_MESSAGE): void {
    this.id = id
    this.bits = bits
    this.#limit = limit < MAX_MESSAGE ? limit : MAX_MESSAGE
    this.#counts[0] = 0
    this.#counts[1] = 0
    this.#counts[2] = 0
    this.#counts[3] = 0
    this.#reservedOpt = 0
    this.#reservedTail = 0
    this.#section = 0
    this.#groupFull = false
    this.#truncated = false
    this.names.clear()
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
    return this.#truncated
  }

  /** Octets that records may still take. */
  get room(): number {
    return this.#limit - this.#reservedOpt - this.#reservedTail - this.out.length
  }

  /** Adds a question. The name keeps its case. */
  question(name: Uint8Array, nameAt: number, type: number, rrClass: number): void {
    const { out } = this
    const start = out.length
    out.ensure(MAX_NAME + 4)
    out.length = this.names.write(name, nameAt, out.octets, start)
    const octets = out.octets
    const at = out.length
    writeTypeAndClass(octets, at, type, rrClass)
    out.length = at + 4
    if (out.length > this.#limit) {
      this.#cutTo(start)
      this.#truncated = true
    } else this.#counts[0]!++
  }

  /** The question of a view, if it has one, octet for octet. */
  copyQuestion(view: MessageView): void {
    if (view.questions === 1) this.question(view.octets, HEADER_SIZE, view.qtype, view.qclass)
  }

  /** Keeps room for an OPT record with `options` octets of options. */
  reserveOpt(options: number): void {
    this.#reservedOpt = OPT_SIZE + options
  }

  /** Keeps room for the record that signs the message, all its octets. */
  reserveTail(octets: number): void {
    this.#reservedTail = octets
  }

  /** Begins a group of records of a section. Sections come in order: throws RangeError when one is gone back to. */
  openGroup(section: Section): void {
    if (section < this.#section) throw new RangeError('the sections of a message come in order')
    this.#section = section
    this.#groupStart = this.out.length
    this.#groupCount = 0
    this.#groupFull = this.#truncated
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
      this.#counts[this.#section]! += this.#groupCount
      return true
    }
    this.#groupFull = false
    if (required) this.#truncated = true
    return false
  }

  /** Sets TC: the client is to ask again by TCP, whatever would have fit. */
  truncate(): void {
    this.#truncated = true
  }

  /** Takes back what stands after `length`: names there must not be pointed to any more. */
  #cutTo(length: number): void {
    this.out.length = length
    this.names.truncate(length)
  }

  /**
   * Adds the OPT record, for which `reserveOpt` kept room. `flags`: of its TTL's lower 16 bits (EDNS_DO, …); `extendedRcode`:
   * upper 8 bits of the RCODE; `options[from, to)`: options in wire form. With `paddingBlock`, a padding option brings the whole
   * message, its tail included, to a multiple of that many octets (RFC 8467). Returns false, and adds nothing, when it does not fit.
   */
  opt(
    udpSize: number,
    flags: number,
    extendedRcode = 0,
    version = 0,
    options: Uint8Array = NO_OPTIONS,
    from = 0,
    to: number = options.length,
    paddingBlock = 0,
  ): boolean {
    this.#reservedOpt = 0
    const { out } = this
    const start = out.length
    if (this.room < OPT_SIZE + to - from) return false
    out.ensure(OPT_SIZE)
    const octets = out.octets
    octets[start] = 0
    writeTypeAndClass(octets, start + 1, TYPE_OPT, udpSize)
    writeU32(octets, start + 5, (extendedRcode << 24) | (version << 16) | flags)
    out.length = start + OPT_SIZE
    if (to > from) out.bytes(options, from, to)
    if (paddingBlock > 0) this.#pad(paddingBlock)
    out.patchU16(start + OPT_SIZE - 2, out.length - start - OPT_SIZE)
    this.#counts[SECTION_ADDITIONAL]!++
    return true
  }

  #pad(block: number): void {
    const { out } = this
    const length = paddingLength(out.length + this.#reservedTail, block, this.#limit)
    if (length < 0) return
    out.u16(OPTION_PADDING)
    out.u16(length)
    out.ensure(length)
    out.octets.fill(0, out.length, out.length + length)
    out.length += length
  }

  /**
   * Adds the record that signs the message, for which `reserveTail` kept room: TSIG or SIG(0), the last record, its names not
   * compressed. Call `finish` before to have the octets that are signed, and once more after. Returns false, and adds nothing,
   * when it does not fit.
   */
  tail(owner: Uint8Array, ownerAt: number, type: number, rrClass: number, ttl: number, rdata: Uint8Array): boolean {
    this.#reservedTail = 0
    const { out } = this
    const ownerEnd = skipName(owner, ownerAt)
    if (this.room < ownerEnd - ownerAt + FIXED + rdata.length) return false
    out.bytes(owner, ownerAt, ownerEnd)
    out.u16(type)
    out.u16(rrClass)
    out.u32(ttl)
    out.u16(rdata.length)
    out.bytes(rdata)
    this.#counts[SECTION_ADDITIONAL]!++
    return true
  }

  /** Writes the header and returns the length of the message, which stands at the start of `octets`. */
  finish(): number {
    const { octets, length } = this.out
    const bits = this.#truncated ? this.bits | FLAG_TC : this.bits
    octets[0] = this.id >>> 8
    octets[1] = this.id
    octets[2] = bits >>> 8
    octets[3] = bits
    for (let i = 0; i < 4; i++) {
      const count = this.#counts[i]!
      octets[4 + i * 2] = count >>> 8
      octets[5 + i * 2] = count
    }
    return length
  }

  /** The finished message in memory of its own. */
  copy(): Uint8Array {
    return this.out.octets.slice(0, this.finish())
  }
}
