/**
 * From what the resolver came to (`Resolution`) to the octets that a client gets.
 *
 *     header    RA, AA only when told; RD and CD of the query; AD when the answer is secure and the client asked for it by DO or AD
 *     question  as the client spelled it
 *     answer    the chain of aliases and the data; signatures for those who set DO or ask for them
 *     authority the SOA of a negative answer; with DO its proofs, and those of expanded wildcards
 *     OPT       when the query had one: DO copied, extended errors
 *
 * TTLs are what is left of each RRset's life. A SERVFAIL says nothing but why (RFC 8914).
 *
 * What it does not do: cookies and the other options of the connection, which come as octets from whoever read the query.
 */

import { OctetWriter } from '../dns/octets.ts'
import {
  EDNS_DO,
  FLAG_AA,
  FLAG_AD,
  FLAG_CD,
  FLAG_QR,
  FLAG_RA,
  FLAG_RD,
  HEADER_SIZE,
  MessageBuilder,
  OPTION_EDE,
  RCODE_NOERROR,
  RCODE_REFUSED,
  RecordCursor,
  SECTION_ADDITIONAL,
  SECTION_ANSWER,
  SECTION_AUTHORITY,
  type Section,
  TYPE_OPT,
} from '../dns/wire/index.ts'
import type { RRset } from '../dnssec/index.ts'
import type { SteadySeconds } from '../ports/index.ts'
import type { ClientQuery } from './client-query.ts'
import type { Resolution } from './resolution.ts'

const TYPE_SOA = 6
const TYPE_DS = 43
const TYPE_RRSIG = 46
const TYPE_NSEC = 47
const TYPE_NSEC3 = 50
const TYPE_ANY = 255

/** What data older than its TTL is given out with (RFC 8767 §4). */
export const STALE_TTL = 30
/** Most octets of the text of an extended error: a sentence or two, not a page. */
const MAX_REMARK = 300
/** Most extended errors of one answer. */
const MAX_REMARKS = 4
const NO_OPTIONS = new Uint8Array(0)
const encoder = new TextEncoder()

export type ResponseSettings = {
  /** What OPT says that this server takes. */
  readonly udpSize: number
  /** False: whatever the resolver has beside the answer is added (default: true). */
  readonly isMinimal?: boolean
}

/** What else the response has. */
export type ResponseOptions = {
  /** Options in wire form: cookie, NSID, keepalive. */
  readonly options?: Uint8Array
  /** The block of RFC 8467, on transports that nobody else can read. */
  readonly paddingBlock?: number
  /** This server answers in its own name: empty zones do (RFC 6303 §3). */
  readonly isAuthoritative?: boolean
}

export class ResponseWriter {
  readonly builder: MessageBuilder = new MessageBuilder()
  readonly #settings: ResponseSettings
  readonly #options = new OctetWriter(512)
  readonly #cursor = new RecordCursor()

  constructor(settings: ResponseSettings) {
    this.#settings = settings
  }

  /** Writes the response; it is good until the next call. Nothing here throws. */
  write(query: ClientQuery, resolution: Resolution, now: SteadySeconds, extra: ResponseOptions = {}): Uint8Array {
    const { builder } = this
    const { rcode } = resolution
    const isTold = (query.dnssecOk || query.authenticData) && resolution.security === 'secure'
    const bits =
      FLAG_QR |
      FLAG_RA |
      (extra.isAuthoritative === true ? FLAG_AA : 0) |
      (query.recursionDesired ? FLAG_RD : 0) |
      (query.checkingDisabled ? FLAG_CD : 0) |
      (isTold ? FLAG_AD : 0) |
      (rcode & 15)
    builder.begin(query.id, bits, query.limit)
    builder.question(query.name.octets, 0, query.type, query.class)
    const own = extra.options ?? NO_OPTIONS
    const remarks = query.hasEdns ? resolution.remarks.slice(0, MAX_REMARKS) : []
    if (query.hasEdns) builder.reserveOpt(own.length + remarks.length * 6)
    if (rcode !== RCODE_REFUSED && resolution.security !== 'bogus') this.#sections(query, resolution, now)
    if (query.hasEdns) this.#opt(query, rcode, own, remarks, extra.paddingBlock ?? 0)
    const length = builder.finish()
    return builder.octets.subarray(0, length)
  }

  #sections(query: ClientQuery, resolution: Resolution, now: SteadySeconds): void {
    const { answer, authority, additional, isStale } = resolution
    const isFull = this.#settings.isMinimal === false
    for (const set of answer) this.#add(SECTION_ANSWER, query, set, now, isStale)
    const isReferral = answer.length === 0 && resolution.rcode === RCODE_NOERROR && !authority.some(isSoa)
    for (const set of authority) {
      if (isFull || isReferral || isSoa(set) || isProof(set)) this.#add(SECTION_AUTHORITY, query, set, now, isStale)
    }
    if (!isFull && !isReferral) return
    for (const set of additional) this.#add(SECTION_ADDITIONAL, query, set, now, isStale)
  }

  /** Adds an RRset with its signatures, or what of it this client is to see (RFC 4035 §3.2.1). */
  #add(section: Section, query: ClientQuery, set: RRset, now: SteadySeconds, isStale: boolean): void {
    const { dnssecOk, type: asked, name } = query
    const { owner, type, class: rrClass, rdatas, signatures, withheld } = set
    const wantsAll = dnssecOk || asked === TYPE_ANY
    const isShown = wantsAll || type === asked || !(isProof(set) || (type === TYPE_DS && section !== SECTION_ANSWER))
    const shown = isShown ? rdatas : []
    // Signatures do not hold over what is left of an RRset.
    const wantsSigned = wantsAll || (asked === TYPE_RRSIG && section === SECTION_ANSWER)
    const signed = wantsSigned && withheld === undefined ? signatures : []
    if (shown.length + signed.length === 0) return
    const left = set.expires - now
    const ttl = left > 0 ? Math.min(left, 0x7fffffff) : isStale ? STALE_TTL : 0
    const { builder } = this
    builder.openGroup(section)
    // The question's own name is pointed to, in whatever spelling it came.
    let at = owner.equals(name) ? HEADER_SIZE : -1
    const put = (as: number, rdata: Uint8Array): void => {
      if (at < 0) at = builder.record(owner.octets, 0, as, rrClass, ttl, rdata, 0, rdata.length)
      else builder.recordAt(at, as, rrClass, ttl, rdata, 0, rdata.length)
    }
    for (const rdata of shown) put(type, rdata)
    for (const rdata of signed) put(TYPE_RRSIG, rdata)
    builder.closeGroup(section !== SECTION_ADDITIONAL)
  }

  #opt(query: ClientQuery, rcode: number, own: Uint8Array, remarks: Resolution['remarks'], padding: number): void {
    const { builder } = this
    const options = this.#options
    options.length = 0
    options.bytes(own)
    // The text of a remark may take what the answer left over, and no more (RFC 8914 §3).
    options.bytes(encodeRemarks(remarks, builder.truncated ? 0 : builder.room))
    const flags = query.dnssecOk ? EDNS_DO : 0
    const { udpSize } = this.#settings
    if (!builder.opt(udpSize, flags, rcode >>> 4, 0, options.octets, 0, options.length, padding))
      builder.opt(udpSize, flags, rcode >>> 4)
  }

  /**
   * Where the TTLs of the records of a finished response stand, for whoever keeps it and counts them down. Offsets of their
   * four octets, in the order of the records; OPT has none.
   */
  ttlOffsets(response: Uint8Array): number[] {
    const counts = [6, 8, 10].map((at) => ((response[at] ?? 0) << 8) | (response[at + 1] ?? 0))
    const questionEnd = this.#questionEnd(response)
    const cursor = this.#cursor.start(
      response,
      questionEnd,
      response.length,
      counts[0] ?? 0,
      counts[1] ?? 0,
      counts[2] ?? 0,
    )
    const offsets: number[] = []
    while (cursor.step()) if (cursor.type !== TYPE_OPT) offsets.push(cursor.rdataAt - 6)
    return offsets
  }

  #questionEnd(response: Uint8Array): number {
    let at: number = HEADER_SIZE
    for (let length = response[at] ?? 0; length !== 0; length = response[at] ?? 0) at += length + 1
    return at + 5
  }
}

/** Extended errors as options in wire form (RFC 8914 §2). `room`: octets that their texts may take in all. */
export function encodeRemarks(remarks: Resolution['remarks'], room: number): Uint8Array {
  const options = new OctetWriter(64)
  for (const { code, text } of remarks.slice(0, MAX_REMARKS)) {
    const octets = encodeShort(text, Math.min(room, MAX_REMARK))
    options.u16(OPTION_EDE)
    options.u16(2 + octets.length)
    options.u16(code)
    options.bytes(octets)
    room -= octets.length
  }
  return options.copy()
}

function isSoa({ type }: RRset): boolean {
  return type === TYPE_SOA
}

function isProof({ type }: RRset): boolean {
  return type === TYPE_NSEC || type === TYPE_NSEC3
}

/** UTF-8 of at most `most` octets, cut between characters; nothing when hardly any of it would be left. */
function encodeShort(text: string, most: number): Uint8Array {
  if (most < 16) return NO_OPTIONS
  const room = new Uint8Array(most)
  return room.subarray(0, encoder.encodeInto(text, room).written)
}
