/**
 * Answers that come later: sent on a worker's socket by the control thread, from the address that the packet came to.
 */
import type { NativeSockets } from './native.ts'
import { CONTROL_SIZE, MESSAGE_HEADER_SIZE, NAME_SIZE, turnControl } from './udp-batched.ts'
import type { UdpSocket } from './udp-socket.ts'

export class UdpReply {
  readonly #native: NativeSockets
  readonly #name = new Uint8Array(NAME_SIZE)
  readonly #control = new Uint8Array(CONTROL_SIZE)
  readonly #payload = new Uint8Array(65535)
  readonly #vector = new Uint8Array(16)
  readonly #header = new Uint8Array(MESSAGE_HEADER_SIZE)
  readonly #headerView = new DataView(this.#header.buffer)

  constructor(native: NativeSockets) {
    this.#native = native
    const vector = new DataView(this.#vector.buffer)
    vector.setBigUint64(0, native.addressOf(this.#payload), true)
    this.#headerView.setBigUint64(0, native.addressOf(this.#name), true)
    this.#headerView.setBigUint64(16, native.addressOf(this.#vector), true)
    this.#headerView.setBigUint64(24, 1n, true)
    this.#headerView.setBigUint64(32, native.addressOf(this.#control), true)
  }

  /** Sends `message` along a return path (`DatagramBatch.returnPath`). Returns whether the system took it. */
  send(socket: UdpSocket, path: { name: Uint8Array; control: Uint8Array }, message: Uint8Array): boolean {
    this.#name.set(path.name)
    this.#control.set(path.control)
    this.#payload.set(message)
    if (path.control.length > 0) turnControl(this.#control, 0, socket.isIpv6)
    this.#headerView.setUint32(8, path.name.length, true)
    this.#headerView.setBigUint64(40, BigInt(path.control.length), true)
    new DataView(this.#vector.buffer).setBigUint64(8, BigInt(message.length), true)
    return this.#native.sendmmsg(socket.fd, this.#header, 1, 0) === 1
  }
}
