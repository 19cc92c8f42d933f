/**
 * Sockets at unpredictable ports (RFC 5452 §9.2), opened when they are first drawn and used for many queries, as Windows' socket
 * pool does. After some hundred uses a socket gives way to one at another port.
 *
 * Two things of this kind: `NativePorts` through libc, with one epoll for all of them, and `PlainPorts` of Node's own sockets.
 */
import { DnsError } from '../../dns/errors.ts'
import type { Endpoint } from '../../ports/index.ts'
import { formatAddress } from '../addresses.ts'
import { socketName } from '../socket-name.ts'

export type PortSettings = {
  /** Sockets for each of IPv4 and IPv6. */
  readonly poolSize: number
  /** Ports are drawn from these, both included. */
  readonly lowestPort: number
  readonly highestPort: number
  /** Ports that are left to others. */
  readonly excludedPorts: readonly { readonly from: number; readonly to: number }[]
  /** Addresses from which servers are asked; any without them. */
  readonly source4?: Uint8Array
  readonly source6?: Uint8Array
  /** Hears what an operator should know: that there are fewer sockets than there should be. */
  readonly report?: (text: string) => void
}

/** Windows' SocketPoolSize. Ports below 16384 are left to services, which have them by configuration. */
export const DEFAULT_PORT_SETTINGS: PortSettings = {
  poolSize: 2500,
  lowestPort: 16384,
  highestPort: 65535,
  excludedPorts: [],
}

/** A port is drawn so often before one that is taken is a failure. */
export const PORT_TRIES = 32
/** Uses of a socket: this many, and up to as many again. */
export const LEAST_USES = 200
/** Where the system gives no more sockets, this share of those that there are is kept, and the rest left to others. */
export const SHARE_KEPT = 0.875

/** A server's address, as each kind of socket wants it. */
export class Target {
  readonly endpoint: Endpoint
  /** struct sockaddr_in or sockaddr_in6. */
  readonly name: Uint8Array
  #host: string | undefined

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint
    this.name = socketName(endpoint.address, endpoint.port)
  }

  /** The address as text. */
  get host(): string {
    this.#host ??= formatAddress(this.endpoint.address)
    return this.#host
  }
}

/** What a pool tells of its sockets. Slots are numbers below `poolSize`. */
export type PortListener = {
  /** A datagram; the octets are good until this returns. */
  onDatagram(slot: number, octets: Uint8Array, length: number, from: DatagramSource): void
  /** The network refuses a datagram that was sent, of which `octets[0, length)` came back. */
  onRefusal(slot: number, octets: Uint8Array, length: number, from: DatagramSource, reason: string): void
  /** Queries that wait for answers, at all slots. */
  readonly outstanding: number
  /** Whether answers are waited for at this slot: then it keeps its socket. */
  isWaiting(slot: number): boolean
}

export type DatagramSource = { isFrom(target: Target): boolean }

export type PortPool = {
  /** Sockets that are open. */
  readonly open: number
  /** A slot at random, its socket open; -1 when none could be opened. */
  draw(): number
  /** Sends a copy of the octets. Returns why it could not, or undefined. */
  send(slot: number, octets: Uint8Array, target: Target): string | undefined
  close(): void
}

/** Ports that may be drawn. Throws DnsError `configuration-invalid` when there are fewer than twice the sockets. */
export function drawablePorts({ lowestPort, highestPort, excludedPorts, poolSize }: PortSettings): Uint16Array {
  const ports: number[] = []
  for (let port = Math.max(lowestPort, 1); port <= Math.min(highestPort, 65535); port++) {
    if (!excludedPorts.some(({ from, to }) => port >= from && port <= to)) ports.push(port)
  }
  const fault = (text: string): DnsError => new DnsError('configuration-invalid', text)
  if (!Number.isSafeInteger(poolSize) || poolSize < 1) throw fault(`a pool has 1 socket or more, not ${poolSize}`)
  if (ports.length < 2 * poolSize)
    throw fault(`a pool of ${poolSize} sockets needs ${2 * poolSize} ports to draw from; there are ${ports.length}`)
  return Uint16Array.from(ports)
}

/** What an operator hears when the system gives too few sockets. */
export function fewerPorts(isIpv6: boolean, reason: string, ports: number, wanted: number): string {
  const family = isIpv6 ? 'IPv6' : 'IPv4'
  return `queries over ${family} leave from ${ports} ports instead of ${wanted}, which are easier to guess: ${reason}`
}
