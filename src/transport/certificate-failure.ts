/**
 * Why the certificate of a server was rejected, in words: the names it is for and the name that was expected, its issuer, its dates.
 * What it says comes from a stranger: only short printable text of it is repeated.
 */
import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'

const MOST_NAMES = 3
const MOST_NAME = 80

const CERTIFICATES = new WeakMap<Error, X509Certificate>()

/** Keeps the certificate of the peer with the error that the connection ends with: Node's error has it only for a wrong name. */
export function keepCertificate(socket: TLSSocket): void {
  let certificate: X509Certificate | undefined
  // Node verifies it in a listener of the same event, and closes the connection there.
  socket.prependOnceListener('secure', () => {
    certificate = socket.getPeerX509Certificate()
  })
  socket.prependListener('error', (error) => {
    if (certificate !== undefined) CERTIFICATES.set(error, certificate)
  })
}

/** The words for an error of verification; undefined for any other. */
export function certificateReason(error: Error, code: string): string | undefined {
  const certificate = CERTIFICATES.get(error)
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return nameReason(error, certificate)
    case 'CERT_HAS_EXPIRED':
      return `the certificate${certificate === undefined ? ' has expired' : ` expired on ${dateText(certificate.validToDate)}`}`
    case 'CERT_NOT_YET_VALID':
      return `the certificate is not valid ${certificate === undefined ? 'yet' : `before ${dateText(certificate.validFromDate)}`}`
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'the certificate is self-signed and not among the trusted authorities'
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return issuerReason(certificate)
    case 'CERT_REVOKED':
      return 'the certificate is revoked'
    case 'CERT_SIGNATURE_FAILURE':
      return 'the signature of the certificate is wrong'
    case 'INVALID_PURPOSE':
      return 'the certificate is not for servers'
  }
  return undefined
}

function nameReason(error: Error, certificate: X509Certificate | undefined): string {
  const names = certificate === undefined ? [] : namesOf(certificate)
  const expected = 'host' in error && typeof error.host === 'string' ? plain(error.host) : undefined
  if (expected === undefined) return 'the certificate is for another name'
  if (names.length === 0) return `the certificate has no names, and ${expected} is expected`
  const shown = names.slice(0, MOST_NAMES).join(', ')
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ''
  return `the certificate is for ${shown}${more}, not for ${expected}`
}

function namesOf({ subjectAltName = '' }: X509Certificate): string[] {
  return subjectAltName.split(', ').flatMap((entry) => {
    const name = /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1]
    return name === undefined ? [] : plain(name)
  })
}

function issuerReason(certificate: X509Certificate | undefined): string {
  const issuer = /^(?:CN|O)=(.+)$/m.exec(certificate?.issuer ?? '')?.[1]
  const whose = issuer === undefined ? 'an authority' : `"${plain(issuer)}"`
  return `the certificate is issued by ${whose}, which is not among the trusted authorities`
}

function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an unknown date' : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

function plain(text: string): string {
  const printable = text.replaceAll(/[^\x20-\x7e]|"/g, '?')
  return printable.length <= MOST_NAME ? printable : `${printable.slice(0, MOST_NAME - 3)}...`
}
