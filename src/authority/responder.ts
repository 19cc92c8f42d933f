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
 *     7. answer      from the zones of the image; from the answer cache for what none of them has, if there is a resolver
 *     8. rate limit  UDP only
 *     9. OPT         options of the answer, padding on encrypted transports
 */
import { readU16 } from '../dns/octets.ts'
import { AXFR, CLASS_ANY, CLASS_CH, CLASS_IN, IXFR, SOA } from '../dns/rr/index.ts'
import {
  EDNS_DO,
  FLAG_AA,
  FLAG_CD,
  FLAG_QR,
  FLAG_RA,
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
  RCODE_BADVERS,
  RCODE_FORMERR,
  RCODE_MASK,
  RCODE_NOTIMP,
  RCODE_REFUSED,
  RCODE_SERVFAIL,
  RESPONSE_PADDING_BLOCK,
} from '../dns/wire/index.ts'
import type { Instant, SteadySeconds } from '../ports/index.ts'
import type { ServerCookies } from '../tsig/index.ts'
import { type ImageReader, ZONE_SLOT } from '../zone/index.ts'
import type { AnswerCacheReader, ReadyAnswer } from './answer-cache/index.ts'
import { countOf, ELSEWHERE, HANDED_OVER, judgeAnswer, judgeResolved, kindOfResolved } from './answer-kinds.ts'
import { AnswerOptions } from './answer-options.ts'
import { Answerer } from './answerer.ts'
import { type Asker, SILENCE, TO_CONTROL, TO_RESOLVER } from './asker.ts'
import { answerChaos, type ChaosAnswers } from './chaos.ts'
import type { ClientList } from './client-list.ts'
import { allocateCounters, EVENT, QueryCounters, TRANSPORT, ZONE_COUNT } from './query-counters.ts'
import { DROP, type RateLimit, SEND, type Verdict } from './rate-limit.ts'
import { putCached, putReady, resolvedBits } from './resolved-answers.ts'

const TYPE_OPT = 41
const TYPE_TKEY = 249
const TYPE_TSIG = 250
const TYPE_MAILB = 253
const TYPE_MAILA = 254
const EDE_PROHIBITED = 18
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
  /** There is a resolver: answers that it has left, and who may ask it. */
  readonly resolving?: { readonly cache: AnswerCacheReader; readonly clients: ClientList }
  /** Hears of errors of this program, which cost an answer. */
  readonly onFault: (error: unknown, now: SteadySeconds) => void
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
  readonly #options: AnswerOptions
  #unrestricted = false
  /** There is a resolver, and the client may use it. */
  #mayResolve = false
  /** The last answer was a resolved one that will soon be too old, and nobody was told yet: TO_RESOLVER, with nobody to answer. */
  wantsRefresh = false

  constructor(reader: ImageReader, settings: ResponderSettings, counters: QueryCounters) {
    this.#reader = reader
    this.#answerer = new Answerer(reader, this.builder, settings.isMinimal !== false)
    this.#settings = settings
    this.#options = new AnswerOptions(this.view, reader, settings)
    this.#counters = counters
    this.#receipts = counters
  }

  /**
   * Answers the packet `octets[0, length)`. Returns the length of the answer, which then stands at the start of
   * `builder.octets`; SILENCE; TO_CONTROL or TO_RESOLVER. The reader must have entered a version. `unrestricted`: the caller has seen to
   * who may ask. `isCounted`: the packet was here or with another thread before, and is counted as received.
   */
  respond(
    octets: Uint8Array,
    length: number,
    asker: Asker,
    now: Instant,
    unrestricted = false,
    isCounted = false,
  ): number {
    this.#unrestricted = unrestricted
    this.#receipts = isCounted ? this.#nowhere : this.#counters
    this.#receipts.received(asker.transport, length)
    return this.#guard(octets, length, asker, now, undefined)
  }

  /**
   * Answers a query that TO_RESOLVER was said to, by what the resolver came to: with the client's own ID and spelling, options,
   * size and rate limit. The packet is counted as received. Returns what `respond` does; `ready` answers this very question.
   */
  respondWith(octets: Uint8Array, length: number, asker: Asker, now: Instant, ready: ReadyAnswer): number {
    this.#receipts = this.#nowhere
    return this.#guard(octets, length, asker, now, ready)
  }

  #rcode = 0

  #guard(octets: Uint8Array, length: number, asker: Asker, now: Instant, ready: ReadyAnswer | undefined): number {
    const counters = this.#counters
    this.#mayResolve = false
    this.wantsRefresh = false
    let answered: number
    try {
      answered = this.#respond(octets, length, asker, now, ready)
    } catch (error) {
      // Nothing should come here. If something does, one packet must not take the server with it.
      counters.event(EVENT.fault)
      this.#settings.onFault(error, now.steady)
      answered = this.#refuseUnread(RCODE_SERVFAIL)
    }
    if (answered > 0) counters.answered(this.#rcode, answered)
    else if (answered === SILENCE) counters.event(EVENT.dropped)
    else this.#receipts.event(EVENT.handedOver)
    return answered
  }

  #respond(octets: Uint8Array, length: number, asker: Asker, now: Instant, ready: ReadyAnswer | undefined): number {
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
    if (ready !== undefined) return this.#giveReady(ready, asker, now)
    if (view.tsigAt >= 0 || view.sig0At >= 0) return TO_CONTROL
    return this.#query(asker, now)
  }

  #query(asker: Asker, now: Instant): number {
    const { view, builder } = this
    const options = this.#options
    const { resolving } = this.#settings
    this.#mayResolve = resolving?.clients.has(asker.octets, asker.at, asker.length) === true
    options.forget()
    if (view.hasEdns) {
      this.#receipts.event(EVENT.edns)
      if (view.ednsVersion > 0) {
        this.#receipts.event(EVENT.ednsBadVersion)
        this.#begin(asker)
        return this.#finish(RCODE_BADVERS, asker)
      }
      if (view.dnssecOk) this.#receipts.event(EVENT.dnssecOk)
    }
    const readable = options.read(asker, now.wall, this.#receipts)
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
    const mayResolve = this.#mayResolve && qclass === CLASS_IN
    answerer.asksElsewhere = mayResolve && (view.bits & FLAG_RD) !== 0
    const found = answerer.answer(view.octets, HEADER_SIZE, qtype, view.dnssecOk, this.#unrestricted)
    if (found === HANDED_OVER) return TO_CONTROL
    const { zone } = answerer
    const slot = zone === 0 ? 0 : this.#reader.memory.words[zone * 2 + ZONE_SLOT]!
    if (found === ELSEWHERE && mayResolve && resolving !== undefined) {
      if (zone !== 0) this.#receipts.zone(slot, ZONE_COUNT.queries, view.dnssecOk)
      // Our zone had the beginning of the answer; the resolver asks it again, and has all of it.
      if (answerer.kind !== 'refused') this.#begin(asker)
      return this.#giveCached(resolving.cache, asker, now)
    }
    if (zone !== 0) this.#counters.zone(slot, countOf(answerer.kind), view.dnssecOk)
    if (answerer.kind === 'refused')
      options.extendedError(resolving === undefined ? EDE_NOT_AUTHORITATIVE : EDE_PROHIBITED)
    else if (answerer.kind === 'failed') options.extendedError(EDE_INVALID_DATA)
    else if (options.wantsExpire && qtype === SOA.number) options.expire(zone, now.steady)
    // Of classes that are not served here nothing is known (RFC 1034 §3.7.1).
    if (qclass === CLASS_ANY) builder.bits &= ~FLAG_AA
    const { rateLimit, rateLimitExempt } = this.#settings
    if (rateLimit === undefined || options.cookieGood || asker.transport > TRANSPORT.udp6)
      return this.#finish(builder.bits & RCODE_MASK, asker)
    return this.#end(judgeAnswer(rateLimit, rateLimitExempt, this.#reader, answerer, view, asker, now.steady), asker)
  }

  /** Ends an answer as its rate allows. */
  #end(verdict: Verdict, asker: Asker): number {
    const { builder } = this
    const rcode = builder.bits & RCODE_MASK
    if (verdict !== SEND) {
      this.#counters.event(verdict === DROP ? EVENT.rateLimitDrop : EVENT.rateLimitSlip)
      if (verdict === DROP) return SILENCE
      this.#begin(asker)
      builder.truncate()
    }
    return this.#finish(rcode, asker)
  }

  /** Answers by what was resolved before; what was not is for the resolver, which decides what may be told without RD. */
  #giveCached(cache: AnswerCacheReader, asker: Asker, now: Instant): number {
    const { view } = this
    if ((view.bits & FLAG_RD) === 0) return TO_RESOLVER
    if (!putCached(this.builder, this.#options.out, view, cache, now.steady)) {
      this.#receipts.event(EVENT.cacheMiss)
      return TO_RESOLVER
    }
    this.wantsRefresh = cache.wantsRefresh
    this.#receipts.event(EVENT.cacheHit)
    return this.#endResolved(cache.bits, cache.answers, asker, now)
  }

  /** Answers by what the resolver came to. */
  #giveReady(ready: ReadyAnswer, asker: Asker, now: Instant): number {
    this.#options.forget()
    this.#options.read(asker, now.wall, this.#receipts)
    this.#mayResolve = true
    this.#begin(asker)
    putReady(this.builder, this.#options.out, this.view, ready)
    return this.#endResolved(readU16(ready.octets, 2), readU16(ready.octets, 6), asker, now)
  }

  #endResolved(bits: number, answers: number, asker: Asker, now: Instant): number {
    const { view, builder } = this
    builder.bits |= resolvedBits(bits, view)
    const { rateLimit, rateLimitExempt } = this.#settings
    if (rateLimit === undefined || this.#options.cookieGood || asker.transport > TRANSPORT.udp6)
      return this.#finish(bits & RCODE_MASK, asker)
    const kind = kindOfResolved(bits & RCODE_MASK, answers)
    return this.#end(judgeResolved(rateLimit, rateLimitExempt, kind, view, asker, now.steady), asker)
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
    const available = this.#mayResolve ? FLAG_QR | FLAG_RA : FLAG_QR
    builder.begin(view.id, available | (view.bits & (FLAG_RD | FLAG_CD | OPCODE_MASK)), limit)
    builder.copyQuestion(view)
    if (view.hasEdns) builder.reserveOpt(this.#options.length + (this.#options.wantsExpire ? 8 : 0))
  }

  /** Ends the answer with OPT and header. `rcode` has 12 bits. */
  #finish(rcode: number, asker: Asker): number {
    const { view, builder } = this
    this.#rcode = rcode
    builder.bits = (builder.bits & ~15) | (rcode & 15)
    if (view.hasEdns) {
      const options = this.#options.out
      const flags = view.dnssecOk ? EDNS_DO : 0
      const padding = asker.transport >= TRANSPORT.tls ? RESPONSE_PADDING_BLOCK : 0
      const size = this.#settings.maxUdpPayload
      if (!builder.opt(size, flags, rcode >>> 4, 0, options.octets, 0, options.length, padding))
        builder.opt(size, flags, rcode >>> 4)
    }
    if (builder.truncated) this.#counters.event(EVENT.truncated)
    return builder.finish()
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
    this.#options.forget()
    this.#begin(asker)
    return this.#finish(rcode, asker)
  }
}
