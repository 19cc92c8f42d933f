/**
 * UDP by Node's own sockets: where the batched path has no native library to stand on. The same answerer serves both.
 *
 * An answer must leave from the address that was asked. A socket at a wildcard address cannot tell which that was, so 0.0.0.0 and
 * :: stand for a socket at each address that this machine has; interfaces that come and go are looked for now and then. Addresses
 * that no interface lists (most of 127.0.0.0/8) are therefore answered only when they are named.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import type { Peer, Service } from '../ports/index.ts'
import { AddressReader, formatAddress, isWildcardAddress, parseAddress, type SocketAddress } from './addresses.ts'
import { networkError } from './network-error.ts'

/**
 * Answers `packet[0, length)` at once: with octets that are copied before the next call, with silence, or with 'later': then the
 * `later` service of the server gets the packet.
 */
export type UdpAnswerer = (
  packet: Uint8Array,
  length: number,
  peer: Peer,
) => { readonly octets: Uint8Array; readonly length: number } | 'later' | undefined

export type PlainUdpOptions = {
  /** What answers later. An answer of many messages is none over UDP. */
  readonly later?: Service
  /** Several processes or threads bind the same port, and the system spreads packets over them. */
  readonly reusePort?: boolean
  /** Octets that the system keeps for packets not read or sent yet; it may give less. */
  readonly receiveBufferOctets?: number
  readonly sendBufferOctets?: number
  /** How often the addresses behind a wildcard are looked up; 60 unless told. */
  readonly interfacesSeconds?: number
  /** Hears of addresses that a wildcard gained or lost, and of those that could not be bound. */
  readonly report?: (text: string) => void
}

export type UdpCounters = { received: number; sent: number; sendErrors: number }

/** `named`: asked for by its address, not by a wildcard. */
type OpenSocket = { readonly socket: Socket; readonly named: boolean; readonly bound: SocketAddress }

export class PlainUdpServer {
  readonly counters: UdpCounters = { received: 0, sent: 0, sendErrors: 0 }
  readonly #answer: UdpAnswerer
  readonly #options: PlainUdpOptions
  /** By host and port. */
  readonly #sockets = new Map<string, OpenSocket>()
  readonly #addresses = new AddressReader()
  #wildcards: SocketAddress[] = []
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(answer: UdpAnswerer, options: PlainUdpOptions = {}) {
    this.#answer = answer
    this.#options = options
  }

  /**
   * Listens on all of the addresses or none; returns them with their ports, a wildcard as what it stands for now. Throws DnsError
   * `listen-failed`. Port 0 of a wildcard is one port for all of its addresses.
   */
  async listen(addresses: readonly SocketAddress[]): Promise<SocketAddress[]> {
    const opened: OpenSocket[] = []
    const wildcards: SocketAddress[] = []
    const before = new Set(this.#sockets.keys())
    try {
      for (const { address, port } of addresses) {
        if (isWildcardAddress(address)) {
          const found = await this.#openAll(address, port)
          opened.push(...found)
          wildcards.push({ address, port: found[0]?.bound.port ?? port })
        } else opened.push(await this.#open(formatAddress(address), { address, port }, true))
      }
    } catch (error) {
      for (const [key, { socket }] of this.#sockets) {
        if (before.has(key)) continue
        socket.close()
        this.#sockets.delete(key)
      }
      throw error
    }
    this.#wildcards.push(...wildcards)
    this.#watchInterfaces()
    return opened.map(({ bound }) => bound)
  }

  /** The server answers no more. */
  close(): void {
    this.#closed = true
    clearInterval(this.#timer)
    for (const { socket } of this.#sockets.values()) socket.close()
    this.#sockets.clear()
  }

  /** A socket at each address of this machine; an address that is not ready yet is taken up by `followInterfaces`. */
  async #openAll(wildcard: Uint8Array, port: number): Promise<OpenSocket[]> {
    const opened: OpenSocket[] = []
    for (const host of localAddresses(wildcard.length)) {
      const at = { address: parseAddress(host) ?? wildcard, port: opened[0]?.bound.port ?? port }
      try {
        opened.push(await this.#open(host, at, false))
      } catch (error) {
        if (!isNotReady(error)) throw error
        this.#options.report?.(error.message)
      }
    }
    if (opened.length > 0) return opened
    throw networkError('listen-failed', { address: wildcard, port }, 'this machine has no such kind of address')
  }

  /** `host` is the address as the system takes it, with the zone of a link-local one. */
  #open(host: string, at: SocketAddress, named: boolean): Promise<OpenSocket> {
    const { receiveBufferOctets, sendBufferOctets, reusePort = false } = this.#options
    const family = at.address.length === 4 ? 4 : 6
    const socket = createSocket({
      type: family === 4 ? 'udp4' : 'udp6',
      ipv6Only: family === 6,
      reusePort,
      // Only addresses come here, and they need no looking up.
      lookup: (address, _options, callback) => callback(null, address, family),
    })
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        socket.close()
        reject(networkError('listen-failed', at, error))
      }
      socket.once('error', fail)
      socket.bind({ address: host, port: at.port, exclusive: true }, () => {
        if (this.#closed) {
          fail('closed meanwhile')
          return
        }
        socket.off('error', fail)
        // Errors of single packets, such as a peer that is gone.
        socket.on('error', () => {
          this.counters.sendErrors++
        })
        if (receiveBufferOctets !== undefined) socket.setRecvBufferSize(receiveBufferOctets)
        if (sendBufferOctets !== undefined) socket.setSendBufferSize(sendBufferOctets)
        const open = { socket, named, bound: { address: at.address, port: socket.address().port } }
        socket.on('message', (packet, from) => this.#onPacket(socket, packet, from))
        this.#sockets.set(keyOf(host, open.bound.port), open)
        resolve(open)
      })
    })
  }

  #onPacket(socket: Socket, packet: Buffer, from: RemoteInfo): void {
    this.counters.received++
    const peer: Peer = { protocol: 'udp', address: this.#addresses.read(from.address), port: from.port }
    const answer = this.#answer(packet, packet.length, peer)
    if (answer === undefined) return
    if (answer !== 'later') {
      // Node sends when the system lets it; the answerer's buffer is another answer's by then.
      this.#send(socket, Buffer.from(answer.octets.subarray(0, answer.length)), from)
      return
    }
    const { later } = this.#options
    if (later !== undefined) void this.#answerLater(later, socket, packet, peer, from)
  }

  async #answerLater(later: Service, socket: Socket, packet: Buffer, peer: Peer, from: RemoteInfo): Promise<void> {
    try {
      const answer = await later(packet, peer)
      if (answer instanceof Uint8Array) this.#send(socket, Buffer.from(answer), from)
    } catch {
      // A service that breaks its word costs its own answer.
    }
  }

  #send(socket: Socket, octets: Buffer, to: RemoteInfo): void {
    if (this.#closed || to.port === 0) return
    try {
      socket.send(octets, to.port, to.address, this.#onSent)
    } catch {
      this.counters.sendErrors++ // closed meanwhile, with its interface
    }
  }

  readonly #onSent = (error: Error | null): void => {
    if (error === null) this.counters.sent++
    else this.counters.sendErrors++
  }

  #watchInterfaces(): void {
    if (this.#wildcards.length === 0 || this.#timer !== undefined) return
    this.#timer = setInterval(() => void this.followInterfaces(), (this.#options.interfacesSeconds ?? 60) * 1000)
    this.#timer.unref()
  }

  /** Binds addresses that a wildcard has gained, and lets those go that are gone. Happens now and then by itself. */
  async followInterfaces(): Promise<void> {
    const { report } = this.#options
    for (const { address, port } of this.#wildcards) {
      const hosts = localAddresses(address.length)
      for (const host of hosts) {
        if (this.#closed || this.#sockets.has(keyOf(host, port))) continue
        try {
          await this.#open(host, { address: parseAddress(host) ?? address, port }, false)
          report?.(`${host} port ${port}: listening at an address that is new`)
        } catch (error) {
          report?.(String(error))
        }
      }
      const present = new Set(hosts.map((host) => keyOf(host, port)))
      for (const [key, { socket, named, bound }] of this.#sockets) {
        if (named || bound.port !== port || bound.address.length !== address.length || present.has(key)) continue
        socket.close()
        this.#sockets.delete(key)
        report?.(`${formatAddress(bound.address)} port ${port}: no longer an address of this machine`)
      }
    }
  }
}

function keyOf(host: string, port: number): string {
  return `${host} ${port}`
}

/** An address that was given to an interface a moment ago may be listed and not be there for use. */
function isNotReady(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const { cause } = error
  return cause instanceof Error && 'code' in cause && cause.code === 'EADDRNOTAVAIL'
}

/** The addresses of this machine with so many octets, as the system takes them. */
function localAddresses(octets: number): string[] {
  const hosts: string[] = []
  for (const entries of Object.values(networkInterfaces())) {
    for (const entry of entries ?? []) {
      if ((entry.family === 'IPv4') !== (octets === 4)) continue
      hosts.push(entry.family === 'IPv6' && entry.scopeid > 0 ? `${entry.address}%${entry.scopeid}` : entry.address)
    }
  }
  return [...new Set(hosts)]
}
