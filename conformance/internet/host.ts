/** A server of the simulated internet: the product's own authority code over an image, and what is wrong with it. */
import { TRANSPORT } from '../../src/authority/index.ts'
import { SERVING, Served } from '../../src/authority/served.fixture.ts'
import { textSource } from '../../src/dns/text/index.ts'
import { decodeMessage, encodeMessage, headerOf, type Message } from '../../src/dns/wire/index.ts'
import type { Protocol } from '../../src/ports/index.ts'
import { loadRecords, Zone as ZoneData } from '../../src/zone/index.ts'
import type { Zone } from './zones.ts'

/** What a server was asked. */
export type Asked = { readonly octets: Uint8Array; readonly message: Message; readonly protocol: Protocol }

/** What is sent instead of a reply; undefined: nothing. There is no reply where a host serves nothing. */
export type Fault = (reply: Uint8Array | undefined, asked: Asked) => Uint8Array | undefined

export class Host {
  readonly address: string
  readonly #served = new Served([])
  readonly #faults: Fault[] = []
  /** Messages that reached it. */
  exchanges = 0
  /** One way. */
  latencyMilliseconds = 10
  /** Nothing listens: the system says so at once. */
  isUnreachable = false
  /** How often a reply arrives. */
  copies = 1

  constructor(address: string) {
    this.address = address
  }

  serve({ name, text }: Zone): void {
    this.#served.writer.putZone(ZoneData.arrange(name, loadRecords(textSource(text), name).table), SERVING)
    this.#served.writer.publish()
  }

  /** Adds a fault: it gets what the ones before it made of the reply. */
  spoil(fault: Fault): this {
    this.#faults.push(fault)
    return this
  }

  /** Takes all faults away. */
  mend(): void {
    this.#faults.length = 0
  }

  answer(octets: Uint8Array, protocol: Protocol, now: number): Uint8Array | undefined {
    this.exchanges++
    const transport = protocol === 'udp' ? TRANSPORT.udp4 : TRANSPORT.tcp4
    const sent = this.#served.send(octets, transport, now)
    let reply = sent instanceof Uint8Array ? sent : undefined
    if (this.#faults.length === 0) return reply
    const asked = { octets, message: decodeMessage(octets), protocol }
    for (const fault of this.#faults) reply = fault(reply, asked)
    return reply
  }
}

/** Faults that are often needed. */
export const silent: Fault = () => undefined

/** Silent for these types only, or for one protocol. */
export function silentFor(isMeant: (asked: Asked) => boolean): Fault {
  return (reply, asked) => (isMeant(asked) ? undefined : reply)
}

/** An answer of this RCODE and nothing else. */
export function refusing(rcode: number): Fault {
  // Without EDNS there is no room for the upper bits of an RCODE.
  return (_, { message }) => write(message, { rcode: message.edns === undefined && rcode > 15 ? 1 : rcode })
}

/** Nothing but TC, by UDP, or whatever is asked by. */
export function truncating(protocols: readonly Protocol[] = ['udp']): Fault {
  return (reply, { message, protocol }) => (protocols.includes(protocol) ? write(message, { tc: true }) : reply)
}

/** The reply as an object, changed. */
export function changing(change: (reply: Message, asked: Asked) => Message): Fault {
  return (reply, asked) => (reply === undefined ? undefined : encodeMessage(change(decodeMessage(reply), asked)))
}

/** A reply out of nothing: sections are filled in by `make`. */
export function saying(make: (asked: Asked) => Partial<Pick<Message, 'answer' | 'authority' | 'additional'>>): Fault {
  return (_, asked) => write(asked.message, { aa: true }, make(asked))
}

function write(
  { header, questions, edns }: Message,
  bits: Partial<Message['header']>,
  sections: Partial<Message> = {},
): Uint8Array {
  return encodeMessage({
    header: { ...headerOf(header.id, 0), qr: true, rd: header.rd, ...bits },
    questions,
    answer: [],
    authority: [],
    additional: [],
    ...(edns !== undefined && { edns: { ...edns, options: [] } }),
    ...sections,
  })
}
