/**
 * Answers what comes to the control thread: everything over TCP, TLS and HTTPS, and what the data plane hands over. Plain
 * questions take the data plane's own way, over the image; signed ones, restricted zones, transfers and NOTIFY are seen to here.
 *
 *     message ─► signature (TSIG) ─► NOTIFY      the zone decides
 *                                 ─► AXFR, IXFR  transfer-desk.ts
 *                                 ─► UPDATE      refused
 *                                 ─► question    access, then the responder
 *                                                  what no zone here has: resolving/
 */
import {
  Asker,
  type QueryCounters,
  type ReadyAnswer,
  type Responder,
  SILENCE,
  TO_CONTROL,
  TO_RESOLVER,
  TRANSPORT,
  ZONE_COUNT,
} from '../authority/index.ts'
import { Name } from '../dns/name/index.ts'
import { shortLivedCopy } from '../dns/octets.ts'
import { AXFR, CLASS_IN, IXFR } from '../dns/rr/index.ts'
import {
  FLAG_CD,
  FLAG_RD,
  HEADER_SIZE,
  MAX_MESSAGE,
  MessageView,
  OPCODE_NOTIFY,
  OPCODE_UPDATE,
  RCODE_MASK,
  RCODE_NOTAUTH,
  RCODE_NOTIMP,
  RCODE_REFUSED,
} from '../dns/wire/index.ts'
import type { Answer, Clock, Instant, Peer, UnixSeconds } from '../ports/index.ts'
import type { Log } from '../ports/log.ts'
import { answerNotify, readNotify } from '../transfer/index.ts'
import { formatAddress } from '../transport/index.ts'
import {
  type BadRequest,
  type RequestVerdict,
  refuseRequest,
  signResponse,
  type TsigKeys,
  type TsigReplays,
  verifyRequest,
} from '../tsig/index.ts'
import { bare } from './bare-answer.ts'
import type { HostedZone } from './hosted-zone.ts'
import type { ClientQuestion, Resolving } from './resolving/index.ts'
import type { ServedImage } from './served-image.ts'
import type { TransferDesk } from './transfer-desk.ts'

const TYPE_TKEY = 249
/** Asks for what the server itself wants to know. */
const NOBODY = new Uint8Array(0)

export type DeskParts = {
  readonly image: ServedImage
  readonly clock: Clock
  readonly transfers: TransferDesk
  /** Of the control thread. */
  readonly counters: QueryCounters
  readonly replays: TsigReplays
  keys(): TsigKeys
  zone(name: Name): HostedZone | undefined
  readonly requestLog: Log
  /** If there is a resolver. */
  resolving(): Resolving | undefined
}

export class QueryDesk {
  readonly #parts: DeskParts
  readonly #responder: () => Responder
  readonly #asker = new Asker()
  readonly #view = new MessageView()

  /** `responder` answers from the control thread's own reader; it is asked for each time, since a reload replaces it. */
  constructor(parts: DeskParts, responder: () => Responder) {
    this.#parts = parts
    this.#responder = responder
  }

  /** Answers a message of any transport. The octets of a direct answer are good until the next call. */
  answer(message: Uint8Array, peer: Peer): Answer | Promise<Answer> {
    // What comes by UDP was counted by the worker that handed it over.
    const answered = this.#respond(message, peer, false, peer.protocol === 'udp')
    if (answered === TO_RESOLVER) return this.#resolve(message, peer)
    if (answered !== TO_CONTROL) {
      if (this.#responder().wantsRefresh) this.refresh(message)
      return answered
    }
    const view = this.#view
    if (view.parse(message) !== undefined || view.scan() !== undefined) return undefined
    const now = this.#parts.clock.wall()
    const verdict = verifyRequest(view, this.#parts.keys(), now)
    if (verdict.verdict === 'bad') {
      this.#logRefused(view, peer, verdict, now)
      return this.#count(refuseRequest(view, verdict, now))
    }
    if (verdict.verdict === 'good') this.#parts.replays.saw(verdict.record, now)
    if (view.sig0At >= 0) return this.#count(bare(view, RCODE_REFUSED))
    switch (view.opcode) {
      case OPCODE_NOTIFY:
        return this.#count(this.#sign(this.#notify(view, peer, verdict), verdict))
      case OPCODE_UPDATE:
        return this.#count(this.#sign(bare(view, RCODE_REFUSED), verdict))
    }
    if (view.questions === 1 && (view.qtype === AXFR.number || view.qtype === IXFR.number)) {
      return this.#count(this.#parts.transfers.answer(view, peer, verdict))
    }
    if (view.qtype === TYPE_TKEY) return this.#count(this.#sign(bare(view, RCODE_NOTIMP), verdict))
    return this.#question(message, view, peer, verdict)
  }

  #logRefused(view: MessageView, { address, protocol }: Peer, verdict: BadRequest, now: UnixSeconds): void {
    const fields = {
      peer: formatAddress(address),
      transport: protocol,
      reason: verdict.error,
      ...(view.questions === 1 && { name: Name.fromOctets(view.octets, HEADER_SIZE).toString() }),
      ...('record' in verdict && { key: verdict.record.keyName.toString() }),
      ...('record' in verdict && verdict.error === 'BADTIME' && { secondsLate: now - verdict.record.timeSigned }),
    }
    this.#parts.requestLog.info(fields, 'TSIG refused')
  }

  /** Counts an answer that no responder made. */
  #count<A extends Answer>(answer: A): A {
    if (answer instanceof Uint8Array) this.#parts.counters.answered((answer[3] ?? 0) & RCODE_MASK, answer.length)
    return answer
  }

  /** A question that is signed, or of a zone that not everybody may ask. */
  #question(message: Uint8Array, view: MessageView, peer: Peer, verdict: RequestVerdict): Answer | Promise<Answer> {
    const key = verdict.verdict === 'good' ? verdict.key.name : undefined
    if (view.questions === 1 && !this.#mayAsk(view, peer, key)) {
      return this.#count(this.#sign(bare(view, RCODE_REFUSED), verdict))
    }
    const unsigned = verdict.verdict === 'good' ? withoutTsig(view) : message
    const limit = limitOf(view, peer)
    const isGood = view.questions === 1 && view.qclass === CLASS_IN
    const answered = this.#respond(unsigned, peer, true, true)
    if (answered === TO_CONTROL) return undefined
    const mayResolve = isGood && key !== undefined && this.#parts.resolving()?.allows(peer.address, key) === true
    if (answered === TO_RESOLVER || (mayResolve && isRefused(answered))) {
      return this.#resolve(unsigned, peer, (answer) => this.#sign(answer, verdict, limit))
    }
    return answered && this.#sign(answered, verdict, limit)
  }

  /** Has a question resolved whose answer will soon be too old. Nobody waits for it. */
  refresh(message: Uint8Array): void {
    const question = this.#questionOf(message, NOBODY)
    if (question !== undefined) this.#parts.resolving()?.answer(question, () => {})
  }

  /** Has a question resolved, which the responder said is for the resolver, and answers it. */
  #resolve(
    message: Uint8Array,
    peer: Peer,
    sign: (answer: Uint8Array) => Uint8Array = (answer) => answer,
  ): Answer | Promise<Answer> {
    const resolving = this.#parts.resolving()
    const question = this.#questionOf(message, peer.address)
    if (resolving === undefined || question === undefined) return undefined
    const copy = shortLivedCopy(message, 0, message.length)
    let give: (answer: Answer) => void = () => {}
    let answered: { readonly answer: Answer } | undefined
    resolving.answer(question, (ready) => {
      const answer = this.#respondWith(copy, peer, ready)
      answered = { answer: answer && sign(answer) }
      give(answered.answer)
    })
    if (answered !== undefined) return answered.answer
    return new Promise((resolve) => {
      give = resolve
    })
  }

  #questionOf(message: Uint8Array, address: Uint8Array): ClientQuestion | undefined {
    const view = this.#view
    if (view.parse(message) !== undefined || view.scan() !== undefined || view.questions !== 1) return undefined
    return {
      name: Name.fromOctets(view.octets, HEADER_SIZE),
      type: view.qtype,
      dnssecOk: view.dnssecOk,
      checkingDisabled: (view.bits & FLAG_CD) !== 0,
      recursionDesired: (view.bits & FLAG_RD) !== 0,
      address,
    }
  }

  /** The answer in memory of its own: others are made while it waits. */
  #respondWith(message: Uint8Array, peer: Peer, ready: ReadyAnswer): Uint8Array | undefined {
    const responder = this.#responder()
    const { reader } = this.#parts.image
    const now = this.#now()
    reader.enter()
    const length = responder.respondWith(message, message.length, this.#ask(peer), now, ready)
    reader.leave()
    return length > 0 ? shortLivedCopy(responder.builder.octets, 0, length) : undefined
  }

  /** Whether the zone may be asked; a refusal counts. */
  #mayAsk(view: MessageView, peer: Peer, key: Name | undefined): boolean {
    const { image, counters } = this.#parts
    const slot = image.slotAbove(view.octets, HEADER_SIZE)
    const name = slot === undefined ? undefined : image.zoneOfSlot(slot)
    const list = name === undefined ? undefined : this.#parts.zone(name)?.allowQuery
    if (list === undefined || list.allows(peer.address, key)) return true
    if (slot !== undefined) counters.zone(slot, ZONE_COUNT.refused, view.dnssecOk)
    return false
  }

  #respond(
    message: Uint8Array,
    peer: Peer,
    unrestricted: boolean,
    isCounted: boolean,
  ): Uint8Array | undefined | typeof TO_CONTROL | typeof TO_RESOLVER {
    const responder = this.#responder()
    const { reader } = this.#parts.image
    const now = this.#now()
    reader.enter()
    const length = responder.respond(message, message.length, this.#ask(peer), now, unrestricted, isCounted)
    reader.leave()
    if (length === TO_CONTROL || length === TO_RESOLVER) return length
    return length === SILENCE ? undefined : responder.builder.octets.subarray(0, length)
  }

  #now(): Instant {
    const { clock } = this.#parts
    return { wall: clock.wall(), steady: clock.steady() }
  }

  #ask(peer: Peer): Asker {
    const asker = this.#asker
    asker.octets = peer.address
    asker.length = peer.address.length
    asker.transport = transportOf(peer)
    asker.patience = peer.patience?.() ?? 1
    return asker
  }

  #notify(view: MessageView, peer: Peer, verdict: RequestVerdict): Uint8Array {
    const notify = readNotify(view)
    if (notify.kind !== 'notify') return answerNotify(view, notify.rcode)
    const zone = this.#parts.zone(notify.zone)
    if (zone === undefined) return answerNotify(view, RCODE_NOTAUTH)
    const key = verdict.verdict === 'good' ? verdict.key : undefined
    return answerNotify(view, zone.notified(peer, key, notify.serial))
  }

  #sign(response: Uint8Array, verdict: RequestVerdict, limit: number = MAX_MESSAGE): Uint8Array {
    return signResponse(response, verdict, this.#parts.clock.wall(), limit)
  }
}

function transportOf({ protocol, address }: Peer): number {
  const isIpv6 = address.length === 16
  switch (protocol) {
    case 'udp':
      return isIpv6 ? TRANSPORT.udp6 : TRANSPORT.udp4
    case 'tcp':
      return isIpv6 ? TRANSPORT.tcp6 : TRANSPORT.tcp4
    case 'tls':
      return TRANSPORT.tls
    case 'https':
      return TRANSPORT.https
  }
}

function isRefused(answer: Uint8Array | undefined): boolean {
  return answer !== undefined && ((answer[3] ?? 0) & RCODE_MASK) === RCODE_REFUSED
}

/** Octets that an answer may have. */
function limitOf(view: MessageView, peer: Peer): number {
  if (peer.protocol !== 'udp') return MAX_MESSAGE
  return view.hasEdns ? Math.max(512, Math.min(view.udpSize, 4096)) : 512
}

/** The message as it was before it was signed. */
function withoutTsig(view: MessageView): Uint8Array {
  const message = view.octets.slice(0, view.tsigAt)
  const additionals = view.additionals - 1
  message[10] = additionals >>> 8
  message[11] = additionals
  return message
}
