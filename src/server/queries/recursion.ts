/** Questions that the responder leaves to the resolver: resolved, and answered with the options and limits of the client. */
import { Name } from '../../dns/name/index.ts'
import { shortLivedCopy } from '../../dns/octets.ts'
import { FLAG_CD, FLAG_RD, HEADER_SIZE, MessageView } from '../../dns/wire/index.ts'
import type { Answer, Peer } from '../../ports/index.ts'
import type { ClientQuestion, Resolving } from '../resolving/index.ts'
import type { ImageResponder } from './image-responder.ts'

/** Of questions that the server itself asks. */
const NO_ADDRESS = new Uint8Array(0)

export class Recursion {
  readonly #responder: ImageResponder
  readonly #resolving: () => Resolving | undefined
  readonly #view = new MessageView()

  /** `resolving` returns undefined when there is no resolver. */
  constructor(responder: ImageResponder, resolving: () => Resolving | undefined) {
    this.#responder = responder
    this.#resolving = resolving
  }

  /** Has a question resolved whose answer will soon be too old. Nothing is answered. */
  refresh(message: Uint8Array): void {
    const question = this.#questionOf(message, NO_ADDRESS)
    if (question !== undefined) this.#resolving()?.answer(question, () => {})
  }

  /** Has a question resolved and answers it. `message` is copied. `sign` is applied to the answer. */
  answer(
    message: Uint8Array,
    peer: Peer,
    sign: (answer: Uint8Array) => Uint8Array = (answer) => answer,
  ): Answer | Promise<Answer> {
    const resolving = this.#resolving()
    const question = this.#questionOf(message, peer.address)
    if (resolving === undefined || question === undefined) return undefined
    const copy = shortLivedCopy(message, 0, message.length)
    let give: (answer: Answer) => void = () => {}
    let answered: { readonly answer: Answer } | undefined
    resolving.answer(question, (ready) => {
      const answer = this.#responder.respondWith(copy, peer, ready)
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
}
