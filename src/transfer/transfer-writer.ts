/**
 * Writes the messages of a transfer: as many records in each as fit, names compressed with their case (RFC 5936 §2.2, §3.4).
 *
 * A message aims at 16 KiB, since no pointer reaches beyond; a record that needs more gets a message of its own. In each
 * message room is kept for the TSIG that the caller appends. Records are copied out of the walk octet by octet; there is no
 * object for one.
 *
 * What it does not do: decide what is sent; sign.
 */
import { DnsError } from '../dns/errors.ts'
import { MAX_NAME, nameText, skipName } from '../dns/name/index.ts'
import { OctetWriter } from '../dns/octets.ts'
import { CLASS_IN, recordType, SOA, typeMnemonic } from '../dns/rr/index.ts'
import type { MessageView } from '../dns/wire/index.ts'
import {
  EDNS_DO,
  FLAG_AA,
  FLAG_QR,
  FLAG_RD,
  HEADER_SIZE,
  MAX_MESSAGE,
  OPT_SIZE,
  RECORD_HEAD,
  TYPE_OPT,
} from '../dns/wire/index.ts'
import type { RecordWalk } from '../zone/index.ts'
import { CaseTable } from './case-table.ts'

export type TransferOptions = {
  /** Octets that a message aims at, the reserve included: 512 to 65,535, by default 16,384. */
  readonly messageOctets?: number
  /** Octets that stay free in each message, for a TSIG record. */
  readonly reserve?: number
  /**
   * What the OPT record of each message says when the query has one (RFC 9103 §6.3.4): our UDP size. Options, in wire form,
   * stand in the first one.
   */
  readonly edns?: { readonly udpSize: number; readonly options?: Uint8Array }
  /** A message is good only until the next one is taken, whose memory is the same. */
  readonly reuse?: boolean
}

/** What of a query its answer needs, in memory of its own: the view may see other messages meanwhile. */
export type TransferQuestion = {
  readonly id: number
  readonly recursionDesired: boolean
  /** The question section, octet for octet; empty when there was none. */
  readonly question: Uint8Array
  readonly edns: boolean
  readonly dnssecOk: boolean
}

/** Takes the question out of a view on which `scan` was called. */
export function transferQuestion(view: MessageView): TransferQuestion {
  return {
    id: view.id,
    recursionDesired: (view.bits & FLAG_RD) !== 0,
    question: view.octets.slice(HEADER_SIZE, view.recordsAt),
    edns: view.hasEdns,
    dnssecOk: view.dnssecOk,
  }
}

export const DEFAULT_MESSAGE_OCTETS = 16384
const NO_OPTIONS = new Uint8Array(0)

/**
 * The messages that carry all records of a walk and, with `closing`, its first one, a SOA, once more at the end. The walk is
 * closed when the last message was taken, or the caller stops. Throws DnsError `state-invalid` when the walk does not begin with
 * a SOA, `message-too-long` for a record that no message holds.
 */
export function* writeMessages(
  question: TransferQuestion,
  walk: RecordWalk,
  closing: boolean,
  options: TransferOptions = {},
): Generator<Uint8Array, void, undefined> {
  const writer = new TransferWriter(question, options)
  try {
    if (!walk.step() || walk.type !== SOA.number) {
      throw new DnsError('state-invalid', 'the records of a zone do not begin with its SOA')
    }
    const soa = copyRecord(walk)
    do {
      if (writer.add(walk)) continue
      if (writer.count > 0) yield writer.finish()
      writer.addFirst(walk)
    } while (walk.step())
    if (closing && !writer.add(soa)) {
      yield writer.finish()
      writer.addFirst(soa)
    }
    yield writer.finish()
  } finally {
    walk.close()
  }
}

/** The fields of a record that a walk stands at. */
export type WalkedRecord = Omit<RecordWalk, 'step' | 'close'>

function copyRecord(record: WalkedRecord): WalkedRecord {
  const { octets, ownerAt, rdataAt, rdataEnd, type, ttl } = record
  const owner = octets.slice(ownerAt, skipName(octets, ownerAt))
  const copy = new Uint8Array(owner.length + rdataEnd - rdataAt)
  copy.set(owner)
  copy.set(octets.subarray(rdataAt, rdataEnd), owner.length)
  return { octets: copy, ownerAt: 0, type, ttl, rdataAt: owner.length, rdataEnd: copy.length }
}

export class TransferWriter {
  readonly out: OctetWriter = new OctetWriter(2 * DEFAULT_MESSAGE_OCTETS)
  readonly names: CaseTable = new CaseTable()
  readonly #question: TransferQuestion
  readonly #options: Uint8Array
  readonly #udpSize: number
  readonly #limit: number
  readonly #largest: number
  readonly #reuses: boolean
  #isFirst = true
  #count = 0
  /** The owner of the last record, and where it stands in this message: -1 when a pointer cannot reach it. */
  readonly #lastOwner = new Uint8Array(MAX_NAME)
  #lastLength = 0
  #lastAt = -1
  /** Where in a walk that holds still that owner stands; -1 when it came from another. */
  #stillAt = -1

  constructor(question: TransferQuestion, options: TransferOptions = {}) {
    const { messageOctets = DEFAULT_MESSAGE_OCTETS, reserve = 0, edns, reuse = false } = options
    this.#question = question
    this.#reuses = reuse
    this.#options = edns?.options ?? NO_OPTIONS
    this.#udpSize = edns?.udpSize ?? 1232
    this.#limit = Math.min(Math.max(messageOctets, 512), MAX_MESSAGE) - reserve
    this.#largest = MAX_MESSAGE - reserve
    this.#begin()
  }

  /** Octets that the OPT record takes in this message. */
  get #optOctets(): number {
    if (!this.#question.edns) return 0
    return OPT_SIZE + (this.#isFirst ? this.#options.length : 0)
  }

  /** Records in the message at hand. */
  get count(): number {
    return this.#count
  }

  #begin(): void {
    this.out.length = HEADER_SIZE
    this.names.clear()
    this.#count = 0
    this.#lastAt = -1
    if (!this.#isFirst) return
    const { question } = this.#question
    this.out.bytes(question)
    // Writes the name once more where it stands, so that owners can point to it.
    if (question.length > 0) this.names.write(question, 0, this.out.octets, HEADER_SIZE)
  }

  /** Adds the record, if it fits into what the message aims at. */
  add(record: WalkedRecord): boolean {
    return this.#write(record, this.#limit - this.#optOctets)
  }

  /** Adds the first record of a message, whatever room it takes. Throws DnsError `message-too-long`. */
  addFirst(record: WalkedRecord): void {
    if (this.#write(record, this.#largest - this.#optOctets)) return
    const owner = nameText(record.octets, record.ownerAt)
    throw new DnsError('message-too-long', `no message has room for ${owner} ${typeMnemonic(record.type)}`)
  }

  #write(record: WalkedRecord, limit: number): boolean {
    const { out } = this
    const { octets: from, type, ttl, rdataAt, rdataEnd } = record
    const start = out.length
    out.ensure(MAX_NAME + RECORD_HEAD + rdataEnd - rdataAt)
    if (record.holdsStill === true) this.#writeStillOwner(from, record.ownerAt)
    else this.#writeOwner(from, record.ownerAt)
    const octets = out.octets
    const at = out.length
    octets[at] = type >>> 8
    octets[at + 1] = type
    octets[at + 2] = 0
    octets[at + 3] = CLASS_IN
    octets[at + 4] = ttl >>> 24
    octets[at + 5] = ttl >>> 16
    octets[at + 6] = ttl >>> 8
    octets[at + 7] = ttl
    const rdataStart = at + RECORD_HEAD
    out.length = rdataStart
    const declared = recordType(type)
    if (declared?.compressesNames === true) declared.compress(from, rdataAt, rdataEnd, this)
    else out.bytes(from, rdataAt, rdataEnd)
    out.patchU16(rdataStart - 2, out.length - rdataStart)
    if (out.length > limit) {
      out.length = start
      this.names.truncate(start)
      this.#lastAt = -1
      return false
    }
    this.#count++
    return true
  }

  /** A pointer when the owner stands where that of the record before stood. */
  #writeStillOwner(from: Uint8Array, ownerAt: number): void {
    const { out } = this
    const start = out.length
    if (this.#lastAt >= 0 && this.#stillAt === ownerAt) {
      out.octets[start] = 0xc0 | (this.#lastAt >>> 8)
      out.octets[start + 1] = this.#lastAt
      out.length = start + 2
      return
    }
    out.length = this.names.write(from, ownerAt, out.octets, start)
    this.#lastAt = this.#whereItStands(start)
    this.#stillAt = ownerAt
    this.#lastLength = 0
  }

  /** A pointer when the owner is that of the record before, as it mostly is; the octets are compared, for a walk may reuse them. */
  #writeOwner(from: Uint8Array, ownerAt: number): void {
    const { out } = this
    const last = this.#lastOwner
    const start = out.length
    if (this.#lastAt >= 0 && this.#lastLength > 0) {
      let i = 0
      while (i < this.#lastLength && last[i] === from[ownerAt + i]) i++
      if (i === this.#lastLength) {
        out.octets[start] = 0xc0 | (this.#lastAt >>> 8)
        out.octets[start + 1] = this.#lastAt
        out.length = start + 2
        return
      }
    }
    out.length = this.names.write(from, ownerAt, out.octets, start)
    let length = 0
    for (let label = from[ownerAt]!; label !== 0; label = from[ownerAt + length]!) {
      for (const end = length + label; length <= end; length++) last[length] = from[ownerAt + length]!
    }
    last[length++] = 0
    this.#lastLength = length
    this.#stillAt = -1
    this.#lastAt = this.#whereItStands(start)
  }

  /** An owner that became a pointer stands where that points to: no chain of pointers grows from record to record. */
  #whereItStands(start: number): number {
    const { octets } = this.out
    const first = octets[start]!
    if (first >= 0xc0) return ((first & 0x3f) << 8) | octets[start + 1]!
    return start < 0x4000 ? start : -1
  }

  /** The message with its header, in memory of its own unless `reuse` says otherwise; the next one begins. */
  finish(): Uint8Array {
    const { out } = this
    const { id, recursionDesired, question, dnssecOk } = this.#question
    const hasOpt = this.#optOctets > 0
    if (hasOpt) {
      out.u8(0)
      out.u16(TYPE_OPT)
      out.u16(this.#udpSize)
      out.u32(dnssecOk ? EDNS_DO : 0)
      const options = this.#isFirst ? this.#options : NO_OPTIONS
      out.u16(options.length)
      out.bytes(options)
    }
    const { length } = out
    out.length = 0
    out.u16(id)
    out.u16(FLAG_QR | FLAG_AA | (recursionDesired ? FLAG_RD : 0))
    out.u16(this.#isFirst && question.length > 0 ? 1 : 0)
    out.u16(this.#count)
    out.u16(0)
    out.u16(hasOpt ? 1 : 0)
    out.length = length
    const message = this.#reuses ? out.octets.subarray(0, length) : out.octets.slice(0, length)
    this.#isFirst = false
    this.#begin()
    return message
  }
}
