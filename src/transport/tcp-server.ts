/**
 * DNS over TCP (RFC 7766). What a connection does is in `stream-connection.ts`, who is let in is in `acceptor.ts`.
 *
 *   const server = new TcpServer(service, { idleSeconds: 20 })
 *   await server.listen([parseSocketAddress('127.0.0.1:5300', 53)])
 *   await server.close(5)
 */
import type { Service } from '../ports/index.ts'
import {
  Acceptor,
  type ClientLimits,
  DEFAULT_CLIENT_LIMITS,
  type ListenOptions,
  localEnd,
  type Patience,
} from './acceptor.ts'
import type { SocketAddress } from './addresses.ts'
import { StreamClients, type StreamCounters } from './stream-clients.ts'
import { DEFAULT_STREAM_LIMITS, type StreamLimits } from './stream-limits.ts'

export type TcpServerOptions = Partial<StreamLimits & ClientLimits>
export type TcpServerCounters = StreamCounters & Acceptor['counters']

export class TcpServer {
  readonly #clients: StreamClients
  readonly #acceptor: Acceptor

  /** `service` may give a synchronous answer in a buffer that it uses again; see `stream-connection.ts`. */
  constructor(service: Service, options: TcpServerOptions = {}) {
    const patience: Patience = (leaving) => this.#acceptor.patience(leaving)
    this.#clients = new StreamClients(service, { ...DEFAULT_STREAM_LIMITS, ...options }, patience)
    this.#acceptor = new Acceptor(
      { ...DEFAULT_CLIENT_LIMITS, ...options },
      (socket, address) =>
        this.#clients.add(socket, { protocol: 'tcp', address, port: socket.remotePort ?? 0, ...localEnd(socket) }),
      this.#clients.findIdle,
    )
  }

  /** The limits of connections. They may be changed at any time, and count at once for those that are open. */
  get limits(): StreamLimits {
    return this.#clients.limits
  }

  /** How many may connect; may be changed at any time. */
  get clientLimits(): ClientLimits {
    return this.#acceptor.limits
  }

  get counters(): TcpServerCounters {
    return { ...this.#clients.counters, ...this.#acceptor.counters }
  }

  /** Listens on all of the addresses or none; returns them with their ports. Throws DnsError `listen-failed`. */
  listen(addresses: readonly SocketAddress[], options?: ListenOptions): Promise<SocketAddress[]> {
    return this.#acceptor.listen(addresses, options)
  }

  /** Stops listening, answers what is open within `graceSeconds`, closes. */
  close(graceSeconds = 2): Promise<void> {
    this.#acceptor.stop()
    return this.#clients.close(graceSeconds)
  }
}
