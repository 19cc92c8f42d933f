/**
 * Connections to servers, TCP or TLS, used again for the next query (RFC 7766 §6.2.1, RFC 7858 §3.4): a query goes to the connection
 * with the least on its way; a further one is opened when that has much. Connections that are idle are closed after some seconds,
 * or when others need their place.
 */
import { connect, type Socket } from 'node:net'
import type { Endpoint } from '../../ports/index.ts'
import { formatAddress } from '../addresses.ts'
import type { UpstreamCounters } from './counters.ts'
import type { RandomDraws } from './random-draws.ts'
import { StreamChannel, type StreamQuery } from './stream-channel.ts'
import type { TimerWheel } from './timer-wheel.ts'
import { endpointKey, TlsClient } from './tls-client.ts'

export type ConnectionSettings = {
  /** How long a connection is kept that nobody uses. */
  readonly idleSeconds: number
  /** Connections to all servers, of each of TCP, TLS and HTTPS. */
  readonly maxConnections: number
  readonly maxConnectionsPerServer: number
  /** Queries on their way over one connection, from which on another is opened. */
  readonly pipelined: number
  readonly source4?: Uint8Array
  readonly source6?: Uint8Array
}

export const DEFAULT_CONNECTION_SETTINGS: ConnectionSettings = {
  idleSeconds: 10,
  maxConnections: 256,
  maxConnectionsPerServer: 4,
  pipelined: 64,
}

/** Most queries on one connection, when no other can be opened. */
const MOST_PIPELINED = 4096
/** Servers whose tickets are remembered. */
const MOST_SERVERS = 1024

type Tools = { readonly wheel: TimerWheel; readonly draws: RandomDraws; readonly counters: UpstreamCounters }

type Server = { readonly key: string; readonly channels: Set<StreamChannel>; readonly tls: TlsClient | undefined }

export class StreamServers {
  /** Connections that are open. */
  open = 0
  readonly #protocol: 'tcp' | 'tls'
  readonly #settings: ConnectionSettings
  readonly #tools: Tools
  readonly #servers = new Map<string, Server>()
  #closed = false

  constructor(protocol: 'tcp' | 'tls', settings: ConnectionSettings, tools: Tools) {
    this.#protocol = protocol
    this.#settings = settings
    this.#tools = tools
  }

  /** Sends a query, or says later that it could not. The caller keeps the time. */
  ask(endpoint: Endpoint, query: StreamQuery): void {
    const server = this.#serverOf(endpoint)
    const channel = this.#channelFor(endpoint, server)
    if (channel !== undefined) channel.send(query)
    else setImmediate(() => end(query, 'too many connections, and all of them busy'))
  }

  close(reason: string): void {
    this.#closed = true
    for (const { channels } of this.#servers.values()) for (const channel of [...channels]) channel.close(reason)
    this.#servers.clear()
  }

  #serverOf(endpoint: Endpoint): Server {
    const key = endpointKey(endpoint)
    const known = this.#servers.get(key)
    if (known !== undefined) return known
    if (this.#servers.size >= MOST_SERVERS) this.#forgetServers()
    const tls = this.#protocol === 'tls' ? new TlsClient(endpoint, ['dot'], this.#tools.counters) : undefined
    const server: Server = { key, channels: new Set(), tls }
    this.#servers.set(key, server)
    return server
  }

  /** Lets go of servers without connections. */
  #forgetServers(): void {
    for (const [key, { channels }] of this.#servers) if (channels.size === 0) this.#servers.delete(key)
  }

  #channelFor(endpoint: Endpoint, server: Server): StreamChannel | undefined {
    const { pipelined, maxConnectionsPerServer, maxConnections } = this.#settings
    let best: StreamChannel | undefined
    for (const channel of server.channels) {
      if (channel.isOpen && (best === undefined || channel.outstanding < best.outstanding)) best = channel
    }
    if (best !== undefined && best.outstanding < pipelined) return best
    const mayOpen = server.channels.size < maxConnectionsPerServer
    if (mayOpen && (this.open < maxConnections || this.#closeIdle())) return this.#open(endpoint, server)
    return best !== undefined && best.outstanding < MOST_PIPELINED ? best : undefined
  }

  #closeIdle(): boolean {
    for (const { channels } of this.#servers.values()) {
      for (const channel of channels) {
        if (channel.outstanding > 0) continue
        channel.close('others need its place')
        return true
      }
    }
    return false
  }

  #open(endpoint: Endpoint, server: Server): StreamChannel {
    const source = endpoint.address.length === 4 ? this.#settings.source4 : this.#settings.source6
    const socket = server.tls?.connect(source) ?? openTcp(endpoint, source)
    const channel = new StreamChannel(
      socket,
      {
        onClose: (closed, unanswered, reason, reused) => {
          server.channels.delete(closed)
          this.open--
          for (const query of unanswered) this.#onUnanswered(endpoint, query, reason, reused)
        },
      },
      this.#tools,
      this.#settings.idleSeconds * 1000,
    )
    server.channels.add(channel)
    this.open++
    return channel
  }

  /** A server may close a connection at any time; what was on its way is asked once more on another (RFC 7766 §6.2.4). */
  #onUnanswered(endpoint: Endpoint, query: StreamQuery, reason: string, reused: boolean): void {
    query.at = undefined
    if (this.#closed || !reused || query.retried) {
      setImmediate(() => end(query, reason))
      return
    }
    query.retried = true
    this.ask(endpoint, query)
  }
}

/** The query fails, unless its time went by meanwhile. */
function end(query: StreamQuery, text: string): void {
  if (query.waiting.call === undefined) return
  query.waiting.call = undefined
  query.done({ kind: 'failed', text })
}

function openTcp(endpoint: Endpoint, source: Uint8Array | undefined): Socket {
  return connect({
    host: formatAddress(endpoint.address),
    port: endpoint.port,
    noDelay: true,
    ...(source === undefined ? {} : { localAddress: formatAddress(source) }),
  })
}
