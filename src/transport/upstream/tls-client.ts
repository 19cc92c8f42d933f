/**
 * TLS to a server that is asked, as strict as its endpoint says (RFC 8310 §5): with `verify`, a certificate that is not good for the name or
 * address ends the connection before a query leaves. What is costly to make is kept for each server: the context with its
 * authorities, and the ticket with which the next connection resumes.
 */
import { createHash } from 'node:crypto'
import { type ConnectionOptions, connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import type { Endpoint } from '../../ports/index.ts'
import { formatAddress } from '../addresses.ts'
import { keepCertificate } from '../certificate-failure.ts'
import { TLS_RULES } from '../tls-rules.ts'
import type { UpstreamCounters } from './counters.ts'

export class TlsClient {
  readonly #endpoint: Endpoint
  readonly #protocols: string[]
  readonly #counters: UpstreamCounters
  #context: SecureContext | undefined
  #ticket: Buffer | undefined

  constructor(endpoint: Endpoint, protocols: readonly string[], counters: UpstreamCounters) {
    this.#endpoint = endpoint
    this.#protocols = [...protocols]
    this.#counters = counters
  }

  connect(source: Uint8Array | undefined): TLSSocket {
    const { address, port, tls } = this.#endpoint
    const authorities = tls?.authorities
    this.#context ??= createSecureContext({
      ...TLS_RULES,
      minVersion: 'TLSv1.3',
      ...(authorities === undefined ? {} : { ca: authorities }),
    })
    const name = tls?.serverName?.replace(/\.$/, '')
    const options: ConnectionOptions & { localAddress?: string } = {
      host: formatAddress(address),
      port,
      secureContext: this.#context,
      ALPNProtocols: this.#protocols,
      rejectUnauthorized: tls?.verify ?? true,
      ...(name === undefined ? {} : { servername: name }),
      ...(this.#ticket === undefined ? {} : { session: this.#ticket }),
      ...(source === undefined ? {} : { localAddress: formatAddress(source) }),
    }
    const socket = connect(options)
    keepCertificate(socket)
    socket.setNoDelay(true)
    socket.on('session', (ticket) => {
      this.#ticket = ticket
    })
    socket.once('secureConnect', () => {
      if (socket.isSessionReused()) this.#counters.resumed++
    })
    // A ticket that did not work is not tried again.
    socket.on('error', () => {
      this.#ticket = undefined
    })
    return socket
  }
}

const KEYS = new WeakMap<Endpoint, string>()

/** What tells servers apart: connections are shared by those with the same key. */
export function endpointKey(endpoint: Endpoint): string {
  const known = KEYS.get(endpoint)
  if (known !== undefined) return known
  const { address, port, tls, path } = endpoint
  const authorities = tls?.authorities === undefined ? '' : createHash('sha256').update(tls.authorities).digest('hex')
  const key = JSON.stringify([formatAddress(address), port, tls?.serverName, tls?.verify, authorities, path])
  KEYS.set(endpoint, key)
  return key
}
