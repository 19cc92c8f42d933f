/**
 * TLS on sockets that were let in: TLS 1.2 or 1.3 with the ciphers of `tls-rules.ts`, an application protocol (RFC 7301), and the
 * client's certificate where one is asked for. A new certificate counts for the handshakes that begin after it; connections
 * that are open go on with theirs.
 */

import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { monotonicMilliseconds } from '../clock/index.ts'
import { DnsError } from '../dns/errors.ts'
import type { CertificatePair, CertificateSource, Peer, Protocol } from '../ports/index.ts'
import { type FindIdle, localEnd } from './acceptor.ts'
import { AddressReader } from './addresses.ts'
import { networkReason } from './network-error.ts'
import { TLS_RULES } from './tls-rules.ts'

export type TlsOptions = {
  readonly certificate: CertificateSource
  /** PEM of the authorities whose client certificates are believed (RFC 9103 §9.3.3). Without it none is asked for. */
  readonly clientAuthorities?: string
  /** 'TLSv1.2' unless told. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
  /** The handshake must be complete after this; 5 unless told. */
  readonly handshakeSeconds?: number
  /** Hears of a new certificate that cannot be used; the old one stays. */
  readonly report?: (text: string) => void
}

type Handshake = { readonly socket: Socket; readonly address: Uint8Array; readonly since: number }

export class TlsAcceptor {
  /** Handshakes that failed or took too long. */
  handshakeFailures = 0
  readonly #server: Server
  readonly #addresses = new AddressReader()
  /** Sockets whose handshake is not complete, by both ends. */
  readonly #handshakes = new Map<string, Handshake>()
  readonly #stopWatching: () => void

  /**
   * `protocols`: the application protocols that are spoken; a client that names only others is refused, one that names none is
   * not. Throws DnsError `key-invalid` when the certificate cannot be used (a key too short, for one).
   */
  constructor(
    options: TlsOptions,
    protocol: Protocol,
    protocols: readonly string[],
    take: (socket: TLSSocket, peer: Peer) => void,
  ) {
    const { certificate, clientAuthorities } = options
    const contextOf = ({ key, certificate: cert }: CertificatePair) => ({
      ...TLS_RULES,
      key,
      cert,
      minVersion: options.minVersion ?? ('TLSv1.2' as const),
      ...(clientAuthorities === undefined ? {} : { ca: clientAuthorities }),
    })
    try {
      this.#server = createServer({
        ...contextOf(certificate.current()),
        ALPNProtocols: [...protocols],
        handshakeTimeout: (options.handshakeSeconds ?? 5) * 1000,
        requestCert: clientAuthorities !== undefined,
        // Who shows no certificate, or one of somebody else, is a client like any other.
        rejectUnauthorized: false,
      })
    } catch (error) {
      throw new DnsError('key-invalid', `the certificate cannot be used: ${networkReason(error)}`, { cause: error })
    }
    this.#server.on('secureConnection', (socket) => {
      this.#handshakes.delete(endsOf(socket))
      // Gone already: there is nobody to speak to.
      if (socket.remoteAddress === undefined) socket.destroy()
      else take(socket, peerOf(socket, protocol, this.#addresses.read(socket.remoteAddress)))
    })
    this.#server.on('tlsClientError', (_error, socket) => {
      this.handshakeFailures++
      socket.destroy()
    })
    this.#stopWatching = certificate.onChange((pair) => {
      try {
        this.#server.setSecureContext(contextOf(pair))
      } catch (error) {
        options.report?.(`the new certificate cannot be used: ${networkReason(error)}`)
      }
    })
  }

  /** Begins the handshake. */
  upgrade(socket: Socket, address: Uint8Array): void {
    const ends = endsOf(socket)
    const handshake = { socket, address, since: monotonicMilliseconds() }
    this.#handshakes.set(ends, handshake)
    socket.once('close', () => {
      if (this.#handshakes.get(ends) === handshake) this.#handshakes.delete(ends)
    })
    this.#server.emit('connection', socket)
  }

  /** The oldest handshake that is not complete, of those from these addresses. */
  readonly findIdle: FindIdle = (isFrom) => {
    // In the order in which they began.
    for (const { socket, address, since } of this.#handshakes.values()) {
      if (!socket.destroyed && isFrom(address)) return { idleSince: since, evict: () => socket.destroy() }
    }
    return undefined
  }

  /** Hears of no more certificates. */
  stop(): void {
    this.#stopWatching()
  }
}

/** The same for a socket and for TLS on it. */
function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`
}

function peerOf(socket: TLSSocket, protocol: Protocol, address: Uint8Array): Peer {
  const tlsVersion = socket.getProtocol()
  const { alpnProtocol } = socket
  const names = socket.authorized ? certificateNames(socket.getPeerX509Certificate()?.subjectAltName) : undefined
  return {
    protocol,
    address,
    port: socket.remotePort ?? 0,
    ...localEnd(socket),
    ...(names === undefined ? {} : { certificateNames: names }),
    ...(tlsVersion === null ? {} : { tlsVersion }),
    ...(typeof alpnProtocol === 'string' ? { applicationProtocol: alpnProtocol } : {}),
  }
}

/**
 * The DNS names, in lower case, and the IP addresses of Node's text of subject alternative names. A name with characters that
 * could be taken for the next entry comes in quotes there, and is left out.
 */
export function certificateNames(text: string | undefined): string[] {
  const names: string[] = []
  const unquoted = (text ?? '').replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
  for (const entry of unquoted.split(', ')) {
    const name = /^(?:DNS|IP Address):([A-Za-z0-9_.:*-]+)$/.exec(entry)?.[1]
    if (name !== undefined) names.push(name.toLowerCase())
  }
  return names
}
