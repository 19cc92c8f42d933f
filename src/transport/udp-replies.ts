/**
 * Answers that come later: sent on a worker's socket by the control thread, from the address that the packet came to. Those of one
 * turn of the event loop go out together. The control thread never waits for a socket: what its queue has no room for is lost, and
 * counted, as on the way.
 */
import type { NativeSockets } from './native.ts'
import {
  BATCH,
  CONTROL_SIZE,
  EAGAIN,
  EINTR,
  MESSAGE_HEADER_SIZE,
  MSG_DONTWAIT,
  NAME_SIZE,
  turnControl,
} from './udp-batched.ts'
import type { UdpSocket } from './udp-socket.ts'

/** Room for each answer; longer ones are not sent by UDP. */
const REPLY_SIZE = 4096

export class UdpReplies {
  readonly #native: NativeSockets
  readonly #names = new Uint8Array(BATCH * NAME_SIZE)
  readonly #control = new Uint8Array(BATCH * CONTROL_SIZE)
  readonly #payloads = new Uint8Array(BATCH * REPLY_SIZE)
  readonly #vectors = new Uint8Array(BATCH * 16)
  readonly #vectorWords = new Uint32Array(this.#vectors.buffer)
  readonly #headers = new Uint8Array(BATCH * MESSAGE_HEADER_SIZE)
  readonly #headerWords = new Uint32Array(this.#headers.buffer)
  readonly #headersFrom: Uint8Array[] = []
  #socket: UdpSocket | undefined
  #count = 0
  readonly #onUnsent: (count: number) => void
  #closed = false

  /** `onUnsent` is called with the number of answers that could not be sent. */
  constructor(native: NativeSockets, onUnsent: (count: number) => void) {
    this.#native = native
    this.#onUnsent = onUnsent
    const headers = new DataView(this.#headers.buffer)
    const vectors = new DataView(this.#vectors.buffer)
    const names = native.addressOf(this.#names)
    const control = native.addressOf(this.#control)
    const payloads = native.addressOf(this.#payloads)
    const vector = native.addressOf(this.#vectors)
    for (let i = 0; i < BATCH; i++) {
      const at = i * MESSAGE_HEADER_SIZE
      vectors.setBigUint64(i * 16, payloads + BigInt(i * REPLY_SIZE), true)
      headers.setBigUint64(at, names + BigInt(i * NAME_SIZE), true)
      headers.setBigUint64(at + 16, vector + BigInt(i * 16), true)
      headers.setBigUint64(at + 24, 1n, true)
      headers.setBigUint64(at + 32, control + BigInt(i * CONTROL_SIZE), true)
      this.#headersFrom.push(this.#headers.subarray(at))
    }
  }

  /** Sends `message`, which is copied, along a return path (`DatagramBatch.returnPath`), at the end of this turn at the latest. */
  send(socket: UdpSocket, path: { name: Uint8Array; control: Uint8Array }, message: Uint8Array): void {
    if (this.#closed || message.length > REPLY_SIZE) {
      this.#onUnsent(1)
      return
    }
    if (this.#count === BATCH || (this.#count > 0 && this.#socket !== socket)) this.flush()
    if (this.#count === 0) {
      this.#socket = socket
      setImmediate(this.#flushLater)
    }
    const i = this.#count++
    this.#names.set(path.name, i * NAME_SIZE)
    const controlSize = path.control.length
    if (controlSize > 0) {
      this.#control.set(path.control, i * CONTROL_SIZE)
      turnControl(this.#control, i * CONTROL_SIZE, socket.isIpv6)
    }
    this.#payloads.set(message, i * REPLY_SIZE)
    this.#vectorWords[i * 4 + 2] = message.length
    const words = this.#headerWords
    const at = i * (MESSAGE_HEADER_SIZE / 4)
    words[at + 2] = path.name.length
    words[at + 10] = controlSize
  }

  readonly #flushLater = (): void => this.flush()

  /** Sends what waits. */
  flush(): void {
    const fd = this.#socket?.fd
    const count = this.#count
    this.#count = 0
    if (fd === undefined) return
    let unsent = 0
    for (let from = 0; from < count; ) {
      const headers = this.#headersFrom[from]
      if (headers === undefined) return
      const n = this.#native.sendmmsg(fd, headers, count - from, MSG_DONTWAIT)
      if (n > 0) from += n
      else if (n === -EAGAIN) {
        unsent += count - from
        break
      } else if (n !== -EINTR) {
        // The first of the rest cannot be sent (no route, a network that is down).
        unsent++
        from++
      }
    }
    if (unsent > 0) this.#onUnsent(unsent)
  }

  /** Sends what waits, and no more: the sockets are about to be closed. */
  close(): void {
    this.flush()
    this.#closed = true
  }
}
