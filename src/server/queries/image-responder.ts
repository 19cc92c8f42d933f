/** The responder of the control thread: it answers plain questions from the control thread's own reader of the image. */
import {
  Asker,
  type ReadyAnswer,
  type Responder,
  SILENCE,
  TO_CONTROL,
  TO_RESOLVER,
  TRANSPORT,
} from '../../authority/index.ts'
import { shortLivedCopy } from '../../dns/octets.ts'
import type { MomentClock, Peer } from '../../ports/index.ts'
import type { ServedImage } from '../served-image.ts'

/** An answer, silence, or who is to answer. */
export type Responded = Uint8Array | undefined | typeof TO_CONTROL | typeof TO_RESOLVER

export class ImageResponder {
  readonly #image: ServedImage
  readonly #clock: Pick<MomentClock, 'instant'>
  readonly #responder: () => Responder
  readonly #asker = new Asker()

  /** `responder` is called for each request, since a reload replaces the responder. */
  constructor(image: ServedImage, clock: Pick<MomentClock, 'instant'>, responder: () => Responder) {
    this.#image = image
    this.#clock = clock
    this.#responder = responder
  }

  /**
   * Answers as `Responder.respond` does. The octets are good until the next call. `unrestricted`: the caller has decided who may ask.
   * `isCounted`: the request was counted as received before.
   */
  respond(message: Uint8Array, peer: Peer, unrestricted: boolean, isCounted: boolean): Responded {
    const responder = this.#responder()
    const { reader } = this.#image
    const now = this.#clock.instant()
    reader.enter()
    const length = responder.respond(message, message.length, this.#ask(peer), now, unrestricted, isCounted)
    reader.leave()
    if (length === TO_CONTROL || length === TO_RESOLVER) return length
    return length === SILENCE ? undefined : responder.builder.octets.subarray(0, length)
  }

  /** Whether the last answer was a resolved one that is to be resolved again. */
  get wantsRefresh(): boolean {
    return this.#responder().wantsRefresh
  }

  /** Answers by what the resolver found, in memory of its own. */
  respondWith(message: Uint8Array, peer: Peer, ready: ReadyAnswer): Uint8Array | undefined {
    const responder = this.#responder()
    const { reader } = this.#image
    const now = this.#clock.instant()
    reader.enter()
    const length = responder.respondWith(message, message.length, this.#ask(peer), now, ready)
    reader.leave()
    return length > 0 ? shortLivedCopy(responder.builder.octets, 0, length) : undefined
  }

  #ask(peer: Peer): Asker {
    const asker = this.#asker
    asker.octets = peer.address
    asker.length = peer.address.length
    asker.transport = transportOf(peer)
    asker.patience = peer.patience?.() ?? 1
    return asker
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
