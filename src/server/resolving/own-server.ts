/** The resolver's way to the zones of this server: what it asks of `OWN_SERVER` is answered from the image, everything else by the network. */
import {
  type AnsweringSettings,
  Asker,
  allocateCounters,
  makeResponder,
  type Responder,
  TRANSPORT,
} from '../../authority/index.ts'
import type { Clock, Endpoint, Protocol } from '../../ports/index.ts'
import type { Upstream, UpstreamReply } from '../../ports/upstream.ts'
import { OWN_SERVER } from '../../resolver/index.ts'
import type { ServedImage } from '../served-image.ts'

export class OwnServer implements Upstream {
  readonly #network: Upstream
  readonly #image: ServedImage
  readonly #clock: Clock
  readonly #responder: Responder
  readonly #asker = new Asker()

  constructor(
    network: Upstream,
    image: ServedImage,
    clock: Clock,
    settings: AnsweringSettings,
    onFault: (error: unknown) => void,
  ) {
    this.#network = network
    this.#image = image
    this.#clock = clock
    // Nobody's rate is limited here, nothing is counted, and no answer of the resolver comes back to it.
    const plain = { ...settings, isMinimal: true, cookieSecrets: [], rateLimit: undefined, resolving: undefined }
    this.#responder = makeResponder(image.reader, plain, allocateCounters(), onFault)
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
    const { reader } = this.#image
    reader.enter()
    const length = this.#responder.respond(message, message.length, this.#asker, this.#clock.now(), true)
    reader.leave()
    if (length <= 0) return { kind: 'failed', text: 'this server does not answer for the name' }
    return { kind: 'message', octets: this.#responder.builder.octets.slice(0, length), milliseconds: 0 }
  }
}
