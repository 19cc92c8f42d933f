/**
 * Waiting for packets on several sockets (poll), as a worker does that listens on more than one address. A socket that fails is left
 * alone for a second: the call that receives from it returns at once, and a worker that tried again at once would use a whole core.
 */
import { monotonicMilliseconds } from '../clock/index.ts'
import type { NativeSockets } from './native.ts'
import { EINTR } from './udp-batched.ts'
import { type UdpSocket, WAIT_MILLISECONDS } from './udp-socket.ts'

const POLLIN = 1
const POLLFD = 8
/** Errors in a row after which a socket is left alone: a single one may be about a packet. */
const MOST_ERRORS = 3
const REST_MILLISECONDS = 1000

/** Waits for packets on several sockets in turn. With one socket the receiving call itself waits. */
export class SocketWaiter {
  readonly #native: NativeSockets
  readonly #sockets: readonly UdpSocket[]
  readonly #fds: Uint8Array
  readonly #words: Int32Array
  readonly #errors: Uint32Array
  readonly #sleep = new Int32Array(new SharedArrayBuffer(4))
  #at = 0
  /** Sockets that are left alone, and until when by `monotonicMilliseconds`. */
  #resting = 0
  #restUntil = 0
  readonly mayBlock: boolean

  constructor(native: NativeSockets, sockets: readonly UdpSocket[]) {
    this.#native = native
    this.#sockets = sockets
    this.mayBlock = sockets.length === 1
    this.#fds = new Uint8Array(sockets.length * POLLFD)
    this.#words = new Int32Array(this.#fds.buffer)
    this.#errors = new Uint32Array(sockets.length)
    for (const [i, { fd }] of sockets.entries()) {
      this.#words[i * 2] = fd
      this.#words[i * 2 + 1] = POLLIN
    }
  }

  /** The first socket to be read, -1 when nothing came in time. */
  next(): number {
    if (this.#resting > 0) this.#endRest()
    if (this.mayBlock) {
      this.#at = 1
      if (this.#resting === 0) return 0
      this.#pause()
      return -1
    }
    this.#at = 0
    const ready = this.#native.poll(this.#fds, this.#sockets.length, WAIT_MILLISECONDS)
    if (ready > 0) return this.nextReady()
    if (ready < 0 && ready !== -EINTR) this.#pause()
    return -1
  }

  /** The next socket of the same round, -1 after the last. */
  nextReady(): number {
    while (this.#at < this.#sockets.length) {
      const i = this.#at++
      // The upper half of the word: packets, or an error, which the receiving call returns.
      if (this.#words[i * 2 + 1]! >>> 16 !== 0) return i
    }
    return -1
  }

  /** Socket `i` was read. */
  worked(i: number): void {
    this.#errors[i] = 0
  }

  /** Reading socket `i` failed. True when it has begun to fail: it is left alone from now on, but for a try each second. */
  failed(i: number): boolean {
    const errors = this.#errors[i]! + 1
    this.#errors[i] = errors
    if (errors < MOST_ERRORS) return false
    this.#words[i * 2] = -1
    this.#resting++
    this.#restUntil = monotonicMilliseconds() + REST_MILLISECONDS
    return errors === MOST_ERRORS
  }

  /** Whether socket `i` was failing when it was read last. */
  isFailing(i: number): boolean {
    return this.#errors[i]! >= MOST_ERRORS
  }

  #endRest(): void {
    if (monotonicMilliseconds() < this.#restUntil) return
    this.#resting = 0
    for (const [i, { fd }] of this.#sockets.entries()) this.#words[i * 2] = fd
  }

  #pause(): void {
    Atomics.wait(this.#sleep, 0, 0, WAIT_MILLISECONDS)
  }
}
