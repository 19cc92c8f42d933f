/**
 * The network of a scenario: what the resolver under test sends waits here until somebody answers it. Nobody answers by himself:
 * `play.ts` decides, by the ranges and the steps.
 */

import { DnsError } from '../../src/dns/errors.ts'
import { typeMnemonic } from '../../src/dns/rr/index.ts'
import { decodeMessage, type Message, rcodeMnemonic } from '../../src/dns/wire/index.ts'
import type { Endpoint, Protocol } from '../../src/ports/index.ts'
import type { Upstream, UpstreamReply } from '../../src/ports/upstream.ts'
import { answersQuery, formatAddress, questionEnd } from '../../src/transport/index.ts'
import type { ScenarioTime } from './scenario-time.ts'

export type Pending = {
  readonly number: number
  readonly address: string
  readonly protocol: Protocol
  readonly query: Message
  /** The query as it was sent. */
  readonly octets: Uint8Array
  readonly milliseconds: number
  readonly sentAt: number
  readonly done: (reply: UpstreamReply) => void
  /** A CHECK_OUT_QUERY has seen it. */
  isChecked: boolean
  /** What came of it, in words. */
  outcome: string
}

export class FakeNetwork implements Upstream {
  readonly #time: ScenarioTime
  /** Queries without an answer, the newest last. */
  readonly pending: Pending[] = []
  /** Every query that was ever sent. */
  readonly sent: Pending[] = []
  /** Told of each query as it is sent. */
  onSend: (query: Pending) => void = () => undefined

  constructor(time: ScenarioTime) {
    this.#time = time
  }

  ask(
    server: Endpoint,
    protocol: Protocol,
    octets: Uint8Array,
    milliseconds: number,
    done: (reply: UpstreamReply) => void,
  ): void {
    const query: Pending = {
      number: this.sent.length + 1,
      address: formatAddress(server.address),
      protocol,
      query: decodeMessage(octets),
      octets: octets.slice(),
      milliseconds,
      sentAt: this.#time.milliseconds(),
      done,
      isChecked: false,
      outcome: 'no answer',
    }
    this.pending.push(query)
    this.sent.push(query)
    this.onSend(query)
  }

  answer(query: Pending, octets: Uint8Array, from: string): void {
    // The transport drops such a reply and waits for another one until the time is over.
    if (!answersQuery(octets, octets.length, query.octets, query.query.header.id, questionEnd(query.octets))) {
      this.#expire(query, `${from}: dropped, it does not answer the query`)
      return
    }
    this.#settle(query, `${from}: ${summary(octets)}`)
    query.done({ kind: 'message', octets, milliseconds: this.#time.milliseconds() - query.sentAt })
  }

  timeOut(query: Pending, why: string): void {
    this.#expire(query, `timeout (${why})`)
  }

  #expire(query: Pending, outcome: string): void {
    this.#settle(query, outcome)
    this.#time.wait(Math.max(0, query.sentAt + query.milliseconds - this.#time.milliseconds()))
    query.done({ kind: 'timeout' })
  }

  fail(query: Pending): void {
    this.#settle(query, 'socket error')
    query.done({ kind: 'failed', text: 'socket error' })
  }

  #settle(query: Pending, outcome: string): void {
    const at = this.pending.indexOf(query)
    if (at < 0) throw new Error('a query is answered once')
    this.pending.splice(at, 1)
    query.outcome = outcome
  }
}

/** `#3 → 193.0.14.129 udp example.com. DNSKEY: …`: for people. */
export function pendingText({ number, address, protocol, query, outcome }: Pending): string {
  const [question] = query.questions
  const what = question === undefined ? 'nothing' : `${question.name} ${typeMnemonic(question.type)}`
  const flags = [query.header.rd ? ' rd' : '', query.header.cd ? ' cd' : '', query.edns?.dnssecOk ? ' do' : ''].join('')
  return `#${number} → ${address} ${protocol} ${what}${flags}: ${outcome}`
}

function summary(octets: Uint8Array): string {
  const message = decoded(octets)
  if (message === undefined) return `${octets.length} octets that are no message`
  const { header, answer, authority, additional } = message
  const flags = (['aa', 'tc', 'ad'] as const).filter((flag) => header[flag]).map((flag) => ` ${flag}`)
  const first = (answer[0] ?? authority[0])?.type
  const kind = first === undefined ? '' : ` (${typeMnemonic(first)} …)`
  return `${rcodeMnemonic(header.rcode)}${flags.join('')} ${answer.length}/${authority.length}/${additional.length}${kind}`
}

function decoded(octets: Uint8Array): Message | undefined {
  try {
    return decodeMessage(octets)
  } catch (error) {
    if (error instanceof DnsError) return undefined
    throw error
  }
}
