/** Zones in an image with somebody who answers from it, for tests: a question in, a decoded message out. */
import { Name } from '../dns/name/index.ts'
import { typeNumber } from '../dns/rr/index.ts'
import { decodeMessage, type Edns, type EdnsOption, encodeMessage, headerOf, type Message } from '../dns/wire/index.ts'
import type { Instant } from '../ports/index.ts'
import { ImageReader, ImageWriter, STATE_SERVING, type ZoneSettings } from '../zone/index.ts'
import { Asker, allocateCounters, QueryCounters, Responder, type ResponderSettings, TRANSPORT } from './index.ts'
import { arrange, type NaiveZone, recordsOf, type Signing, signNaively, soaOf } from './naive-zone.fixture.ts'

export const NOW = 1_790_000_000
export const SERVING: ZoneSettings = { slot: 0, state: STATE_SERVING, options: 0, expires: 0 }
export const PLAIN: Omit<ResponderSettings, 'onFault'> = { maxUdpPayload: 1232, chaos: {}, keepaliveDeciseconds: 300 }

/** How a question is asked. */
export type Asking = {
  readonly dnssec?: boolean
  /** EDNS without DO too when options or a size are given. */
  readonly options?: readonly EdnsOption[]
  readonly udpSize?: number
  readonly version?: number
  readonly transport?: number
  readonly class?: number
  /** The second 16 bits of the header. */
  readonly bits?: number
}

export class Served {
  readonly writer: ImageWriter = new ImageWriter()
  readonly reader: ImageReader
  readonly responder: Responder
  readonly asker: Asker = new Asker()
  /** An error in answering, which no test but its own expects. */
  fault: unknown

  /** `options`: OPTION_… of the zones. */
  constructor(zones: readonly NaiveZone[], settings: Partial<ResponderSettings> = {}, options = 0) {
    this.reader = new ImageReader(this.writer.memory.buffer, 0)
    const counters = new QueryCounters(allocateCounters())
    const onFault = (error: unknown): void => {
      this.fault = error
    }
    this.responder = new Responder(this.reader, { ...PLAIN, onFault, ...settings }, counters)
    this.asker.octets.set([192, 0, 2, 7])
    for (const zone of zones) this.writer.putZone(arrange(zone), { ...SERVING, options })
    this.writer.publish()
  }

  /** What is sent for the octets of a packet: undefined for silence, 'control' when the control thread is to answer. */
  send(
    packet: Uint8Array,
    transport: number = TRANSPORT.udp4,
    now: number | Instant = NOW,
  ): Uint8Array | 'control' | undefined {
    const instant = typeof now === 'number' ? { wall: now, steady: now } : now
    this.asker.transport = transport
    this.reader.enter()
    const length = this.responder.respond(packet, packet.length, this.asker, instant)
    this.reader.leave()
    if (this.fault !== undefined) throw this.fault
    if (length <= 0) return length === 0 ? undefined : 'control'
    return this.responder.builder.octets.slice(0, length)
  }

  /** The answer to a question, which must be one. */
  ask(name: Name | string, type: number | string, asking: Asking = {}): Message {
    const answer = this.send(question(name, type, asking), asking.transport ?? TRANSPORT.udp4)
    if (!(answer instanceof Uint8Array)) throw new Error(`no answer: ${answer ?? 'silence'}`)
    return decodeMessage(answer)
  }
}

/** The octets of a query. */
export function question(name: Name | string, type: number | string, asking: Asking = {}): Uint8Array {
  const { dnssec = false, options, udpSize, version = 0, bits = 0 } = asking
  const hasEdns = dnssec || options !== undefined || udpSize !== undefined || version > 0
  const edns: Edns = { udpSize: udpSize ?? 4096, version, dnssecOk: dnssec, flags: 0, options: [...(options ?? [])] }
  return encodeMessage({
    header: headerOf(0x1234, bits),
    questions: [
      {
        name: typeof name === 'string' ? Name.parse(name) : name,
        type: typeof type === 'string' ? (typeNumber(type) ?? 0) : type,
        class: asking.class ?? 1,
      },
    ],
    answer: [],
    authority: [],
    additional: [],
    ...(hasEdns ? { edns } : {}),
  })
}

/** A zone from text without its SOA, signed as told. */
export function zoneFrom(apex: string, text: string, how: Signing = 'unsigned', iterations?: number): NaiveZone {
  const name = Name.parse(apex)
  return signNaively({ apex: name, records: [soaOf(name, 1), ...recordsOf(text, name)] }, how, iterations)
}
