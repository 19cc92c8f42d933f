/**
 * Answers what the control thread receives: everything over TCP, TLS and HTTPS, and what the data plane hands over.
 *
 *     message ─► responder ─► answered at once: plain questions, from the image and the answer cache
 *                         ─► for the resolver                    recursion.ts
 *                         ─► authentication ─► rejected          answered with the error
 *                                           ─► pending           pending-authentications.ts, then as below
 *                                           ─► a client          the handler of its opcode and type
 */
import { type QueryCounters, TO_CONTROL, TO_RESOLVER } from '../../authority/index.ts'
import { shortLivedCopy } from '../../dns/octets.ts'
import { MessageView, RCODE_MASK, RCODE_NOTIMP, RCODE_SERVFAIL } from '../../dns/wire/index.ts'
import type { Answer, Peer } from '../../ports/index.ts'
import type { Authentication, Authenticator, PendingAuthentication } from './authentication.ts'
import { bare } from './bare-answer.ts'
import type { HandlerTable } from './handler-table.ts'
import type { ImageResponder } from './image-responder.ts'
import type { PendingAuthentications } from './pending-authentications.ts'
import { clientOf } from './principal.ts'
import type { Recursion } from './recursion.ts'

export type QueryServiceParts = {
  readonly responder: ImageResponder
  readonly recursion: Recursion
  readonly authenticator: Authenticator
  readonly pending: PendingAuthentications
  readonly handlers: HandlerTable
  /** Of the control thread. */
  readonly counters: QueryCounters
}

export class QueryService {
  readonly #parts: QueryServiceParts
  readonly #view = new MessageView()

  constructor(parts: QueryServiceParts) {
    this.#parts = parts
  }

  /** Answers a message of any transport. The octets of a direct answer are good until the next call. */
  answer(message: Uint8Array, peer: Peer): Answer | Promise<Answer> {
    const { responder, recursion, authenticator } = this.#parts
    // A message over UDP was counted by the worker that handed it over.
    const answered = responder.respond(message, peer, false, peer.protocol === 'udp')
    if (answered === TO_RESOLVER) return recursion.answer(message, peer)
    if (answered !== TO_CONTROL) {
      if (responder.wantsRefresh) recursion.refresh(message)
      return answered
    }
    const view = this.#view
    if (view.parse(message) !== undefined || view.scan() !== undefined) return undefined
    const authentication = authenticator.authenticate(view, peer)
    if (authentication.kind === 'pending') return this.#handleLater(view, peer, authentication)
    return this.#handle(view, peer, authentication)
  }

  /** Has a question resolved whose answer will soon be too old. */
  refresh(message: Uint8Array): void {
    this.#parts.recursion.refresh(message)
  }

  #handle(view: MessageView, peer: Peer, authentication: Authentication): Answer | Promise<Answer> {
    if (authentication.kind === 'rejected') return this.#count(authentication.response)
    const { identity, signer } = authentication
    const handler = this.#parts.handlers.find(view)
    if (handler === undefined) return this.#count(signer.sign(bare(view, RCODE_NOTIMP)))
    const answer = handler.handle({ view, client: clientOf(peer, identity), signer })
    if (handler.isCounted === true) return answer
    return answer instanceof Promise ? answer.then((each) => this.#count(each)) : this.#count(answer)
  }

  #handleLater(view: MessageView, peer: Peer, pending: PendingAuthentication): Answer | Promise<Answer> {
    const waiting = this.#parts.pending.wait(pending, view.octets, peer)
    if (waiting === undefined) return this.#count(bare(view, RCODE_SERVFAIL))
    return waiting.then(({ request, authentication }) => {
      if (authentication === undefined) return this.#count(bare(request, RCODE_SERVFAIL))
      const answer = this.#handle(request, peer, authentication)
      // Another request may be answered before this answer is read.
      return answer instanceof Uint8Array ? shortLivedCopy(answer, 0, answer.length) : answer
    })
  }

  /** Counts an answer that no responder made. */
  #count<A extends Answer>(answer: A): A {
    if (answer instanceof Uint8Array) this.#parts.counters.answered((answer[3] ?? 0) & RCODE_MASK, answer.length)
    return answer
  }
}
