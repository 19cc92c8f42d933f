/** What the network or TLS said, in words, without what a log should not hold. */
import { DnsError, type DnsErrorCode } from '../dns/errors.ts'
import { formatSocketAddress, type SocketAddress } from './addresses.ts'

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'not allowed',
  EPERM: 'not allowed',
  EADDRINUSE: 'another program has this address and port',
  EADDRNOTAVAIL: 'this machine does not have the address',
  EAFNOSUPPORT: 'this machine has no such kind of address',
  ECONNREFUSED: 'nothing answers at this port (connection refused)',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  EHOSTUNREACH: 'no way there (host unreachable)',
  ENETUNREACH: 'no way there (network unreachable)',
  ETIMEDOUT: 'no answer in time',
  EMFILE: 'too many open files',
  ENOBUFS: 'the system has no room for it now',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is signed by itself and not known',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate comes from an authority that is not known',
  UNABLE_TO_GET_ISSUER_CERT: 'the certificate comes from an authority that is not known',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate comes from an authority that is not known',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate comes from an authority that is not known',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'the server does not speak TLS 1.3',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'the server asks for a client certificate',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not speak TLS at this port',
}

/** The reason of an error of a socket. */
export function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return wrongName(error) ?? REASONS[code] ?? error.message
}

/** Of a certificate that is for another name: which names it is for, and which one was expected. */
function wrongName(error: Error): string | undefined {
  if (!('host' in error) || typeof error.host !== 'string') return undefined
  const cert = 'cert' in error ? error.cert : undefined
  if (typeof cert !== 'object' || cert === null || !('subjectaltname' in cert)) return undefined
  const { subjectaltname: names } = cert
  if (typeof names !== 'string' || names === '') return undefined
  // The server chose the names: they are shortened, and nothing but what names are made of is shown.
  const shown = names.replaceAll(/DNS:|IP Address:/g, '').replaceAll(/[^\w.:*, -]/g, '?')
  return `the certificate is for ${shown.slice(0, MOST_NAMES)}, not for ${error.host}`
}

/** Letters of the names of a certificate that are shown. */
const MOST_NAMES = 100

/** An error that names the address and says why. */
export function networkError(code: DnsErrorCode, at: SocketAddress, reason: unknown): DnsError {
  const words = typeof reason === 'string' ? reason : networkReason(reason)
  return new DnsError(code, `${formatSocketAddress(at)}: ${words}`, typeof reason === 'string' ? {} : { cause: reason })
}
