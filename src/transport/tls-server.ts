/** DNS over TLS (RFC 7858), which is also what transfers go over (RFC 9103): connections as over TCP, with a handshake before. */
import type { Service } from '../ports/index.ts'
import {
  Acceptor,
  type ClientLimits,
  DEFAULT_CLIENT_LIMITS,
  type ListenOptions,
  longerIdle,
  type Patience,
} from './acceptor.ts'
import type { SocketAddress } from './addresses.ts'
import { StreamClients, type StreamCounters } from './stream-clients.ts'
import { DEFAULT_STREAM_LIMITS, type StreamLimits } from './stream-limits.ts'
import { TlsAcceptor, type TlsOptions } from './tls-acceptor.ts'

export type TlsServerOptions = TlsOptions & Partial<StreamLimits & ClientLimits>
export type TlsServerCounters = StreamCounters & Acceptor['counters'] & { handshakeFailures: number }

export class TlsServer {
  readonly #clients: StreamClients
  readonly #tls: TlsAcceptor
  readonly #acceptor: Acceptor

  /** The peer that `service` sees has the version of TLS and, when it verifies, the names of the client's certificate. */
  constructor(service: Service, options: TlsServerOptions) {
    const patience: Patience = (leaving) => this.#acceptor.patience(leaving)
    this.#clients = new StreamClients(service, { ...DEFAULT_STREAM_LIMITS, ...options }, patience)
    this.#tls = new TlsAcceptor(options, 'tls', ['dot'], (socket, peer) => this.#clients.add(socket, peer))
    this.#acceptor = new Acceptor(
      { ...DEFAULT_CLIENT_LIMITS, ...options },
      (socket, address) => this.#tls.upgrade(socket, address),
      (isFrom) => longerIdle(this.#tls.findIdle(isFrom), this.#clients.findIdle(isFrom)),
    )
  }

  /** The limits of connections. They may be changed at any time, and count at once for those that are open. */
  get limits(): StreamLimits {
    return this.#clients.limits
  }

  get clientLimits(): ClientLimits {
    return this.#acceptor.limits
  }

  get counters(): TlsServerCounters {
    const { handshakeFailures } = this.#tls
    return { ...this.#clients.counters, ...this.#acceptor.counters, handshakeFailures }
  }

  /** Listens on all of the addresses or none; returns them with their ports. Throws DnsError `listen-failed`. */
  listen(addresses: readonly SocketAddress[], options?: ListenOptions): Promise<SocketAddress[]> {
    return this.#acceptor.listen(addresses, options)
  }

  /** Stops listening, answers what is open within `graceSeconds`, closes. */
  close(graceSeconds = 2): Promise<void> {
    this.#acceptor.stop()
    this.#tls.stop()
    return this.#clients.close(graceSeconds)
  }
}
