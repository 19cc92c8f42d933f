/**
 * Answers one packet after another from the image: the one way to answer, for every transport. Nothing here throws, and
 * nothing is allocated for a packet.
 *
 * The stages of a query, each of which may end it:
 *
 *     1. header      responses and scraps are dropped; what cannot be read is told FORMERR (RFC 8906 §3)
 *     2. opcode      NOTIFY and UPDATE are handed over, others are not implemented
 *     3. EDNS        version, payload size, DO, options (RFC 6891)
 *     4. signed      TSIG and SIG(0) are handed over
 *     5. cookie      RFC 7873: a good one frees from the rate limit
 *     6. question    class, types that are no data; transfers are handed over; CHAOS
 *     7. answer      from the zones of the image
 *     8. rate limit  UDP only
 *     9. OPT         options of the answer, padding on encrypted transports
 */
import { OctetWriter } from '../dns/octets.ts'
import { AXFR, CLASS_ANY, CLASS_CH, CLASS_IN, IXFR, SOA } from '../dns/rr/index.ts'
import {
  EDNS_DO,
  FLAG_AA,
  FLAG_CD,
  FLAG_QR,
  FLAG_RD,
  faultRcode,
  HEADER_SIZE,
  MAX_MESSAGE,
  MessageBuilder,
  MessageView,
  MIN_UDP_PAYLOAD,
  OPCODE_MASK,
  OPCODE_NOTIFY,
  OPCODE_QUERY,
  OPCODE_UPDATE,
  OPTION_COOKIE,
  OPTION_EDE,
  OPTION_EXPIRE,
  OPTION_KEEPALIVE,
  OPTION_NSID,
  RCODE_BADVERS,
  RCODE_FORMERR,
  RCODE_NOTIMP,
  RCODE_REFUSED,
  RCODE_SERVFAIL,
  RESPONSE_PADDING_BLOCK,
} from '../dns/wire/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import type { ServerCookies } from '../tsig/index.ts'
import { type ImageReader, ZONE_EXPIRES, ZONE_SLOT } from '../zone/index.ts'
import { countOf, judgeAnswer } from './answer-kinds.ts'
import { Answerer, HANDED_OVER } from './answerer.ts'
import { type Asker, SILENCE, TO_CONTROL } from './asker.ts'
import { answerChaos, type ChaosAnswers } from './chaos.ts'
import type { ClientList } from './client-list.ts'
import { soaExpire } from './negative-soa.ts'
import { allocateCounters, EVENT, QueryCounters, TRANSPORT } from './query-counters.ts'
import { DROP, type RateLimit, SEND } from './rate-limit.ts'

const TYPE_OPT = 41
const TYPE_TKEY = 249
const TYPE_TSIG = 250
const TYPE_MAILB = 253
const TYPE_MAILA = 254
const COOKIE_SIZE = 24
const EDE_NOT_AUTHORITATIVE = 20
const EDE_INVALID_DATA = 24

export type ResponderSettings = {
  /** The largest answer that is sent by UDP, and what OPT says of the server: 512 to 4096. */
  readonly maxUdpPayload: number
  /** False: positive answers name the zone's servers, and addresses of the names in them are added. */
  readonly isMinimal?: boolean
  /** RFC 5001; absent: the option is not answered. */
  readonly nsid?: Uint8Array
  readonly chaos: ChaosAnswers
  readonly cookies?: ServerCookies
  readonly rateLimit?: RateLimit
  /** Clients whose rate is not limited. */
  readonly rateLimitExempt?: ClientList
  /** What a TCP client is told that it may stay idle, in units of 100 ms (RFC 7828). */
  readonly keepaliveDeciseconds: number
  /** Hears of errors of this program, which cost an answer. */
  readonly onFault: (error: unknown, now: UnixSeconds) => void
}

export class Responder {
  readonly builder: MessageBuilder = new MessageBuilder()
  readonly view: MessageView = new MessageView()
  readonly #reader: ImageReader
  readonly #answerer: Answerer
  readonly #settings: ResponderSettings
  readonly #counters: QueryCounters
  /** What counts a packet that was counted before. */
  readonly #nowhere = new QueryCounters(allocateCounters())
  /** Where the packet is counted as received, with all that is found in it. */
  #receipts: QueryCounters
  readonly #options = new OctetWriter(512)
  #cookieGood = false
  #wantsExpire = false
  #unrestricted = false

  constructor(reader: ImageReader, settings: ResponderSettings, counters: QueryCounters) {
    this.#reader = reader
    this.#answerer = new Answerer(reader, this.builder, settings.isMinimal !== false)
    this.#settings = settings
    this.#counters = counters
    this.#receipts = counters
  }

  /**
   * Answers the packet `octets[0, length)`. Returns the length of the answer, which then stands at the start of
   * `builder.octets`; SILENCE; or TO_CONTROL. The reader must have entered a version. `unrestricted`: the caller has seen to
   * who may ask. `isCounted`: the packet was here or with another thread before, and is counted as received.
   */
  respond(
    octets: Uint8Array,
    length: number,
    asker: Asker,
    now: UnixSeconds,
    unrestricted = false,
    isCounted = false,
  ): number {
    this.#unrestricted = unrestricted
    const counters = this.#counters
    this.#receipts = isCounted ? this.#nowhere : counters
    this.#receipts.received(asker.transport, length)
    let answered: number
    try {
      answered = this.#respond(octets, length, asker, now)
    } catch (error) {
      // Nothing should come here. If something does, one packet must not take the server with it.
      counters.event(EVENT.fault)
      this.#settings.onFault(error, now)
      answered = this.#refuseUnread(RCODE_SERVFAIL)
    }
    if (answered > 0) counters.answered(this.#rcode, answered)
    else if (answered === SILENCE) counters.event(EVENT.dropped)
    else this.#receipts.event(EVENT.handedOver)
    return answered
  }

  #rcode = 0

  #respond(octets: Uint8Array, length: number, asker: Asker, now: UnixSeconds): number {
    const { view } = this
    const fault = view.parse(octets, length)
    // A response is never answered, whatever it is like: two servers would go on for ever.
    if (fault === 'no-header' || (view.bits & FLAG_QR) !== 0) return SILENCE
    if (fault !== undefined) return this.#refuseUnread(faultRcode(fault))
    const { opcode } = view
    this.#receipts.asked(opcode, view.qtype)
    if (opcode !== OPCODE_QUERY) {
      if (opcode === OPCODE_NOTIFY || opcode === OPCODE_UPDATE) return TO_CONTROL
      return this.#bare(RCODE_NOTIMP, asker)
    }
    const damage = view.scan()
    if (damage !== undefined) return this.#refuseUnread(faultRcode(damage))
    if (view.tsigAt >= 0 || view.sig0At >= 0) return TO_CONTROL
    return this.#query(asker, now)
  }

  #query(asker: Asker, now: UnixSeconds): number {
    const { view, builder } = this
    const isUdp = asker.transport <= TRANSPORT.udp6
    this.#forgetOptions()
    if (view.hasEdns) {
      this.#receipts.event(EVENT.edns)
      if (view.ednsVersion > 0) {
        this.#receipts.event(EVENT.ednsBadVersion)
        this.#begin(asker)
        return this.#finish(RCODE_BADVERS, asker)
      }
      if (view.dnssecOk) this.#receipts.event(EVENT.dnssecOk)
    }
    const readable = this.#readOptions(asker, now)
    this.#begin(asker)
    if (!readable) return this.#finish(RCODE_FORMERR, asker)
    if (view.questions === 0) {
      // A client may ask for a cookie alone (RFC 7873 §5.4).
      return this.#finish(view.optionAt(OPTION_COOKIE) >= 0 ? 0 : RCODE_FORMERR, asker)
    }
    const { qtype, qclass } = view
    if (qclass !== CLASS_IN && qclass !== CLASS_ANY) {
      if (qclass !== CLASS_CH) return this.#finish(RCODE_REFUSED, asker)
      return this.#finish(answerChaos(view, builder, this.#settings.chaos), asker)
    }
    if (qtype >= TYPE_TKEY && qtype !== 255) {
      if (qtype === AXFR.number || qtype === IXFR.number || qtype === TYPE_TKEY) return TO_CONTROL
      if (qtype === TYPE_TSIG) return this.#finish(RCODE_FORMERR, asker)
      if (qtype === TYPE_MAILA || qtype === TYPE_MAILB) return this.#finish(RCODE_NOTIMP, asker)
    }
    if (qtype === TYPE_OPT || view.answers > 0 || view.authorities > 0) return this.#finish(RCODE_FORMERR, asker)
    const answerer = this.#answerer
    if (answerer.answer(view.octets, HEADER_SIZE, qtype, view.dnssecOk, this.#unrestricted) === HANDED_OVER)
      return TO_CONTROL
    const { zone } = answerer
    if (zone !== 0) {
      this.#counters.zone(this.#reader.memory.words[zone * 2 + ZONE_SLOT]!, countOf(answerer.kind), view.dnssecOk)
    }
    if (answerer.kind === 'refused') this.#extendedError(EDE_NOT_AUTHORITATIVE)
    else if (answerer.kind === 'failed') this.#extendedError(EDE_INVALID_DATA)
    else if (this.#wantsExpire && qtype === SOA.number) this.#expire(zone, now)
    // Of classes that are not served here nothing is known (RFC 1034 §3.7.1).
    if (qclass === CLASS_ANY) builder.bits &= ~FLAG_AA
    if (isUdp && !this.#cookieGood && this.#settings.rateLimit !== undefined) {
      const { rateLimit, rateLimitExempt } = this.#settings
      const verdict = judgeAnswer(rateLimit, rateLimitExempt, this.#reader, answerer, view, asker, now)
      if (verdict !== SEND) {
        this.#counters.event(verdict === DROP ? EVENT.rateLimitDrop : EVENT.rateLimitSlip)
        if (verdict === DROP) return SILENCE
        const rcode = builder.bits & 15
        this.#begin(asker)
        builder.truncate()
        return this.#finish(rcode, asker)
      }
    }
    return this.#finish(builder.bits & 15, asker)
  }

  /** Begins the answer: header, question, room for OPT. */
  #begin(asker: Asker): void {
    const { view, builder } = this
    let limit = MAX_MESSAGE
    if (asker.transport <= TRANSPORT.udp6) {
      limit = MIN_UDP_PAYLOAD
      if (view.hasEdns) {
        const most = this.#settings.maxUdpPayload
        limit = view.udpSize < MIN_UDP_PAYLOAD ? MIN_UDP_PAYLOAD : view.udpSize > most ? most : view.udpSize
      }
    }
    builder.begin(view.id, FLAG_QR | (view.bits & (FLAG_RD | FLAG_CD | OPCODE_MASK)), limit)
    builder.copyQuestion(view)
    if (view.hasEdns) builder.reserveOpt(this.#options.length + (this.#wantsExpire ? 8 : 0))
  }

  /** Ends the answer with OPT and header. `rcode` has 12 bits. */
  #finish(rcode: number, asker: Asker): number {
    const { view, builder } = this
    this.#rcode = rcode
    builder.bits = (builder.bits & ~15) | (rcode & 15)
    if (view.hasEdns) {
      const options = this.#options
      const flags = view.dnssecOk ? EDNS_DO : 0
      const padding = asker.transport >= TRANSPORT.tls ? RESPONSE_PADDING_BLOCK : 0
      const size = this.#settings.maxUdpPayload
      if (!builder.opt(size, flags, rcode >>> 4, 0, options.octets, 0, options.length, padding))
        builder.opt(size, flags, rcode >>> 4)
    }
    if (builder.truncated) this.#counters.event(EVENT.truncated)
    return builder.finish()
  }

  /** Nothing of an earlier client gets into an answer. */
  #forgetOptions(): void {
    this.#options.length = 0
    this.#wantsExpire = false
    this.#cookieGood = false
  }

  /** Reads the options of the query and prepares those of the answer. False when one is malformed. */
  #readOptions(asker: Asker, now: UnixSeconds): boolean {
    const { view } = this
    const options = this.#options
    if (view.optionsEnd === view.optionsAt || !view.hasEdns) return true
    const { nsid } = this.#settings
    if (nsid !== undefined && view.optionAt(OPTION_NSID) >= 0) {
      options.u16(OPTION_NSID)
      options.u16(nsid.length)
      options.bytes(nsid)
    }
    this.#wantsExpire = view.optionAt(OPTION_EXPIRE) >= 0
    if (
      asker.transport >= TRANSPORT.tcp4 &&
      asker.transport < TRANSPORT.https &&
      view.optionAt(OPTION_KEEPALIVE) >= 0
    ) {
      options.u16(OPTION_KEEPALIVE)
      options.u16(2)
      options.u16(this.#settings.keepaliveDeciseconds)
    }
    return this.#readCookie(asker, now)
  }

  #readCookie(asker: Asker, now: UnixSeconds): boolean {
    const { view } = this
    const { cookies } = this.#settings
    const at = view.optionAt(OPTION_COOKIE)
    if (at < 0) {
      this.#receipts.event(EVENT.cookieAbsent)
      return true
    }
    const length = view.optionLength(at)
    // RFC 7873 §5.2.2: 8 octets, or 16 to 40.
    if (length < 8 || (length > 8 && length < 16) || length > 40) return false
    if (cookies === undefined) return true
    const options = this.#options
    const verdict =
      length === 8 ? 'bad' : cookies.check(view.octets, at, length, asker.octets, asker.at, asker.length, now)
    this.#receipts.event(length === 8 ? EVENT.cookieClientOnly : verdict === 'bad' ? EVENT.cookieBad : EVENT.cookieGood)
    this.#cookieGood = verdict !== 'bad'
    options.ensure(4 + COOKIE_SIZE)
    options.u16(OPTION_COOKIE)
    options.u16(COOKIE_SIZE)
    if (verdict === 'good') options.bytes(view.octets, at, at + COOKIE_SIZE)
    else {
      options.bytes(view.octets, at, at + 8)
      cookies.make(view.octets, at, asker.octets, asker.at, asker.length, now, options.octets, options.length)
      options.length += COOKIE_SIZE - 8
    }
    return true
  }

  #extendedError(code: number): void {
    const options = this.#options
    if (!this.view.hasEdns) return
    options.u16(OPTION_EDE)
    options.u16(2)
    options.u16(code)
  }

  /** How long the copy that answered is still good (RFC 7314 §2). */
  #expire(zone: number, now: UnixSeconds): void {
    if (this.#reader.nameLength(zone) !== this.view.qnameEnd - HEADER_SIZE) return
    const expires = this.#reader.memory.words[zone * 2 + ZONE_EXPIRES]! >>> 0
    const options = this.#options
    options.u16(OPTION_EXPIRE)
    options.u16(4)
    // A primary's copy is as good as the SOA says.
    options.u32(expires === 0 ? soaExpire(this.#reader, zone) : Math.max(0, expires - now))
  }

  /** An answer without EDNS to what could be read no further. */
  #refuseUnread(rcode: number): number {
    this.#receipts.event(EVENT.malformed)
    if (rcode < 0) return SILENCE
    const { view, builder } = this
    builder.begin(view.id, FLAG_QR | (view.bits & (FLAG_RD | FLAG_CD | OPCODE_MASK)) | rcode, MIN_UDP_PAYLOAD)
    this.#rcode = rcode
    return builder.finish()
  }

  /** An answer of header and question, with OPT when the query could be read that far and had one. */
  #bare(rcode: number, asker: Asker): number {
    if (this.view.scan() !== undefined) return this.#refuseUnread(rcode)
    this.#forgetOptions()
    this.#begin(asker)
    return this.#finish(rcode, asker)
  }
}
