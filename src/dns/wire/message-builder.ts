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
 * How records are added, and what happens when they do not fit: `record-groups.ts`.
 *
 * What it does not do: decide what belongs into a message.
 */
import { skipName } from '../name/index.ts'
import { writeU32 } from '../octets.ts'
import { OPT_SIZE, paddingLength, TYPE_OPT } from './edns.ts'
import { OPTION_PADDING } from './edns-options.ts'
import { FLAG_TC, HEADER_SIZE, MAX_MESSAGE } from './header.ts'
import type { MessageView } from './message-view.ts'
import { SECTION_ADDITIONAL } from './record-cursor.ts'
import { RecordGroups } from './record-groups.ts'
import { RECORD_HEAD as FIXED, writeTypeAndClass } from './record-head.ts'

const NO_OPTIONS = new Uint8Array(0)

export class MessageBuilder extends RecordGroups {
  /** Header: may be changed until `finish`. */
  id = 0
  bits = 0
  /** Begins a message of at most `limit` octets (512 without EDNS by UDP, 65,535 by TCP). `bits`: flags, OPCODE, RCODE. */
  begin(id: number, bits: number, limit: number = MAX_MESSAGE): void {
    this.id = id
    this.bits = bits
    this.beginRecords(limit < MAX_MESSAGE ? limit : MAX_MESSAGE)
  }

  /** The question of a view, if it has one, octet for octet. */
  copyQuestion(view: MessageView): void {
    if (view.questions === 1) this.question(view.octets, HEADER_SIZE, view.qtype, view.qclass)
  }

  /** Says that so many records stand in `out` that were written there as a whole, behind the question. */
  countRecords(answers: number, authorities: number, additionals: number): void {
    this.counts[1]! += answers
    this.counts[2]! += authorities
    this.counts[3]! += additionals
  }

  /** Keeps room for an OPT record with `options` octets of options. */
  reserveOpt(options: number): void {
    this.reservedOpt = OPT_SIZE + options
  }

  /** Keeps room for the record that signs the message, all its octets. */
  reserveTail(octets: number): void {
    this.reservedTail = octets
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
    this.reservedOpt = 0
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
    this.counts[SECTION_ADDITIONAL]!++
    return true
  }

  #pad(block: number): void {
    const { out } = this
    const length = paddingLength(out.length + this.reservedTail, block, this.limit)
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
    this.reservedTail = 0
    const { out } = this
    const ownerEnd = skipName(owner, ownerAt)
    if (this.room < ownerEnd - ownerAt + FIXED + rdata.length) return false
    out.bytes(owner, ownerAt, ownerEnd)
    out.u16(type)
    out.u16(rrClass)
    out.u32(ttl)
    out.u16(rdata.length)
    out.bytes(rdata)
    this.counts[SECTION_ADDITIONAL]!++
    return true
  }

  /** Writes the header and returns the length of the message, which stands at the start of `octets`. */
  finish(): number {
    const { octets, length } = this.out
    const bits = this.isTruncated ? this.bits | FLAG_TC : this.bits
    octets[0] = this.id >>> 8
    octets[1] = this.id
    octets[2] = bits >>> 8
    octets[3] = bits
    for (let i = 0; i < 4; i++) {
      const count = this.counts[i]!
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
