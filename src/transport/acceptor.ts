/**
 * Listens on any number of addresses and lets connections in, as long as there are not too many: in all, and from one prefix
 * (an address for IPv4, a /56 for IPv6, of which one customer has as many addresses as he likes). What is let in is counted
 * until its socket closes. TCP, TLS and HTTPS servers each stand on one of these.
 *
 * When there are as many as may be, the one that has been idle longest makes room for the next (RFC 7766 §6.2.3, RFC 7828 §3.4).
 * Before, from half as many on, all have less time (`patience`).
 */

import { createServer, type Server, type Socket } from 'node:net'
import { monotonicMilliseconds } from '../clock/index.ts'
import { AddressReader, formatAddress, parseAddress, type SocketAddress } from './addresses.ts'
import { networkError } from './network-error.ts'

export type ClientLimits = {
  /** Most connections at a time. */
  clients: number
  /** Most connections at a time from one prefix. */
  clientsPerPrefix: number
  /** Leading bits of an address that are one client. */
  prefixLength4: number
  prefixLength6: number
}

export const DEFAULT_CLIENT_LIMITS: Readonly<ClientLimits> = {
  clients: 1000,
  clientsPerPrefix: 100,
  prefixLength4: 32,
  prefixLength6: 56,
}

/** A connection that waits for its client. */
export type IdleClient = {
  /** Since when, by `monotonicMilliseconds`. */
  readonly idleSince: number
  /** Closes it. */
  evict(): void
}

/** The connection that has waited for its client longest, of those from addresses for which `isFrom` is true. */
export type FindIdle = (isFrom: (address: Uint8Array) => boolean) => IdleClient | undefined

export type ListenOptions = {
  /** Connections that wait for being accepted; the system may take fewer. */
  backlog?: number
  /** Several processes or threads listen at the same port, and the system spreads connections over them. */
  reusePort?: boolean
}

const BACKLOG = 1024
/** A connection that has been idle for less is not closed for another: its client may just be about to ask. */
const LEAST_IDLE_MS = 250
/** From this share of the most connections on, limits of time shrink. */
const CROWDED = 0.5
/** The least share of a limit of time that is left. */
const LEAST_PATIENCE = 0.05
/** A peer that is gone without a word is found out after this. */
const KEEPALIVE_MS = 60_000

/** `Acceptor.patience`. */
export type Patience = (leaving: number) => number

export class Acceptor {
  readonly limits: ClientLimits
  /** Connections that are open now, that were let in, that were closed at once for a limit, that were closed for another's sake. */
  readonly counters: { open: number; accepted: number; refused: number; evicted: number } = {
    open: 0,
    accepted: 0,
    refused: 0,
    evicted: 0,
  }
  readonly #take: (socket: Socket, address: Uint8Array) => void
  readonly #findIdle: FindIdle
  readonly #servers: Server[] = []
  readonly #clients = new Map<string, number>()
  readonly #addresses = new AddressReader()

  /** `take` gets each socket that is let in, and its address: 4 octets or 16. */
  constructor(limits: ClientLimits, take: (socket: Socket, address: Uint8Array) => void, findIdle: FindIdle) {
    this.limits = limits
    this.#take = take
    this.#findIdle = findIdle
  }

  /**
   * The share of the limits of time that clients have now: 1 as long as there is room for as many again, then less and less.
   * `leaving`: connections that are about to close.
   */
  readonly patience = (leaving: number): number => {
    const free = 1 - (this.counters.open - leaving) / this.limits.clients
    return Math.min(1, Math.max(LEAST_PATIENCE, free / CROWDED))
  }

  /**
   * Listens on all the addresses or none, and returns them with the ports that port 0 became. Throws DnsError `listen-failed`.
   */
  async listen(addresses: readonly SocketAddress[], options: ListenOptions = {}): Promise<SocketAddress[]> {
    const bound: SocketAddress[] = []
    const started: Server[] = []
    try {
      for (const address of addresses) {
        const server = createServer({
          allowHalfOpen: true,
          noDelay: true,
          keepAlive: true,
          keepAliveInitialDelay: KEEPALIVE_MS,
        })
        server.on('connection', (socket) => this.#onConnection(socket))
        const port = await listenOne(server, address, options)
        started.push(server)
        bound.push({ address: address.address, port })
      }
    } catch (error) {
      for (const server of started) server.close()
      throw error
    }
    this.#servers.push(...started)
    return bound
  }

  /** Stops listening at once. What was let in stays. */
  stop(): void {
    for (const server of this.#servers.splice(0)) server.close()
  }

  #onConnection(socket: Socket): void {
    // A socket that was closed before it came to us has no address.
    const text = socket.remoteAddress
    if (text === undefined) {
      socket.destroy()
      return
    }
    const address = this.#addresses.read(text)
    const prefix = this.#prefixOf(address)
    const count = this.#clients.get(prefix) ?? 0
    if (!this.#makeRoom(prefix, count)) {
      this.counters.refused++
      socket.on('error', ignore)
      socket.resetAndDestroy()
      return
    }
    this.counters.open++
    this.counters.accepted++
    this.#clients.set(prefix, count + 1)
    socket.once('close', () => this.#release(prefix))
    this.#take(socket, address)
  }

  /** Whether one more may be let in from a prefix that has so many; an idle one is closed for it. */
  #makeRoom(prefix: string, count: number): boolean {
    const isPrefixFull = count >= this.limits.clientsPerPrefix
    if (!isPrefixFull && this.counters.open < this.limits.clients) return true
    // A prefix that has its share takes no place from others.
    const idle = this.#findIdle(isPrefixFull ? (address) => this.#prefixOf(address) === prefix : isAny)
    if (idle === undefined || monotonicMilliseconds() - idle.idleSince < LEAST_IDLE_MS) return false
    this.counters.evicted++
    idle.evict()
    return true
  }

  #release(prefix: string): void {
    this.counters.open--
    const count = this.#clients.get(prefix) ?? 0
    if (count > 1) this.#clients.set(prefix, count - 1)
    else this.#clients.delete(prefix)
  }

  #prefixOf(address: Uint8Array): string {
    const bits = address.length === 4 ? this.limits.prefixLength4 : this.limits.prefixLength6
    const prefix = address.map((octet, i) => octet & (0xff00 >>> Math.max(0, Math.min(8, bits - i * 8))))
    return formatAddress(prefix)
  }
}

/** Where the client of a connection reached us. */
export function localEnd(socket: Socket): { local?: SocketAddress } {
  const address = parseAddress(socket.localAddress ?? '')
  return address === undefined ? {} : { local: { address, port: socket.localPort ?? 0 } }
}

function listenOne(server: Server, address: SocketAddress, options: ListenOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(networkError('listen-failed', address, error)))
    server.once('listening', () => {
      server.removeAllListeners('error')
      server.on('error', ignore) // of single connections that could not be accepted
      const bound = server.address()
      resolve(typeof bound === 'object' && bound !== null ? bound.port : address.port)
    })
    server.listen({
      host: formatAddress(address.address),
      port: address.port,
      ipv6Only: true,
      backlog: options.backlog ?? BACKLOG,
      reusePort: options.reusePort ?? false,
    })
  })
}

/** The one of two that has been idle longer. */
export function longerIdle(a: IdleClient | undefined, b: IdleClient | undefined): IdleClient | undefined {
  return a === undefined || (b !== undefined && b.idleSince < a.idleSince) ? b : a
}

function isAny(): boolean {
  return true
}

function ignore(): void {}
