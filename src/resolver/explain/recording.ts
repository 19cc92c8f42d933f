/**
 * Exchanges with servers, written down and played again: an upstream that remembers all that passed through it, and one that
 * answers from such a memory in a time of its own, where nothing is waited for.
 */
import { equalNames, LOWER } from '../../dns/name/index.ts'
import { HEADER_SIZE, MessageView } from '../../dns/wire/index.ts'
import type { Endpoint, Protocol, Random } from '../../ports/index.ts'
import type { Timers, Upstream, UpstreamReply } from '../../ports/upstream.ts'

/** One message to a server and what came of it. */
export type RecordedExchange = {
  readonly address: Uint8Array
  readonly port: number
  readonly protocol: Protocol
  readonly query: Uint8Array
  readonly reply: UpstreamReply
  /** From the query to the reply, or to the end of waiting. */
  readonly milliseconds: number
}

/** Passes everything on and remembers it. */
export class RecordingUpstream implements Upstream {
  readonly exchanges: RecordedExchange[] = []
  readonly #upstream: Upstream
  readonly #milliseconds: () => number

  /** `milliseconds`: a clock that only goes forward. */
  constructor(upstream: Upstream, milliseconds: () => number) {
    this.#upstream = upstream
    this.#milliseconds = milliseconds
  }

  ask(
    server: Endpoint,
    protocol: Protocol,
    message: Uint8Array,
    milliseconds: number,
    done: (reply: UpstreamReply) => void,
  ): void {
    const query = message.slice()
    const since = this.#milliseconds()
    this.#upstream.ask(server, protocol, message, milliseconds, (reply) => {
      const { address, port } = server
      const kept = reply.kind === 'message' ? { ...reply, octets: reply.octets.slice() } : reply
      const took = Math.max(0, Math.round(this.#milliseconds() - since))
      this.exchanges.push({ address, port, protocol, query, reply: kept, milliseconds: took })
      done(reply)
    })
  }
}

type Event = { readonly at: number; readonly order: number; call: (() => void) | undefined }

/** More than any resolution causes. */
const MOST_EVENTS = 20_000

/** A network of recorded exchanges, with a clock that goes on when nothing is left to do in the moment. */
export class ReplayedNetwork implements Upstream, Timers {
  readonly #left: RecordedExchange[]
  readonly #view = new MessageView()
  readonly #other = new MessageView()
  #events: Event[] = []
  #order = 0
  #now = 0
  /** Questions for which nothing was recorded. */
  missing = 0

  constructor(exchanges: readonly RecordedExchange[]) {
    this.#left = [...exchanges]
  }

  /** Since the beginning. */
  get milliseconds(): number {
    return this.#now
  }

  after(milliseconds: number, call: () => void): () => void {
    const event: Event = { at: this.#now + Math.max(0, milliseconds), order: this.#order++, call }
    this.#events.push(event)
    return () => {
      event.call = undefined
    }
  }

  ask(
    server: Endpoint,
    protocol: Protocol,
    message: Uint8Array,
    milliseconds: number,
    done: (reply: UpstreamReply) => void,
  ): void {
    const found = this.#take(server, protocol, message)
    if (found === undefined) {
      this.missing++
      this.after(milliseconds, () => done({ kind: 'timeout' }))
      return
    }
    const { reply } = found
    if (reply.kind !== 'message') this.after(found.milliseconds, () => done(reply))
    else {
      const octets = asReplyTo(message, reply.octets)
      this.after(found.milliseconds, () => done({ ...reply, octets }))
    }
  }

  /** Lets time pass until `isDone`, or until nothing more will happen. */
  run(isDone: () => boolean): void {
    for (let count = 0; count < MOST_EVENTS && !isDone(); count++) {
      let next: Event | undefined
      for (const event of this.#events) {
        if (next === undefined || event.at < next.at || (event.at === next.at && event.order < next.order)) next = event
      }
      if (next === undefined) return
      this.#events = this.#events.filter((event) => event !== next && event.call !== undefined)
      if (next.call === undefined) continue
      this.#now = Math.max(this.#now, next.at)
      next.call()
    }
  }

  /** What was recorded of this very question to this server; else to any, for the order in which they are asked may differ. */
  #take(server: Endpoint, protocol: Protocol, message: Uint8Array): RecordedExchange | undefined {
    if (this.#view.parse(message) !== undefined) return undefined
    const isSame = (exchange: RecordedExchange): boolean => exchange.protocol === protocol && this.#asks(exchange.query)
    const isThere = ({ address, port }: RecordedExchange): boolean =>
      port === server.port &&
      address.length === server.address.length &&
      address.every((octet, i) => octet === server.address[i])
    const candidates = this.#left.filter(isSame)
    const found = candidates.find(isThere) ?? candidates.find(({ reply }) => reply.kind === 'message') ?? candidates[0]
    // What was asked once may be asked again: the last one stays.
    if (found !== undefined && candidates.filter(isThere).length > 1) this.#left.splice(this.#left.indexOf(found), 1)
    return found
  }

  #asks(query: Uint8Array): boolean {
    const [view, other] = [this.#view, this.#other]
    if (other.parse(query) !== undefined || view.questions !== 1 || other.questions !== 1) return false
    return view.qtype === other.qtype && equalNames(view.octets, HEADER_SIZE, other.octets, HEADER_SIZE)
  }
}

/** A recorded reply with the ID of this query, and its question as it is spelled there. */
function asReplyTo(query: Uint8Array, recorded: Uint8Array): Uint8Array {
  const octets = recorded.slice()
  octets.set(query.subarray(0, Math.min(2, octets.length)))
  for (let i: number = HEADER_SIZE; i < octets.length && i < query.length; i++) {
    if (LOWER[octets[i] ?? 0] !== LOWER[query[i] ?? 0]) break
    octets[i] = query[i] ?? 0
    if (octets[i] === 0) break
  }
  return octets
}

/** Chance that is the same each time. Only for what is to be played again: whoever knows the seed knows all of it. */
export class SeededRandom implements Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.#next() >>> 24)
  }

  /** xorshift with a final mix. */
  #next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    let word = this.#state
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
    return (word ^ (word >>> 16)) >>> 0
  }
}
