/** The handlers of requests, by opcode and type of the question. A new kind of request is one entry and one file. */
import type { MessageView } from '../../dns/wire/index.ts'
import type { Answer } from '../../ports/index.ts'
import type { ResponseSigner } from './authentication.ts'
import type { Client } from './principal.ts'

/** A request whose signature, if any, is good. */
export type DnsRequest = {
  /** Parsed and scanned. Its octets are the handler's until it returns: one that goes on later copies what it needs. */
  readonly view: MessageView
  readonly client: Client
  /** Signs what is answered. */
  readonly signer: ResponseSigner
}

export type RequestHandler = {
  readonly opcode: number
  /** Of the question. Absent: all types for which no other handler of the opcode is there, and no question at all. */
  readonly types?: readonly number[]
  /** The responder has counted the answers; those of other handlers are counted after them. */
  readonly isCounted?: boolean
  /** Answers, signed. An answer of one message is good until the next request. Does not throw, and does not reject. */
  handle(request: DnsRequest): Answer | Promise<Answer>
}

export class HandlerTable {
  readonly #ofType = new Map<number, RequestHandler>()
  readonly #ofOpcode = new Map<number, RequestHandler>()

  constructor(handlers: readonly RequestHandler[]) {
    for (const handler of handlers) {
      const { opcode, types } = handler
      if (types === undefined) put(this.#ofOpcode, opcode, handler)
      else for (const type of types) put(this.#ofType, (opcode << 16) | type, handler)
    }
  }

  /** The handler of a request that was parsed; undefined when there is none of its opcode. */
  find({ opcode, questions, qtype }: MessageView): RequestHandler | undefined {
    const ofType = questions === 0 ? undefined : this.#ofType.get((opcode << 16) | qtype)
    return ofType ?? this.#ofOpcode.get(opcode)
  }
}

function put(handlers: Map<number, RequestHandler>, key: number, handler: RequestHandler): void {
  if (handlers.has(key))
    throw new Error(`two handlers for opcode ${handler.opcode}, types ${handler.types ?? 'all others'}`)
  handlers.set(key, handler)
}
