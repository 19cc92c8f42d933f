/** The resolver's way to the zones of this server: what it asks of `OWN_SERVER` is answered from their image, everything else by the network. */
import {
  type AnsweringSettings,
  Asker,
  allocateCounters,
  makeResponder,
  type Responder,
  TRANSPORT,
} from '../../authority/index.ts'
import { Name } from '../../dns/name/index.ts'
import { DS } from '../../dns/rr/index.ts'
import { HEADER_SIZE, MessageView } from '../../dns/wire/index.ts'
import type { Endpoint, MomentClock, Protocol } from '../../ports/index.ts'
import type { Upstream, UpstreamReply } from '../../ports/upstream.ts'
import { OWN_SERVER } from '../../resolver/index.ts'
import type { ServedImage } from '../served-image.ts'

const NO_ANSWER: UpstreamReply = { kind: 'failed', text: 'this server does not answer for the name' }

export class OwnServer implements Upstream {
  readonly #network: Upstream
  readonly #clock: Pick<MomentClock, 'instant'>
  readonly #imageOf: (name: Name) => ServedImage
  readonly #makeResponder: (image: ServedImage) => Responder
  readonly #responders = new Map<ServedImage, Responder>()
  readonly #view = new MessageView()
  readonly #asker = new Asker()

  constructor(
    network: Upstream,
    imageOf: (name: Name) => ServedImage,
    clock: Pick<MomentClock, 'instant'>,
    settings: AnsweringSettings,
    onFault: (error: unknown) => void,
  ) {
    this.#network = network
    this.#clock = clock
    // Nobody's rate is limited here, nothing is counted, and no answer of the resolver comes back to it.
    const plain = { ...settings, isMinimal: true, cookieSecrets: [], rateLimit: undefined, resolving: undefined }
    this.#imageOf = imageOf
    this.#makeResponder = (image) => makeResponder(image.reader, plain, allocateCounters(), onFault)
    this.#asker.transport = TRANSPORT.tcp4
  }

  ask(
    server: Endpoint,
    protocol: Protocol,
    message: Uint8Array,
    milliseconds: number,
    done: (reply: UpstreamReply) => void,
  ): void {
    if (server !== OWN_SERVER) this.#network.ask(server, protocol, message, milliseconds, done)
    else queueMicrotask(() => done(this.#answer(message)))
  }

  #answer(message: Uint8Array): UpstreamReply {
    const view = this.#view
    if (view.parse(message) !== undefined || view.questions !== 1) return NO_ANSWER
    const name = Name.fromOctets(view.octets, HEADER_SIZE)
    // A DS RRset is its parent's.
    const image = this.#imageOf(view.qtype === DS.number ? name.parent : name)
    const responder = this.#responderOf(image)
    const now = this.#clock.instant()
    image.reader.enter()
    const length = responder.respond(message, message.length, this.#asker, now, true)
    image.reader.leave()
    if (length <= 0) return NO_ANSWER
    return { kind: 'message', octets: responder.builder.octets.slice(0, length), milliseconds: 0 }
  }

  #responderOf(image: ServedImage): Responder {
    const known = this.#responders.get(image)
    if (known !== undefined) return known
    const responder = this.#makeResponder(image)
    this.#responders.set(image, responder)
    return responder
  }
}
