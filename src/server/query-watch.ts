/**
 * Sees queries and their answers for the query log and for dnstap, whichever thread answered them. While neither wants any, a
 * packet costs nothing: the data plane looks at one shared word for a batch, the control thread at one flag.
 */
import { Name } from '../dns/name/index.ts'
import { FLAG_RD, FLAG_TC, HEADER_SIZE, MessageView, OPTION_COOKIE } from '../dns/wire/index.ts'
import type { Answer, MomentClock, Peer } from '../ports/index.ts'
import type { Log } from '../ports/log.ts'
import type { QueryCopy } from '../threads/index.ts'
import type { SocketAddress } from '../transport/index.ts'
import type { Configuration } from './configuration/index.ts'
import type { Outcome } from './control.ts'
import { logQuery, QueryLogSwitch } from './query-log.ts'
import type { ServedImage } from './served-image.ts'

/** A query, and what was sent for it. The octets are their owner's again when whoever is told of it returns. */
export type SeenQuery = {
  readonly peer: Peer
  /** Where it was asked, when that is known. */
  readonly local: SocketAddress | undefined
  readonly query: Uint8Array
  /** Absent when nothing was sent; of a transfer, its first message. */
  readonly response: Uint8Array | undefined
  readonly askedAtMilliseconds: number
  readonly answeredAtMilliseconds: number
  readonly zone: Name | undefined
}

/** Passes on messages to other programs: dnstap. */
export type QueryTap = {
  /** Whether there is anybody to pass them on to. */
  readonly isOn: boolean
  saw(seen: SeenQuery): void
  /** Takes up the settings, at the start and after a reload. */
  configure(configuration: Configuration): void
  /** Begins files anew. */
  reopen(): void
  readonly counts: { readonly written: number; readonly dropped: number }
  close(): Promise<void>
}

/** Has the data plane make copies, or no longer. */
export type CopySource = {
  want(wanted: boolean): void
  /** Queries that were not copied because the control thread did not keep up. */
  passedOver(): number
}

export type QueryWatchParts = {
  readonly image: ServedImage
  readonly clock: MomentClock
  readonly log: Log
  readonly tap: QueryTap | undefined
  readonly source: CopySource
}

export class QueryWatch {
  readonly #image: ServedImage
  readonly #clock: MomentClock
  readonly #log: Log
  readonly #tap: QueryTap | undefined
  readonly #source: CopySource
  readonly #switch = new QueryLogSwitch()
  readonly #query = new MessageView()
  readonly #answer = new MessageView()
  #isOn = false
  #told = 0

  constructor({ image, clock, log, tap, source }: QueryWatchParts) {
    this.#image = image
    this.#clock = clock
    this.#log = log
    this.#tap = tap
    this.#source = source
  }

  /** Whether queries are to be shown at all. */
  get isOn(): boolean {
    return this.#isOn
  }

  /** As `ServerStatus.queryLog` tells it. */
  get logged(): 'all' | readonly string[] {
    return this.#switch.state
  }

  get tapCounts(): { readonly written: number; readonly dropped: number } {
    const { written, dropped } = this.#tap?.counts ?? { written: 0, dropped: 0 }
    return { written, dropped: dropped + (this.#tap?.isOn === true ? this.#source.passedOver() : 0) }
  }

  /** Takes up the settings. The query log follows `logging.queries` when that has changed. */
  configure(configuration: Configuration, before?: Configuration): void {
    const { queries } = configuration.logging
    if (queries !== (before?.logging.queries ?? false)) this.#switch.set(queries)
    this.#tap?.configure(configuration)
    this.#decide()
  }

  setLog(on: boolean, zone?: Name): Outcome {
    const outcome = this.#switch.set(on, zone)
    this.#decide()
    return outcome
  }

  /** Says what was missed since the last time; to be called now and then. */
  tellMissed(): void {
    const passedOver = this.#source.passedOver()
    const missed = passedOver - this.#told
    this.#told = passedOver
    if (missed > 0)
      this.#log.warn({ queries: missed }, 'queries were answered faster than they could be logged or tapped')
  }

  reopen(): void {
    this.#tap?.reopen()
  }

  async close(): Promise<void> {
    await this.#tap?.close()
  }

  saw(seen: Omit<SeenQuery, 'zone'>): void {
    const view = this.#query
    if (view.parse(seen.query) !== undefined) return
    const zone = view.questions === 1 ? this.#zoneOf(seen.query) : undefined
    if (this.#tap?.isOn === true) this.#tap.saw({ ...seen, zone })
    if (this.#switch.isOn && this.#switch.wants(zone)) this.#writeLine(seen, zone)
  }

  /**
   * The answer, which is shown as it goes by. `message` is the query, good until this returns; `began` is when it came, in
   * milliseconds of the clock.
   */
  follow(message: Uint8Array, peer: Peer, answer: Answer | Promise<Answer>, began: number): Answer | Promise<Answer> {
    const show = (response: Uint8Array | undefined, query: Uint8Array): void => {
      const clock = this.#clock
      const answeredAtMilliseconds = clock.wallMillisecondsAt(clock.milliseconds())
      const askedAtMilliseconds = clock.wallMillisecondsAt(began)
      this.saw({ peer, local: peer.local, query, response, askedAtMilliseconds, answeredAtMilliseconds })
    }
    if (answer === undefined || answer instanceof Uint8Array) {
      show(answer, message)
      return answer
    }
    const query = message.slice()
    const showLater = (came: Answer): Answer => {
      if (came !== undefined && !(came instanceof Uint8Array)) return showFirst(came, (first) => show(first, query))
      show(came, query)
      return came
    }
    return answer instanceof Promise ? answer.then(showLater) : showLater(answer)
  }

  #decide(): void {
    this.#isOn = this.#switch.isOn || this.#tap?.isOn === true
    this.#source.want(this.#isOn)
  }

  #zoneOf(query: Uint8Array): Name | undefined {
    const slot = this.#image.slotAbove(query, HEADER_SIZE)
    return slot === undefined ? undefined : this.#image.zoneOfSlot(slot)
  }

  #writeLine({ peer, response, askedAtMilliseconds, answeredAtMilliseconds }: Omit<SeenQuery, 'zone'>, zone?: Name) {
    const view = this.#query
    if (view.isResponse || view.questions === 0) return
    view.scan()
    const answer = this.#answer
    const isRead = response !== undefined && answer.parse(response) === undefined && answer.scan() === undefined
    logQuery(this.#log, {
      peer,
      name: Name.fromOctets(view.octets, HEADER_SIZE),
      type: view.qtype,
      recursionDesired: (view.bits & FLAG_RD) !== 0,
      ...(view.hasEdns && { edns: { dnssecOk: view.dnssecOk, cookie: view.optionAt(OPTION_COOKIE) >= 0 } }),
      ...(zone !== undefined && { zone }),
      ...(isRead && {
        response: { rcode: answer.rcode, octets: response.length, truncated: (answer.bits & FLAG_TC) !== 0 },
      }),
      seconds: (answeredAtMilliseconds - askedAtMilliseconds) / 1000,
    })
  }
}

async function* showFirst(
  messages: AsyncIterable<Uint8Array>,
  show: (first: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  let isFirst = true
  for await (const message of messages) {
    if (isFirst) show(message)
    isFirst = false
    yield message
  }
}

/** What a worker tells of a query. */
export function seenQuery(copy: QueryCopy, local: SocketAddress | undefined): Omit<SeenQuery, 'zone'> {
  const { address, port, query, answer, askedAtMilliseconds, answeredAtMilliseconds } = copy
  return {
    peer: { protocol: 'udp', address, port },
    local,
    query,
    response: answer,
    askedAtMilliseconds,
    answeredAtMilliseconds,
  }
}
