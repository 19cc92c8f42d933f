/**
 * A view of one DNS message in a buffer, for the packet path: header, question, EDNS and signature record, without a copy and
 * without an allocation. One object serves any number of packets, one at a time; nothing here throws.
 *
 * `parse` reads header and question, which is what a cache or a rate limit asks for; `scan` then walks the records and finds
 * OPT, TSIG and SIG(0). Until `scan` has answered, there is no EDNS. A fault is told by a word; `faultRcode` says what a peer
 * hears of it.
 *
 * Octets behind the last record are tolerated and counted (`trailing`), as BIND and Unbound do: RFC 1035 is silent on them.
 * Whoever verifies a TSIG refuses them, since no MAC covers them.
 *
 * What it does not do: follow pointers (names of records are checked when they are expanded), look into RDATA other than OPT.
 */
import { equalNames, LOWER, nameEnd } from '../name/index.ts'
import { readU16 } from '../octets.ts'
import { areOptions, EDNS_DO, findOption, TYPE_OPT } from './edns.ts'
import { FLAG_QR, HEADER_SIZE, MAX_MESSAGE, OPCODE_MASK, OPCODE_SHIFT, RCODE_FORMERR, RCODE_MASK } from './header.ts'
import { RecordCursor, SECTION_ADDITIONAL } from './record-cursor.ts'

const TYPE_SIG = 24
const TYPE_TSIG = 250
const CLASS_ANY = 255

/** Why a message is refused. */
export type MessageFault =
  /** Shorter than a header: there is no ID that an answer could carry. */
  | 'no-header'
  /** Longer than a message can be. */
  | 'too-long'
  /** More than one question (RFC 9619 §4). */
  | 'many-questions'
  /** The question is cut short, or its name is malformed or compressed. */
  | 'bad-question'
  /** A record does not fit into the message. */
  | 'bad-record'
  /** A second OPT, an OPT outside the additional section or not of the root, or options that overrun it (RFC 6891 §6.1.1). */
  | 'bad-edns'
  /** A TSIG that is not the last record of the additional section, or not of class ANY (RFC 8945 §5.1). */
  | 'bad-signature'

/** The RCODE that tells a peer of a fault, or -1 when the message is dropped in silence. */
export function faultRcode(fault: MessageFault): number {
  return fault === 'no-header' ? -1 : RCODE_FORMERR
}

const NOTHING = new Uint8Array(0)

export class MessageView {
  /** The message is `octets[0, length)`. */
  octets: Uint8Array = NOTHING
  length = 0
  id = 0
  /** The second 16 bits of the header: flags, OPCODE, RCODE (`header.ts`). */
  bits = 0
  questions = 0
  answers = 0
  authorities = 0
  additionals = 0
  /** Offset after the question's name: HEADER_SIZE when there is no question, which RFC 7873 §5.4 allows. */
  qnameEnd: number = HEADER_SIZE
  qtype = 0
  qclass = 0
  /** Offset of the first record. */
  recordsAt: number = HEADER_SIZE

  /** Offset of the OPT record, -1 when there is none. The next five speak of it. */
  optAt = -1
  udpSize = 0
  /** Extended RCODE, version and flags, as the TTL holds them. */
  ednsTtl = 0
  optionsAt = 0
  optionsEnd = 0
  /** Offset of a TSIG record that is the last one, -1 when there is none. */
  tsigAt = -1
  /** Offset of a SIG(0) record (RFC 2931 §3) that is the last one, -1 when there is none. */
  sig0At = -1
  /** Octets behind the last record. */
  trailing = 0

  readonly #cursor = new RecordCursor()

  /** Reads the header and the question of `octets[0, length)`. Returns a fault, or undefined when all is well. */
  parse(octets: Uint8Array, length: number = octets.length): MessageFault | undefined {
    this.octets = octets
    this.length = length
    this.optAt = -1
    this.tsigAt = -1
    this.sig0At = -1
    this.trailing = 0
    this.qnameEnd = HEADER_SIZE
    this.recordsAt = HEADER_SIZE
    this.qtype = 0
    this.qclass = 0
    if (length < HEADER_SIZE || length > octets.length) return this.#refuse('no-header')
    this.id = readU16(octets, 0)
    this.bits = readU16(octets, 2)
    this.questions = readU16(octets, 4)
    this.answers = readU16(octets, 6)
    this.authorities = readU16(octets, 8)
    this.additionals = readU16(octets, 10)
    if (length > MAX_MESSAGE) return 'too-long'
    if (this.questions === 0) return undefined
    if (this.questions > 1) return 'many-questions'
    const end = nameEnd(octets, HEADER_SIZE, length)
    if (end < 0 || end + 4 > length) return 'bad-question'
    this.qnameEnd = end
    this.qtype = readU16(octets, end)
    this.qclass = readU16(octets, end + 2)
    this.recordsAt = end + 4
    return undefined
  }

  /** Nothing of the packet before is left to be read by mistake. */
  #refuse(fault: MessageFault): MessageFault {
    this.id = 0
    this.bits = 0
    this.questions = 0
    this.answers = 0
    this.authorities = 0
    this.additionals = 0
    return fault
  }

  /** Walks the records of a message that `parse` accepted; finds EDNS and signature. Returns a fault, or undefined. */
  scan(): MessageFault | undefined {
    const cursor = this.records()
    const { octets } = this
    while (cursor.step()) {
      const { type } = cursor
      if (type === TYPE_OPT) {
        if (this.optAt >= 0 || cursor.section !== SECTION_ADDITIONAL || octets[cursor.ownerAt] !== 0) return 'bad-edns'
        if (!areOptions(octets, cursor.rdataAt, cursor.rdataEnd)) return 'bad-edns'
        this.optAt = cursor.ownerAt
        this.udpSize = cursor.class
        this.ednsTtl = cursor.ttl
        this.optionsAt = cursor.rdataAt
        this.optionsEnd = cursor.rdataEnd
      } else if (type === TYPE_TSIG) {
        if (cursor.left > 0 || cursor.section !== SECTION_ADDITIONAL || cursor.class !== CLASS_ANY)
          return 'bad-signature'
        this.tsigAt = cursor.ownerAt
      } else if (type === TYPE_SIG && cursor.left === 0 && cursor.section === SECTION_ADDITIONAL) {
        // A SIG that covers no type signs the message.
        if (cursor.rdataEnd - cursor.rdataAt >= 2 && readU16(octets, cursor.rdataAt) === 0) this.sig0At = cursor.ownerAt
      }
    }
    if (cursor.malformed) return 'bad-record'
    this.trailing = this.length - cursor.next
    return undefined
  }

  /** The records, from the first one on. The cursor is the view's own: it is good until the next call, or the next `scan`. */
  records(): RecordCursor {
    return this.#cursor.start(
      this.octets,
      this.recordsAt,
      this.length,
      this.answers,
      this.authorities,
      this.additionals,
    )
  }

  get isResponse(): boolean {
    return (this.bits & FLAG_QR) !== 0
  }

  get opcode(): number {
    return (this.bits & OPCODE_MASK) >>> OPCODE_SHIFT
  }

  /** All 12 bits of the RCODE once `scan` was called; the header's 4 without EDNS. */
  get rcode(): number {
    return this.optAt < 0 ? this.bits & RCODE_MASK : ((this.ednsTtl >>> 24) << 4) | (this.bits & RCODE_MASK)
  }

  get hasEdns(): boolean {
    return this.optAt >= 0
  }

  get ednsVersion(): number {
    return this.optAt < 0 ? 0 : (this.ednsTtl >>> 16) & 0xff
  }

  get dnssecOk(): boolean {
    return this.optAt >= 0 && (this.ednsTtl & EDNS_DO) !== 0
  }

  /** Offset of the data of the first option of this code, -1 when there is none. */
  optionAt(code: number): number {
    return this.optAt < 0 ? -1 : findOption(this.octets, this.optionsAt, this.optionsEnd, code)
  }

  /** Length of the option whose data stands at `at`. */
  optionLength(at: number): number {
    return readU16(this.octets, at - 2)
  }

  /** Writes the question's name in lower case to `out` at `at` (255 octets of room); returns the offset after it. */
  lowerQname(out: Uint8Array, at: number): number {
    const { octets, qnameEnd } = this
    for (let i = HEADER_SIZE; i < qnameEnd; i++) out[at++] = LOWER[octets[i]!]!
    return at
  }

  /** Whether this answers `query`: a response to its ID with the same question, case included when `exactCase`. */
  answersTo(query: MessageView, exactCase = false): boolean {
    if (!this.isResponse || this.id !== query.id || this.opcode !== query.opcode) return false
    if (this.questions !== query.questions) return false
    if (this.questions === 0) return true
    if (this.qtype !== query.qtype || this.qclass !== query.qclass || this.qnameEnd !== query.qnameEnd) return false
    if (!exactCase) return equalNames(this.octets, HEADER_SIZE, query.octets, HEADER_SIZE)
    for (let i = HEADER_SIZE; i < query.qnameEnd; i++) if (this.octets[i] !== query.octets[i]) return false
    return true
  }
}
