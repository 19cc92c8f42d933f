/**
 * A whole message as objects: for tools, tests, clients and whatever else is not the packet path. Reading is strict: every name
 * and every RDATA of a known type must be well-formed. Writing gives equal content, not equal octets: names are compressed our
 * way, OPT goes to the end of the additional section (before a TSIG or SIG(0), whose MAC or signature does not survive that).
 */
import { DnsError, WireError } from '../errors.ts'
import { compressedNameEnd, expandName, MAX_NAME, Name, nameEnd } from '../name/index.ts'
import { OctetWriter, readU16 } from '../octets.ts'
import { CLASS_ANY, CLASS_NONE, recordType } from '../rr/index.ts'
import { areOptions, decodeEdns, type Edns, ednsFlags, encodeOptions, TYPE_OPT } from './edns.ts'
import { HEADER_SIZE, type Header, headerBits, headerOf, MAX_MESSAGE } from './header.ts'
import { MessageBuilder } from './message-builder.ts'
import { type OddRdataRule, REFUSE_ODD } from './odd-rdata.ts'
import { RecordCursor, SECTION_ADDITIONAL, SECTION_ANSWER, SECTION_AUTHORITY, type Section } from './record-cursor.ts'

const TYPE_SIG = 24
const TYPE_TSIG = 250

export type Question = { name: Name; type: number; class: number }

/** A record of a message; `rdata` is uncompressed. */
export type MessageRecord = { owner: Name; type: number; class: number; ttl: number; rdata: Uint8Array }

export type Message = {
  header: Header
  questions: Question[]
  answer: MessageRecord[]
  authority: MessageRecord[]
  /** Without OPT; a TSIG or SIG(0) is the last one. */
  additional: MessageRecord[]
  edns?: Edns
}

/**
 * Appends the uncompressed RDATA that stands in `message[at, end)`. False when it is malformed; the writer may then hold a part.
 * RDATA of an unknown type stays as it is (RFC 3597 §4). RDATA may be absent in the classes ANY and NONE, with which an UPDATE
 * speaks of whole RRsets (RFC 2136 §2.4, §2.5).
 */
export function expandRdata(
  type: number,
  rrClass: number,
  message: Uint8Array,
  at: number,
  end: number,
  out: OctetWriter,
): boolean {
  if (at === end && (rrClass === CLASS_ANY || rrClass === CLASS_NONE)) return true
  const declared = recordType(type)
  if (declared !== undefined) return declared.expand(message, at, end, out)
  out.bytes(message, at, end)
  return true
}

/** What is read of a message, one after another; all of it is copied at once when the message is read to its end. */
const readings = new OctetWriter(1024)

/** Where a name or an RDATA stands in `readings`. */
type Place = { at: number; end: number }

class Reading {
  readonly #octets: Uint8Array
  readonly #length: number
  /** Offsets of names that were read, pointers followed, and where they are now: most names of a message stand there often. */
  readonly #offsets: number[] = []
  readonly #names: (Place & { name: Name | undefined })[] = []

  constructor(octets: Uint8Array, length: number) {
    this.#octets = octets
    this.#length = length
  }

  /** Notes the name at `at` and returns its number. */
  name(at: number): number {
    const octets = this.#octets
    let start = at
    // No more than one pointer leads to another in what servers send; `expandName` follows any number.
    for (let jumps = 0; jumps < 2 && (octets[start] ?? 0) >= POINTER; jumps++) {
      start = ((octets[start]! & 0x3f) << 8) | (octets[start + 1] ?? 0)
    }
    const known = this.#offsets.indexOf(start)
    if (known >= 0) return known
    const from = readings.length
    readings.ensure(MAX_NAME)
    const end = expandName(octets, at, this.#length, readings.octets, from)
    if (end < 0) throw new WireError('no well-formed name here', at)
    readings.length = end
    this.#offsets.push(start)
    return this.#names.push({ at: from, end, name: undefined }) - 1
  }

  /** `question`: the name that the first name of the message is known to be. */
  know(question: Name): void {
    this.#offsets.push(HEADER_SIZE)
    this.#names.push({ at: 0, end: 0, name: question })
  }

  /** The name of this number, once all is copied to `copy`. */
  take(number: number, copy: Uint8Array): Name {
    const place = this.#names[number]
    if (place === undefined) return Name.root
    place.name ??= Name.take(copy, place.at, place.end)
    return place.name
  }
}

const POINTER = 0xc0

/**
 * Reads the message `octets[0, length)`. Octets after its last record are ignored, as `MessageView` does. `question`: the name of
 * the question, where that is known to be the one that was asked (in whatever case). `oddRdata`: the treatment of records with
 * malformed RDATA (default: the message is refused). Throws WireError (RCODE FORMERR) at the first octet that cannot be accepted.
 */
export function decodeMessage(
  octets: Uint8Array,
  length: number = octets.length,
  question?: Name,
  oddRdata: OddRdataRule = REFUSE_ODD,
): Message {
  if (length < HEADER_SIZE || length > octets.length) throw new WireError('a message has at least 12 octets', 0)
  if (length > MAX_MESSAGE) throw new WireError('a message has at most 65535 octets', MAX_MESSAGE, 'message-too-long')
  const bits = readU16(octets, 2)
  let at: number = HEADER_SIZE
  readings.clear()
  const reading = new Reading(octets, length)
  if (question !== undefined) reading.know(question)
  const asked: (Omit<Question, 'name'> & { readonly name: number })[] = []
  for (let n = readU16(octets, 4); n > 0; n--) {
    const end = compressedNameEnd(octets, at, length)
    if (end < 0 || end + 4 > length) throw new WireError('a question does not fit into the message', at)
    // Nothing stands before the first name that a pointer could mean.
    if (at === HEADER_SIZE && nameEnd(octets, at, length) < 0) throw new WireError('the question is compressed', at)
    asked.push({ name: reading.name(at), type: readU16(octets, end), class: readU16(octets, end + 2) })
    at = end + 4
  }
  const message: Message = {
    header: headerOf(readU16(octets, 0), bits),
    questions: [],
    answer: [],
    authority: [],
    additional: [],
  }
  const records: (Place & { section: Section; owner: number; type: number; class: number; ttl: number })[] = []
  const cursor = new RecordCursor()
  cursor.start(octets, at, length, readU16(octets, 6), readU16(octets, 8), readU16(octets, 10))
  while (cursor.step()) {
    const { type, class: rrClass, ttl, section } = cursor
    if (type === TYPE_OPT) {
      readOpt(message, octets, cursor, oddRdata)
      continue
    }
    if (type === TYPE_TSIG) checkTsigPlace(cursor)
    const owner = reading.name(cursor.ownerAt)
    const from = readings.length
    if (!expandRdata(type, rrClass, octets, cursor.rdataAt, cursor.rdataEnd, readings)) {
      readings.length = from
      const odd = oddRdata(type, section)
      if (odd === 'refuse') throw new WireError('RDATA is malformed', cursor.rdataAt, 'rdata-malformed')
      if (odd === 'ignore') continue
      readings.bytes(octets, cursor.rdataAt, cursor.rdataEnd)
    }
    records.push({ section, owner, type, class: rrClass, ttl, at: from, end: readings.length })
  }
  if (cursor.malformed) throw new WireError('a record does not fit into the message', cursor.next)
  const copy = readings.copy()
  for (const { name, type, class: rrClass } of asked) {
    message.questions.push({ name: reading.take(name, copy), type, class: rrClass })
  }
  const sections = { [SECTION_ANSWER]: message.answer, [SECTION_AUTHORITY]: message.authority }
  for (const { section, owner, type, class: rrClass, ttl, at: from, end } of records) {
    const target = section === SECTION_ADDITIONAL ? message.additional : sections[section]
    target.push({ owner: reading.take(owner, copy), type, class: rrClass, ttl, rdata: copy.subarray(from, end) })
  }
  return message
}

function checkTsigPlace(cursor: RecordCursor): void {
  if (cursor.left > 0 || cursor.section !== SECTION_ADDITIONAL) {
    throw new WireError('a TSIG is not the last record (RFC 8945 §5.1)', cursor.ownerAt)
  }
  if (cursor.class !== CLASS_ANY) throw new WireError('a TSIG is of class ANY (RFC 8945 §4.2)', cursor.ownerAt)
}

function readOpt(message: Message, octets: Uint8Array, cursor: RecordCursor, oddRdata: OddRdataRule): void {
  if (message.edns !== undefined) throw new WireError('a second OPT record (RFC 6891 §6.1.1)', cursor.ownerAt)
  if (cursor.section !== SECTION_ADDITIONAL || octets[cursor.ownerAt] !== 0) {
    throw new WireError('an OPT record outside the additional section, or not of the root', cursor.ownerAt)
  }
  const { rdataAt, rdataEnd, section } = cursor
  const isOdd = !areOptions(octets, rdataAt, rdataEnd) && oddRdata(TYPE_OPT, section) !== 'refuse'
  message.edns = decodeEdns(cursor.class, cursor.ttl, octets, rdataAt, isOdd ? rdataAt : rdataEnd)
  message.header.rcode |= (cursor.ttl >>> 24) << 4
}

/**
 * Writes a message of at most `limit` octets: RRsets of answer and authority that do not fit are left out and TC is set, those
 * of the additional section are left out in silence. Throws DnsError `rdata-malformed` or `message-too-long` (EDNS and signature
 * alone do not fit), `usage` for an RCODE above 15 without EDNS.
 */
export function encodeMessage(
  message: Message,
  limit: number = MAX_MESSAGE,
  builder: MessageBuilder = new MessageBuilder(),
): Uint8Array {
  const { header, edns } = message
  if (header.rcode > 15 && edns === undefined) throw new DnsError('usage', 'an RCODE above 15 needs EDNS')
  builder.begin(header.id, headerBits(header), limit)
  for (const question of message.questions) builder.question(question.name.octets, 0, question.type, question.class)
  const options = new OctetWriter(64)
  if (edns !== undefined) {
    encodeOptions(edns.options, options)
    builder.reserveOpt(options.length)
  }
  const last = message.additional.at(-1)
  const signature = last !== undefined && signsMessage(last) ? last : undefined
  if (signature !== undefined) {
    builder.reserveTail(signature.owner.octets.length + 10 + signature.rdata.length)
  }
  addRecords(builder, SECTION_ANSWER, message.answer)
  addRecords(builder, SECTION_AUTHORITY, message.authority)
  addRecords(
    builder,
    SECTION_ADDITIONAL,
    signature === undefined ? message.additional : message.additional.slice(0, -1),
  )
  let fits = true
  if (edns !== undefined) {
    const { udpSize, version } = edns
    fits = builder.opt(udpSize, ednsFlags(edns), header.rcode >>> 4, version, options.octets, 0, options.length)
  }
  if (signature !== undefined) {
    const { owner, type, class: rrClass, ttl, rdata } = signature
    fits = builder.tail(owner.octets, 0, type, rrClass, ttl, rdata) && fits
  }
  if (!fits) throw new DnsError('message-too-long', `EDNS and signature do not fit into ${limit} octets`)
  return builder.copy()
}

function signsMessage(record: MessageRecord): boolean {
  return record.type === TYPE_TSIG || (record.type === TYPE_SIG && record.rdata[0] === 0 && record.rdata[1] === 0)
}

function addRecords(builder: MessageBuilder, section: Section, records: readonly MessageRecord[]): void {
  let before: MessageRecord | undefined
  for (const record of records) {
    const { owner, type, class: rrClass, ttl, rdata } = record
    const declared = recordType(type)
    const absent = rdata.length === 0 && (rrClass === CLASS_ANY || rrClass === CLASS_NONE)
    if (!absent && declared !== undefined && !declared.check(rdata, 0, rdata.length)) {
      throw new DnsError('rdata-malformed', `the RDATA of ${owner} is none of type ${declared.mnemonic}`)
    }
    if (before === undefined || before.type !== type || before.class !== rrClass || !before.owner.equals(owner)) {
      if (before !== undefined) builder.closeGroup(section !== SECTION_ADDITIONAL)
      builder.openGroup(section)
    }
    builder.record(owner.octets, 0, type, rrClass, ttl, rdata, 0, rdata.length)
    before = record
  }
  if (before !== undefined) builder.closeGroup(section !== SECTION_ADDITIONAL)
}
