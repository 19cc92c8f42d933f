/**
 * Answers questions that the packet path does not: signed ones, and those of zones that only some clients may ask. The client is
 * authorized here; the responder then answers from the image, or leaves the question to the resolver.
 */
import { type QueryCounters, TO_CONTROL, TO_RESOLVER, ZONE_COUNT } from '../../authority/index.ts'
import type { Name } from '../../dns/name/index.ts'
import { CLASS_IN } from '../../dns/rr/index.ts'
import {
  HEADER_SIZE,
  MAX_MESSAGE,
  type MessageView,
  OPCODE_QUERY,
  RCODE_MASK,
  RCODE_REFUSED,
} from '../../dns/wire/index.ts'
import type { Answer, Peer } from '../../ports/index.ts'
import type { HostedZone } from '../hosted-zone.ts'
import type { Resolving } from '../resolving/index.ts'
import type { ServedImage } from '../served-image.ts'
import { authorize } from './authorize.ts'
import { bare } from './bare-answer.ts'
import type { DnsRequest, RequestHandler } from './handler-table.ts'
import type { ImageResponder } from './image-responder.ts'
import type { Client } from './principal.ts'
import type { Recursion } from './recursion.ts'

export type QuestionParts = {
  readonly image: ServedImage
  readonly responder: ImageResponder
  readonly recursion: Recursion
  readonly counters: QueryCounters
  zone(name: Name): HostedZone | undefined
  resolving(): Resolving | undefined
}

export class QuestionHandler implements RequestHandler {
  readonly opcode = OPCODE_QUERY
  readonly isCounted = true
  readonly #parts: QuestionParts

  constructor(parts: QuestionParts) {
    this.#parts = parts
  }

  handle({ view, client, signer }: DnsRequest): Answer | Promise<Answer> {
    const { responder, recursion } = this.#parts
    const { peer } = client
    if (view.questions === 1 && !this.#isZoneAllowed(view, client)) {
      const refusal = signer.sign(bare(view, RCODE_REFUSED))
      this.#parts.counters.answered(RCODE_REFUSED, refusal.length)
      return refusal
    }
    const unsigned = view.tsigAt < 0 ? view.octets : withoutTsig(view)
    const limit = limitOf(view, peer)
    const mayResolve = view.questions === 1 && view.qclass === CLASS_IN && this.#mayResolve(client)
    const answered = responder.respond(unsigned, peer, true, true)
    if (answered === TO_CONTROL) return undefined
    if (answered === TO_RESOLVER || (mayResolve && isRefused(answered)))
      return recursion.answer(unsigned, peer, (answer) => signer.sign(answer, limit))
    return answered && signer.sign(answered, limit)
  }

  /** Whether the zone of the question may be asked; a refusal is counted as the zone's. */
  #isZoneAllowed(view: MessageView, client: Client): boolean {
    const { image, counters } = this.#parts
    const slot = image.slotAbove(view.octets, HEADER_SIZE)
    const name = slot === undefined ? undefined : image.zoneOfSlot(slot)
    const zone = name === undefined ? undefined : this.#parts.zone(name)
    if (zone === undefined || authorize(client, 'query', zone).isAllowed) return true
    if (slot !== undefined) counters.zone(slot, ZONE_COUNT.refused, view.dnssecOk)
    return false
  }

  /** Whether the client may use the resolver by what it proved. About its address alone the responder decides. */
  #mayResolve(client: Client): boolean {
    const resolving = this.#parts.resolving()
    if (resolving === undefined || client.identity.kind === 'none') return false
    return authorize(client, 'resolve', resolving.settings).isAllowed
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
