/**
 * Reads what the network told of a datagram that was sent: recvmsg(2) with MSG_ERRQUEUE gives the address that it was sent to, the
 * octets that came back with the ICMP message, and beside them a struct sock_extended_err.
 */
import type { NativeSockets } from '../native.ts'
import { CONTROL_SIZE, MESSAGE_HEADER_SIZE } from '../udp-batched.ts'

const MSG_ERRQUEUE = 0x2000
const MSG_DONTWAIT = 0x40
const NAME_SIZE = 28
/** Level and type of what stands beside: of IPv4, of IPv6. */
const IPPROTO_IP = 0
const IP_RECVERR = 11
const IPPROTO_IPV6 = 41
const IPV6_RECVERR = 25
/** Who says so: an ICMP message of either kind. What this machine says itself, the sending call has said. */
const ORIGIN_ICMP = 2
const ORIGIN_ICMP6 = 3

export class RefusalReader {
  /** Of the last refusal. */
  errno = 0
  readonly #native: NativeSockets
  readonly #header = new Uint8Array(MESSAGE_HEADER_SIZE)
  readonly #headerView = new DataView(this.#header.buffer)
  readonly #vector = new Uint8Array(16)
  readonly #vectorView = new DataView(this.#vector.buffer)
  readonly #control = new Uint8Array(CONTROL_SIZE * 4)
  readonly #controlView = new DataView(this.#control.buffer)

  constructor(native: NativeSockets) {
    this.#native = native
  }

  /** Reads one: octets into `packet`, the address into `name`. Returns how many octets came back, -1 when there is no refusal. */
  read(fd: number, packet: Uint8Array, name: Uint8Array): number {
    const { addressOf } = this.#native
    const header = this.#headerView
    this.#vectorView.setBigUint64(0, addressOf(packet), true)
    this.#vectorView.setBigUint64(8, BigInt(packet.length), true)
    header.setBigUint64(0, addressOf(name), true)
    header.setUint32(8, NAME_SIZE, true)
    header.setBigUint64(16, addressOf(this.#vector), true)
    header.setBigUint64(24, 1n, true)
    header.setBigUint64(32, addressOf(this.#control), true)
    header.setBigUint64(40, BigInt(this.#control.length), true)
    if (this.#native.recvmmsg(fd, this.#header, 1, MSG_ERRQUEUE | MSG_DONTWAIT, null) !== 1) return -1
    const length = header.getUint32(56, true)
    return this.#readError(header.getUint32(40, true)) && length <= packet.length ? length : -1
  }

  /** Finds the error in what stands beside: a length, level and type, then errno and origin. */
  #readError(size: number): boolean {
    const view = this.#controlView
    if (size < 16 + 5) return false
    const level = view.getInt32(8, true)
    const type = view.getInt32(12, true)
    const isError = (level === IPPROTO_IP && type === IP_RECVERR) || (level === IPPROTO_IPV6 && type === IPV6_RECVERR)
    const origin = view.getUint8(20)
    this.errno = view.getUint32(16, true)
    return isError && (origin === ORIGIN_ICMP || origin === ORIGIN_ICMP6)
  }
}
