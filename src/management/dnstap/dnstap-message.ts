/** Messages of dnstap (dnstap.info): a DNS message and what is known of its way, as the payload of one frame. */
import type { Protocol, UnixSeconds } from '../../ports/index.ts'
import { ProtobufWriter } from './protobuf-writer.ts'

/** Which arrow of the picture a message went along, as this server sees it. */
const KINDS = {
  'auth-query': 1,
  'auth-response': 2,
  'resolver-query': 3,
  'resolver-response': 4,
  'client-query': 5,
  'client-response': 6,
  'forwarder-query': 7,
  'forwarder-response': 8,
  'update-query': 13,
  'update-response': 14,
} as const

const PROTOCOLS: Readonly<Record<Protocol, number>> = { udp: 1, tcp: 2, tls: 3, https: 4 }

export type Instant = { readonly seconds: UnixSeconds; readonly nanoseconds: number }

/** An end of the exchange; the address has 4 or 16 octets. */
export type TapEnd = { readonly address: Uint8Array; readonly port: number }

export type TapMessage = {
  readonly kind: keyof typeof KINDS
  readonly protocol: Protocol
  /** Who asked. */
  readonly asker?: TapEnd
  /** Who answered or is to. */
  readonly answerer?: TapEnd
  readonly query?: { readonly at: Instant; readonly message?: Uint8Array }
  readonly response?: { readonly at: Instant; readonly message: Uint8Array }
  /** The zone that the query belongs to, in wire octets. */
  readonly zone?: Uint8Array
}

/** Who tells: the strings that NSID and version.bind would give. */
export type TapSource = { readonly identity?: string; readonly version?: string }

const FIELD = {
  kind: 1,
  family: 2,
  protocol: 3,
  askerAddress: 4,
  answererAddress: 5,
  askerPort: 6,
  answererPort: 7,
  querySeconds: 8,
  queryNanoseconds: 9,
  query: 10,
  zone: 11,
  responseSeconds: 12,
  responseNanoseconds: 13,
  response: 14,
} as const

const OUTER = { identity: 1, version: 2, message: 14, type: 15 } as const
const TYPE_MESSAGE = 1
const INET = 1
const INET6 = 2

/** Encodes for one source. */
export class TapEncoder {
  readonly #head: Uint8Array
  readonly #inner = new ProtobufWriter()
  readonly #outer = new ProtobufWriter()

  constructor({ identity, version }: TapSource) {
    const writer = new ProtobufWriter().number(OUTER.type, TYPE_MESSAGE)
    if (identity !== undefined) writer.octets(OUTER.identity, Buffer.from(identity))
    if (version !== undefined) writer.octets(OUTER.version, Buffer.from(version))
    this.#head = writer.written()
  }

  /** The payload, behind so many octets that are left for its frame; it is the caller's own. */
  encode(tapped: TapMessage, headroom = 0): Uint8Array {
    const { kind, protocol, asker, answerer, query, response, zone } = tapped
    const inner = this.#inner.clear().number(FIELD.kind, KINDS[kind])
    const address = asker?.address ?? answerer?.address
    if (address !== undefined) inner.number(FIELD.family, address.length === 4 ? INET : INET6)
    inner.number(FIELD.protocol, PROTOCOLS[protocol])
    if (asker !== undefined) inner.octets(FIELD.askerAddress, asker.address).number(FIELD.askerPort, asker.port)
    if (answerer !== undefined)
      inner.octets(FIELD.answererAddress, answerer.address).number(FIELD.answererPort, answerer.port)
    if (query !== undefined) {
      inner.number(FIELD.querySeconds, query.at.seconds).fixed32(FIELD.queryNanoseconds, query.at.nanoseconds)
      if (query.message !== undefined) inner.octets(FIELD.query, query.message)
    }
    if (zone !== undefined) inner.octets(FIELD.zone, zone)
    if (response !== undefined) {
      inner.number(FIELD.responseSeconds, response.at.seconds)
      inner.fixed32(FIELD.responseNanoseconds, response.at.nanoseconds).octets(FIELD.response, response.message)
    }
    const body = this.#outer.clear().octets(OUTER.message, inner.written()).written()
    const whole = new Uint8Array(headroom + this.#head.length + body.length)
    whole.set(this.#head, headroom)
    whole.set(body, headroom + this.#head.length)
    return whole
  }
}
