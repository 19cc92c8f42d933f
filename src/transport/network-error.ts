/** What the network or TLS said, in words, without what a log should not hold. */
import { DnsError, type DnsErrorCode } from '../dns/errors.ts'
import { formatSocketAddress, type SocketAddress } from './addresses.ts'
import { certificateReason } from './certificate-failure.ts'

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'not allowed by the system',
  EPERM: 'not allowed by the system',
  EADDRINUSE: 'another program has this address and port',
  EADDRNOTAVAIL: 'this machine does not have the address',
  EAFNOSUPPORT: 'this machine has no such kind of address',
  ECONNREFUSED: 'connection refused: no server listens on this port',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'no answer in time',
  EMFILE: 'too many open files',
  ENOBUFS: 'the system has no buffers left',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'the server does not support TLS 1.3',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the server does not support TLS 1.3',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'the server requires a client certificate',
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: 'the server does not support the protocol over TLS (ALPN)',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'the server rejected the TLS handshake',
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: 'the server does not know the name that was asked for (TLS server name)',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not speak TLS on this port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the server does not speak TLS on this port',
  ERR_HTTP2_ERROR: 'the server does not speak HTTP/2',
  ERR_HTTP2_SESSION_ERROR: 'the HTTP/2 connection failed',
  ERR_HTTP2_STREAM_ERROR: 'the server reset the request',
  ERR_HTTP2_STREAM_CANCEL: 'the connection was closed',
}
/** What Node reports when the peer closes a connection before TLS is there: it has no code of its own. */
const CLOSED_IN_HANDSHAKE = /before secure TLS connection was established/
const MOST_TEXT = 120

/** The reason of an error of a socket. */
export function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (CLOSED_IN_HANDSHAKE.test(error.message)) return 'the server closed the connection during the TLS handshake'
  return certificateReason(error, code) ?? REASONS[code] ?? tlsReason(error) ?? plain(error.message || code)
}

/** OpenSSL's words stand among places in its source: `…:SSL routines:function:words:file:line:`. */
function tlsReason({ message }: Error): string | undefined {
  const words = /:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1]
  if (words === undefined) return undefined
  // A write that fails has the code EPROTO.
  return REASONS[`ERR_SSL_${words.toUpperCase().replaceAll(' ', '_')}`] ?? plain(`TLS failed: ${words}`)
}

function plain(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, ' ').slice(0, MOST_TEXT)
}

/** An error that names the address and says why. */
export function networkError(code: DnsErrorCode, at: SocketAddress, reason: unknown): DnsError {
  const words = typeof reason === 'string' ? reason : networkReason(reason)
  return new DnsError(code, `${formatSocketAddress(at)}: ${words}`, typeof reason === 'string' ? {} : { cause: reason })
}
