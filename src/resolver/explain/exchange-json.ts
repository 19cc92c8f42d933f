/** Exchanges with servers as JSON, octets in base64. */
import { addressText } from '../../dns/rr/index.ts'
import type { Protocol } from '../../ports/index.ts'
import type { UpstreamReply } from '../../ports/upstream.ts'
import type { Fields } from './fields.ts'
import type { RecordedExchange } from './recording.ts'

const MAX_EXCHANGES = 2000
const PROTOCOLS = ['udp', 'tcp', 'tls', 'https'] as const

export function exchangeJson({ address, port, protocol, query, reply, milliseconds }: RecordedExchange): object {
  const told = reply.kind === 'message' ? { kind: reply.kind, octets: reply.octets.toBase64() } : reply
  return { address: textOfAddress(address), port, protocol, milliseconds, query: query.toBase64(), reply: told }
}

/** Empty for this server itself, which has none. */
export function textOfAddress(address: Uint8Array): string {
  if (address.length === 0) return ''
  return addressText(address, 0, address.length === 16 ? 16 : 4)
}

export function readExchanges(fields: Fields): RecordedExchange[] {
  return fields.list('exchanges', MAX_EXCHANGES).map(readExchange)
}

function readExchange(fields: Fields): RecordedExchange {
  const milliseconds = fields.count('milliseconds', 1_000_000)
  return {
    address: fields.text('address') === '' ? new Uint8Array(0) : fields.address('address'),
    port: fields.count('port', 0xffff),
    protocol: readProtocol(fields),
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

export function readProtocol(fields: Fields): Protocol {
  return fields.oneOf('protocol', PROTOCOLS)
}
