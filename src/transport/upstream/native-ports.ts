/**
 * A pool of sockets through libc. Sending is one call, receiving one call for each datagram and one for up to 64 sockets.
 *
 * A datagram that the network refuses (nothing listens there, no way) comes back to the socket that it left from, with its own
 * octets (IP_RECVERR): so the query that it was learns of it, and no other. A refusal that is forged must know the ID.
 */
import type { NativeSockets } from '../native.ts'
import { AF_INET, AF_INET6, socketName } from '../socket-name.ts'
import { EPOLLERR, type NativePoller } from './native-poller.ts'
import {
  type DatagramSource,
  fewerPorts,
  LEAST_USES,
  PORT_TRIES,
  type PortListener,
  type PortPool,
  type PortSettings,
  SHARE_KEPT,
  type Target,
} from './port-pool.ts'
import type { RandomDraws } from './random-draws.ts'
import { RefusalReader } from './refusal-reader.ts'
import { systemReason } from './system-errors.ts'

const SOCK_DGRAM_CLOEXEC_NONBLOCK = 2 | 0o2000000 | 0o4000
const SOL_SOCKET = 1
const SO_RCVBUF = 8
const IPPROTO_IP = 0
const IP_MTU_DISCOVER = 10
const IP_RECVERR = 11
const IPPROTO_IPV6 = 41
const IPV6_MTU_DISCOVER = 23
const IPV6_RECVERR = 25
const IPV6_V6ONLY = 26
const PMTUDISC_OMIT = 5
const MSG_DONTWAIT = 0x40
const MSG_TRUNC = 0x20
const EADDRINUSE = 98
const EMFILE = 24
const ENFILE = 23
const EACCES = 13
const EAGAIN = 11

/** What the kernel keeps for one socket that nobody reads: a few answers, and not much of a flood over the whole pool. */
const RECEIVE_BUFFER = 32 * 1024
/** Longer answers are passed over: nobody asked for them. */
const PACKET_SIZE = 4096
const NAME_SIZE = 28

export class NativePorts implements PortPool, DatagramSource {
  open = 0
  readonly #native: NativeSockets
  readonly #poller: NativePoller
  readonly #pool: number
  readonly #settings: PortSettings
  readonly #isIpv6: boolean
  readonly #listener: PortListener
  readonly #draws: RandomDraws
  readonly #ports: Uint16Array
  readonly #fds: Int32Array
  /** How often each may still be drawn. */
  readonly #uses: Uint16Array
  /** Counts the sockets that a slot has had: what is told of an earlier one is not this one's. */
  readonly #generations: Uint32Array
  readonly #source: Uint8Array
  #size: number
  readonly #packet = new Uint8Array(PACKET_SIZE)
  readonly #out = new Uint8Array(PACKET_SIZE)
  readonly #name = new Uint8Array(NAME_SIZE)
  readonly #nameLength = new Uint8Array(4)
  readonly #refusals: RefusalReader

  /** `ports`: what is drawn from (`drawablePorts`). */
  constructor(
    native: NativeSockets,
    poller: NativePoller,
    isIpv6: boolean,
    settings: PortSettings,
    ports: Uint16Array,
    draws: RandomDraws,
    listener: PortListener,
  ) {
    this.#native = native
    this.#poller = poller
    this.#isIpv6 = isIpv6
    this.#settings = settings
    this.#draws = draws
    this.#listener = listener
    this.#ports = ports
    this.#size = settings.poolSize
    this.#fds = new Int32Array(this.#size).fill(-1)
    this.#uses = new Uint16Array(this.#size)
    this.#generations = new Uint32Array(this.#size)
    this.#source = socketName((isIpv6 ? settings.source6 : settings.source4) ?? new Uint8Array(isIpv6 ? 16 : 4), 0)
    this.#refusals = new RefusalReader(native)
    this.#pool = poller.register({
      onEvent: (slot, generation, flags) => this.#onEvent(slot, generation, flags),
      isWaiting: () => listener.outstanding > 0,
    })
  }

  draw(): number {
    if (this.#size === 0) return -1
    const slot = this.#draws.below(this.#size)
    const uses = this.#uses[slot]!
    if (uses > 0) {
      this.#uses[slot] = uses - 1
      return slot
    }
    return this.#renew(slot)
  }

  send(slot: number, octets: Uint8Array, target: Target): string | undefined {
    const { name } = target
    const fd = this.#fds[slot] ?? -1
    const size = octets.length
    let out = octets
    if (size <= PACKET_SIZE) {
      // Handing a small array of its own to a native call costs more than this copy: it would be moved out of the heap.
      out = this.#out
      for (let i = 0; i < size; i++) out[i] = octets[i]!
    }
    // The second try: an error that was told of an earlier datagram is told once, instead of sending.
    let sent = 0
    for (let tries = 0; tries < 2; tries++) {
      sent = this.#native.sendto(fd, out, size, MSG_DONTWAIT, name, name.length)
      if (sent < 0) continue
      this.#poller.watch()
      return undefined
    }
    // The system's queue is full: as if it were lost on the way.
    return sent === -EAGAIN ? undefined : systemReason(-sent)
  }

  close(): void {
    this.#size = 0
    for (let slot = 0; slot < this.#fds.length; slot++) this.#closeSocket(slot)
  }

  isFrom(target: Target): boolean {
    const name = this.#name
    const expected = target.name
    // Port, and for IPv6 the flow label that says nothing, then the address.
    if (name[2] !== expected[2] || name[3] !== expected[3]) return false
    for (let i = this.#isIpv6 ? 8 : 4, end = this.#isIpv6 ? 24 : 8; i < end; i++) {
      if (name[i] !== expected[i]) return false
    }
    return true
  }

  #onEvent(slot: number, generation: number, flags: number): void {
    const fd = this.#fds[slot] ?? -1
    if (fd < 0 || this.#generations[slot] !== generation) return
    if ((flags & EPOLLERR) !== 0) this.#readRefusals(slot, fd)
    this.#nameLength[0] = NAME_SIZE
    const flagsIn = MSG_DONTWAIT | MSG_TRUNC
    const length = this.#native.recvfrom(fd, this.#packet, PACKET_SIZE, flagsIn, this.#name, this.#nameLength)
    if (length > 0 && length <= PACKET_SIZE) this.#listener.onDatagram(slot, this.#packet, length, this)
  }

  #readRefusals(slot: number, fd: number): void {
    const length = this.#refusals.read(fd, this.#packet, this.#name)
    if (length < 0) return
    this.#listener.onRefusal(slot, this.#packet, length, this, systemReason(this.#refusals.errno))
  }

  /** A socket at a new port for a slot that nobody waits at. */
  #renew(slot: number): number {
    if (this.#fds[slot] !== -1) {
      if (this.#listener.isWaiting(slot)) return slot
      this.#closeSocket(slot)
    }
    const fd = this.#openSocket()
    if (fd < 0) return this.#shrink(-fd)
    this.#fds[slot] = fd
    this.#uses[slot] = LEAST_USES + this.#draws.below(LEAST_USES)
    const generation = (this.#generations[slot]! + 1) >>> 0
    this.#generations[slot] = generation
    this.open++
    if (this.#poller.add(this.#pool, slot, generation, fd)) return slot
    this.#closeSocket(slot)
    return -1
  }

  /** Below 0 the error. */
  #openSocket(): number {
    const native = this.#native
    const isIpv6 = this.#isIpv6
    const fd = native.socket(isIpv6 ? AF_INET6 : AF_INET, SOCK_DGRAM_CLOEXEC_NONBLOCK, 0)
    if (fd < 0) return fd
    const level = isIpv6 ? IPPROTO_IPV6 : IPPROTO_IP
    const set = (of: number, option: number, value: number): number => native.setsockopt(fd, of, option, int(value), 4)
    set(SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER)
    set(level, isIpv6 ? IPV6_RECVERR : IP_RECVERR, 1)
    // Somebody who forges path MTU messages shall not make us send fragments.
    set(level, isIpv6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, PMTUDISC_OMIT)
    if (isIpv6) set(level, IPV6_V6ONLY, 1)
    const name = this.#source
    let bound = 0
    for (let tries = 0; tries < PORT_TRIES; tries++) {
      const port = this.#ports[this.#draws.below(this.#ports.length)]!
      name[2] = port >>> 8
      name[3] = port
      bound = native.bind(fd, name, name.length)
      if (bound === 0) return fd
      if (bound !== -EADDRINUSE && bound !== -EACCES) break
    }
    native.close(fd)
    return bound
  }

  /** No more sockets are to be had: goes on with those that are open, less some for others. */
  #shrink(errno: number): number {
    if ((errno !== EMFILE && errno !== ENFILE) || this.open === 0) return -1
    // They open again, one by one, in the slots that are left; one that an answer is waited at stays where it is.
    const all = this.open
    for (let slot = 0; slot < this.#size; slot++) if (!this.#listener.isWaiting(slot)) this.#closeSocket(slot)
    const keep = Math.max(1, Math.floor((all - this.open) * SHARE_KEPT))
    this.#size = keep
    this.#settings.report?.(fewerPorts(this.#isIpv6, systemReason(errno), keep, this.#settings.poolSize))
    return this.draw()
  }

  #closeSocket(slot: number): void {
    const fd = this.#fds[slot] ?? -1
    if (fd < 0) return
    this.#native.close(fd)
    this.#fds[slot] = -1
    this.#uses[slot] = 0
    this.open--
  }
}

function int(value: number): Uint8Array {
  const octets = new Uint8Array(4)
  new DataView(octets.buffer).setInt32(0, value, true)
  return octets
}
