/** Waiting for packets on several sockets (poll), as a worker does that listens on more than one address. */
import type { NativeSockets } from './native.ts'
import { type UdpSocket, WAIT_MILLISECONDS } from './udp-socket.ts'

const POLLIN = 1
const POLLFD = 8

/** Waits for packets on several sockets in turn. With one socket the receiving call itself waits. */
export class SocketWaiter {
  readonly #native: NativeSockets
  readonly #fds: Uint8Array
  readonly #count: number
  #at = 0
  readonly mayBlock: boolean

  constructor(native: NativeSockets, sockets: readonly UdpSocket[]) {
    this.#native = native
    this.#count = sockets.length
    this.mayBlock = sockets.length === 1
    this.#fds = new Uint8Array(sockets.length * POLLFD)
    const view = new DataView(this.#fds.buffer)
    sockets.forEach(({ fd }, i) => {
      view.setInt32(i * POLLFD, fd, true)
      view.setInt16(i * POLLFD + 4, POLLIN, true)
    })
  }

  /** The first socket to be read, -1 when nothing came in time. */
  next(): number {
    if (this.mayBlock) {
      this.#at = 1
      return 0
    }
    this.#at = 0
    return this.#native.poll(this.#fds, this.#count, WAIT_MILLISECONDS) > 0 ? this.nextReady() : -1
  }

  /** The next socket of the same round, -1 after the last. */
  nextReady(): number {
    while (this.#at < this.#count) {
      const i = this.#at++
      if ((this.#fds[i * POLLFD + 6]! & POLLIN) !== 0) return i
    }
    return -1
  }
}
