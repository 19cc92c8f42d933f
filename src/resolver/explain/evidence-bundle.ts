/**
 * A file of evidence: one question with all that was exchanged to answer it, the anchors and the time, so that anybody can judge
 * it again without a network. JSON with a version; what is read may come from a stranger and is held to bounds.
 */
import { DnsError } from '../../dns/errors.ts'
import { Name } from '../../dns/name/index.ts'
import { addressOctets, addressText } from '../../dns/rr/index.ts'
import type { TrustAnchor } from '../../dnssec/index.ts'
import type { Protocol, UnixSeconds } from '../../ports/index.ts'
import type { UpstreamReply } from '../../ports/upstream.ts'
import type { RootHint } from '../settings.ts'
import type { RecordedExchange } from './recording.ts'

const FORMAT = 'signet-evidence'
const VERSION = 1
/** Octets of a file; a resolution that asks 120 servers stays far below it. */
export const MAX_BUNDLE: number = 16 << 20
const MAX_EXCHANGES = 2000
const MAX_ANCHORS = 1000
const MAX_HINTS = 100
const MAX_TEXT = 1000
const PROTOCOLS = ['udp', 'tcp', 'tls', 'https'] as const
const ROUTES = ['root', 'forwarder'] as const

/** Where answers came from: root servers by hints, one root server, or one resolver. */
export type EvidenceSource =
  | { readonly kind: 'hints'; readonly hints: readonly RootHint[] }
  | {
      readonly kind: (typeof ROUTES)[number]
      readonly address: Uint8Array
      readonly port: number
      readonly protocol: Protocol
    }

/** What a question is answered from. */
export type EvidencePlan = {
  readonly name: Name
  readonly type: number
  readonly anchors: readonly TrustAnchor[]
  readonly source: EvidenceSource
  readonly allowLoopbackServers: boolean
  /** When it was asked. */
  readonly takenAt: UnixSeconds
  /** The time that signatures are held to. */
  readonly at: UnixSeconds
  /** Of the choice among servers. */
  readonly seed: number
}

export type EvidenceBundle = EvidencePlan & { readonly exchanges: readonly RecordedExchange[] }

export function encodeBundle(bundle: EvidenceBundle): string {
  const { name, type, anchors, source, allowLoopbackServers, takenAt, at, seed, exchanges } = bundle
  const lines = [
    `"format":"${FORMAT}","version":${VERSION}`,
    `"name":${JSON.stringify(name)},"type":${type},"takenAt":${takenAt},"at":${at},"seed":${seed}`,
    `"allowLoopbackServers":${allowLoopbackServers},"source":${JSON.stringify(sourceJson(source))}`,
    `"anchors":${JSON.stringify(anchors.map(({ rdata, ...rest }) => ({ ...rest, rdata: rdata.toBase64() })))}`,
    `"exchanges":[\n${exchanges.map((exchange) => `  ${JSON.stringify(exchangeJson(exchange))}`).join(',\n')}\n]`,
  ]
  return `{${lines.join(',\n')}}\n`
}

function sourceJson(source: EvidenceSource): object {
  if (source.kind !== 'hints') return { ...source, address: textOf(source.address) }
  return { ...source, hints: source.hints.map(({ name, addresses }) => ({ name, addresses: addresses.map(textOf) })) }
}

function exchangeJson({ address, port, protocol, query, reply, milliseconds }: RecordedExchange): object {
  const told = reply.kind === 'message' ? { kind: reply.kind, octets: reply.octets.toBase64() } : reply
  return { address: textOf(address), port, protocol, milliseconds, query: query.toBase64(), reply: told }
}

function textOf(address: Uint8Array): string {
  return addressText(address, 0, address.length === 16 ? 16 : 4)
}

/** Throws DnsError `input-unreadable` that names `file` and the place in it that is wrong. */
export function decodeBundle(text: string, file: string): EvidenceBundle {
  if (text.length > MAX_BUNDLE) throw new DnsError('limit-exceeded', `${file}: has more than ${MAX_BUNDLE} octets`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new DnsError('input-unreadable', `${file}: this is no JSON, and so no file of evidence`)
  }
  const fields = new Fields(value, '', file)
  if (fields.text('format') !== FORMAT) fields.fail('format', `is not ${FORMAT}`)
  if (fields.count('version', 0xffff) !== VERSION) fields.fail('version', `is not ${VERSION}, which this program knows`)
  return {
    name: fields.name('name'),
    type: fields.count('type', 0xffff),
    takenAt: fields.count('takenAt', 0xffffffff),
    at: fields.count('at', 0xffffffff),
    seed: fields.count('seed', 0xffffffff),
    allowLoopbackServers: fields.flag('allowLoopbackServers'),
    source: readSource(fields.object('source')),
    anchors: fields.list('anchors', MAX_ANCHORS).map(readAnchor),
    exchanges: fields.list('exchanges', MAX_EXCHANGES).map(readExchange),
  }
}

function readSource(fields: Fields): EvidenceSource {
  const kind = fields.oneOf('kind', ['hints', ...ROUTES])
  if (kind !== 'hints') {
    return {
      kind,
      address: fields.address('address'),
      port: fields.count('port', 0xffff),
      protocol: protocolOf(fields),
    }
  }
  const hints = fields.list('hints', MAX_HINTS).map((hint) => ({
    name: hint.name('name'),
    addresses: hint.texts('addresses', MAX_HINTS).map((text) => hint.addressOf('addresses', text)),
  }))
  return { kind, hints }
}

function readAnchor(fields: Fields): TrustAnchor {
  const kind = fields.oneOf('kind', ['ds', 'dnskey'])
  const rdata = fields.octets('rdata')
  if (rdata.length <= 4) fields.fail('rdata', `is none of a ${kind} record`)
  const [validFrom, validUntil] = [fields.time('validFrom'), fields.time('validUntil')]
  return {
    zone: fields.name('zone'),
    kind,
    rdata,
    ...(validFrom !== undefined && { validFrom }),
    ...(validUntil !== undefined && { validUntil }),
  }
}

function readExchange(fields: Fields): RecordedExchange {
  const milliseconds = fields.count('milliseconds', 1_000_000)
  return {
    address: fields.address('address'),
    port: fields.count('port', 0xffff),
    protocol: protocolOf(fields),
    query: fields.octets('query'),
    reply: readReply(fields.object('reply'), milliseconds),
    milliseconds,
  }
}

function readReply(fields: Fields, milliseconds: number): UpstreamReply {
  const kind = fields.oneOf('kind', ['message', 'timeout', 'failed'])
  if (kind === 'timeout') return { kind }
  if (kind === 'failed') return { kind, text: fields.text('text') }
  return { kind, octets: fields.octets('octets'), milliseconds }
}

function protocolOf(fields: Fields): Protocol {
  return fields.oneOf('protocol', PROTOCOLS)
}

/** The members of a JSON object, each held to what it should be. */
class Fields {
  readonly #value: object
  readonly #path: string
  readonly #file: string

  constructor(value: unknown, path: string, file: string) {
    this.#path = path
    this.#file = file
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new DnsError('input-unreadable', `${file}: ${path === '' ? 'the file' : path} is no JSON object`)
    }
    this.#value = value
  }

  fail(key: string, reason: string): never {
    throw new DnsError('input-unreadable', `${this.#file}: ${this.#at(key)} ${reason}`)
  }

  #at(key: string): string {
    return this.#path === '' ? key : `${this.#path}.${key}`
  }

  #member(key: string): unknown {
    return Object.getOwnPropertyDescriptor(this.#value, key)?.value
  }

  text(key: string): string {
    const value = this.#member(key)
    if (typeof value !== 'string' || value.length > MAX_TEXT) return this.fail(key, 'is no text')
    return value
  }

  count(key: string, most: number): number {
    const value = this.#member(key)
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value
    return this.fail(key, `is no number from 0 to ${most}`)
  }

  time(key: string): UnixSeconds | undefined {
    return this.#member(key) === undefined ? undefined : this.count(key, 0xffffffff)
  }

  flag(key: string): boolean {
    const value = this.#member(key)
    return typeof value === 'boolean' ? value : this.fail(key, 'is neither true nor false')
  }

  oneOf<T extends string>(key: string, words: readonly T[]): T {
    const value = this.text(key)
    return words.find((word) => word === value) ?? this.fail(key, `is none of ${words.join(', ')}`)
  }

  name(key: string): Name {
    try {
      return Name.parse(this.text(key))
    } catch (error) {
      return this.fail(key, error instanceof Error ? `is no domain name: ${error.message}` : 'is no domain name')
    }
  }

  address(key: string): Uint8Array {
    return this.addressOf(key, this.text(key))
  }

  addressOf(key: string, text: string): Uint8Array {
    return addressOctets(text) ?? this.fail(key, 'is no address')
  }

  /** Base64 of at most a message. */
  octets(key: string): Uint8Array {
    const value = this.#member(key)
    if (typeof value !== 'string' || value.length > 90_000) return this.fail(key, 'is no base64 of a message')
    try {
      const octets = Uint8Array.fromBase64(value)
      return octets.length <= 0xffff ? octets : this.fail(key, 'is longer than a message')
    } catch (error) {
      if (error instanceof DnsError) throw error
      return this.fail(key, 'is no base64')
    }
  }

  object(key: string): Fields {
    return new Fields(this.#member(key), this.#at(key), this.#file)
  }

  #items(key: string, most: number): readonly unknown[] {
    const value = this.#member(key)
    if (!Array.isArray(value)) return this.fail(key, 'is no list')
    return value.length <= most ? value : this.fail(key, `has more than ${most} entries`)
  }

  list(key: string, most: number): Fields[] {
    return this.#items(key, most).map((item, i) => new Fields(item, `${this.#at(key)}[${i}]`, this.#file))
  }

  texts(key: string, most: number): string[] {
    return this.#items(key, most).map((item) => (typeof item === 'string' ? item : this.fail(key, 'holds no texts')))
  }
}
