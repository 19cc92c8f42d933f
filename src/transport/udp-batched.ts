/**
 * Receives and sends datagrams many at a time: one system call for up to 64 packets, another for their answers. The memory is
 * laid out once; a packet costs no allocation.
 *
 *   while (running) {
 *     const n = batch.receive(socket)
 *     for (let i = 0; i < n; i++) batch.setAnswer(i, answer(batch.packets[i], batch.length(i), batch.answers[i]))
 *     batch.send(socket, n)
 *   }
 *
 * A struct mmsghdr has 64 octets: name, its length, vector and its length, control and its length, flags, octets received.
 */
import type { NativeSockets } from './native.ts'
import { type UdpSocket, WAIT_MILLISECONDS } from './udp-socket.ts'

/** Packets of one call. */
export const BATCH = 64
/** Room for each packet that comes; longer ones are cut, and refused for it. */
export const PACKET_SIZE = 4096
/** Room for each answer. */
export const ANSWER_SIZE = 4096

const HEADER = 64
/** Octets of a struct mmsghdr. */
export const MESSAGE_HEADER_SIZE = HEADER
/** Room for a socket name, and for what is told beside a packet. */
export const NAME_SIZE = 32
export const CONTROL_SIZE = 64
const MSG_WAITFORONE = 0x10000
export const MSG_DONTWAIT = 0x40
const MSG_TRUNC = 0x20
const POLLOUT = 4
export const EINTR = 4
export const EAGAIN = 11

export class DatagramBatch {
  readonly #native: NativeSockets
  /** Where each packet comes in. */
  readonly packets: Uint8Array[] = []
  readonly #packetMemory = new Uint8Array(BATCH * PACKET_SIZE)
  /** The room of each answer. */
  readonly answers: Uint8Array[] = []
  /** A view over each of these. */
  readonly answerViews: DataView[] = []
  /** Socket names of the clients, NAME_SIZE octets each. */
  readonly names: Uint8Array = new Uint8Array(BATCH * NAME_SIZE)
  readonly control: Uint8Array = new Uint8Array(BATCH * CONTROL_SIZE)
  readonly #answerMemory = new Uint8Array(BATCH * ANSWER_SIZE)
  readonly #vectors = new Uint8Array(BATCH * 32)
  readonly #vectorWords = new Uint32Array(this.#vectors.buffer)
  readonly #headers = new Uint8Array(BATCH * HEADER)
  readonly #headerWords = new Uint32Array(this.#headers.buffer)
  readonly #sending = new Uint8Array(BATCH * HEADER)
  readonly #sendingWords = new Uint32Array(this.#sending.buffer)
  /** The headers from each one on: what a call is given that begins there. */
  readonly #sendingFrom: Uint8Array[] = []
  /** A struct pollfd. */
  readonly #poll = new Uint8Array(8)
  readonly #pollWords = new Int32Array(this.#poll.buffer)
  /** Answers that the kernel did not take. */
  failed = 0

  constructor(native: NativeSockets) {
    this.#native = native
    const headers = new DataView(this.#headers.buffer)
    const sending = new DataView(this.#sending.buffer)
    const vectors = new DataView(this.#vectors.buffer)
    const [packets, answers, names, control, vector] = [
      this.#packetMemory,
      this.#answerMemory,
      this.names,
      this.control,
      this.#vectors,
    ].map((buffer) => native.addressOf(buffer))
    if (packets === undefined || answers === undefined || names === undefined) throw new RangeError('no addresses')
    if (control === undefined || vector === undefined) throw new RangeError('no addresses')
    for (let i = 0; i < BATCH; i++) {
      vectors.setBigUint64(i * 32, packets + BigInt(i * PACKET_SIZE), true)
      vectors.setBigUint64(i * 32 + 8, BigInt(PACKET_SIZE), true)
      vectors.setBigUint64(i * 32 + 16, answers + BigInt(i * ANSWER_SIZE), true)
      for (const [view, at] of [
        [headers, vector + BigInt(i * 32)],
        [sending, vector + BigInt(i * 32 + 16)],
      ] as const) {
        view.setBigUint64(i * HEADER, names + BigInt(i * NAME_SIZE), true)
        view.setBigUint64(i * HEADER + 16, at, true)
        view.setBigUint64(i * HEADER + 24, 1n, true)
        view.setBigUint64(i * HEADER + 32, control + BigInt(i * CONTROL_SIZE), true)
      }
      this.packets.push(this.#packetMemory.subarray(i * PACKET_SIZE, (i + 1) * PACKET_SIZE))
      this.answerViews.push(new DataView(this.#answerMemory.buffer, i * ANSWER_SIZE, ANSWER_SIZE))
      this.answers.push(this.#answerMemory.subarray(i * ANSWER_SIZE, (i + 1) * ANSWER_SIZE))
      this.#sendingFrom.push(this.#sending.subarray(i * HEADER))
    }
  }

  /**
   * Waits for packets, or with `wait` false looks whether there are any. Returns how many came, 0 when none did in time, and below 0
   * the error of a socket that fails.
   */
  receive(socket: UdpSocket, wait = true): number {
    const words = this.#headerWords
    const controlSize = socket.isWildcard ? CONTROL_SIZE : 0
    for (let i = 0, at = 0; i < BATCH; i++, at += HEADER / 4) {
      words[at + 2] = NAME_SIZE
      words[at + 10] = controlSize
    }
    const flags = wait ? MSG_WAITFORONE : MSG_DONTWAIT
    const n = this.#native.recvmmsg(socket.fd, this.#headers, BATCH, flags, null)
    return n === -EAGAIN || n === -EINTR ? 0 : n
  }

  /** Octets of packet `i`; -1 when it was longer than there is room for. */
  length(i: number): number {
    const words = this.#headerWords
    const at = i * (HEADER / 4)
    return (words[at + 12]! & MSG_TRUNC) === 0 ? words[at + 14]! : -1
  }

  /** Sets how long the answer to packet `i` is; 0: none. */
  setAnswer(i: number, length: number): void {
    this.#vectorWords[i * 8 + 6] = length
  }

  /** Sends the answers to the first `n` packets. Returns how many the kernel took. */
  send(socket: UdpSocket, n: number): number {
    const words = this.#sendingWords
    const received = this.#headerWords
    const vectors = this.#vectorWords
    for (let i = 0, at = 0; i < n; i++, at += HEADER / 4) {
      words[at + 2] = received[at + 2]!
      const size = socket.isWildcard ? received[at + 10]! : 0
      words[at + 10] = size
      if (size > 0) turnControl(this.control, i * CONTROL_SIZE, socket.isIpv6)
    }
    let sent = 0
    for (let from = 0; from < n; ) {
      if (vectors[from * 8 + 6] === 0) {
        from++
        continue
      }
      let to = from + 1
      while (to < n && vectors[to * 8 + 6] !== 0) to++
      sent += this.#sendRun(socket.fd, from, to)
      from = to
    }
    return sent
  }

  #sendRun(fd: number, from: number, to: number): number {
    let sent = 0
    let hasWaited = false
    while (from < to) {
      const headers = this.#sendingFrom[from]
      if (headers === undefined) break
      const n = this.#native.sendmmsg(fd, headers, to - from, MSG_DONTWAIT)
      if (n > 0) {
        sent += n
        from += n
        continue
      }
      if (n === -EINTR) continue
      if (n === -EAGAIN) {
        if (hasWaited) {
          // A queue that does not drain: its clients ask again, and the others are waiting.
          this.failed += to - from
          break
        }
        hasWaited = true
        this.#awaitRoom(fd)
        continue
      }
      // The first of the rest cannot be sent (no route, a network that is down): its client asks again.
      this.failed++
      from++
    }
    return sent
  }

  /** Waits until the queue of a socket has room, for a moment at most. */
  #awaitRoom(fd: number): void {
    this.#pollWords[0] = fd
    this.#pollWords[1] = POLLOUT
    this.#native.poll(this.#poll, 1, WAIT_MILLISECONDS)
  }

  clientPort(i: number): number {
    const at = i * NAME_SIZE
    return (this.names[at + 2]! << 8) | this.names[at + 3]!
  }

  /** On a socket at all addresses: the one that packet `i` came to. Good until the next receiving. */
  localAddress(socket: UdpSocket, i: number): Uint8Array | undefined {
    if (!socket.isWildcard || this.#headerWords[i * (HEADER / 4) + 10] === 0) return undefined
    return destinationOf(this.control, i * CONTROL_SIZE, socket.isIpv6)
  }

  /** Copies of what an answer to packet `i` needs to find its way back. */
  returnPath(i: number): { name: Uint8Array; control: Uint8Array } {
    const words = this.#headerWords
    const at = i * (HEADER / 4)
    return {
      name: this.names.slice(i * NAME_SIZE, i * NAME_SIZE + words[at + 2]!),
      control: this.control.slice(i * CONTROL_SIZE, i * CONTROL_SIZE + words[at + 10]!),
    }
  }
}

/** Octet of a client's name at which its address begins. */
export function addressOffset(i: number, isIpv6: boolean): number {
  return i * NAME_SIZE + (isIpv6 ? 8 : 4)
}

/** The address that a packet came to, of 4 or 16 octets. */
function destinationOf(control: Uint8Array, at: number, isIpv6: boolean): Uint8Array {
  // After the head: struct in_pktinfo has the interface, the local address and the destination; in6_pktinfo the destination first.
  const from = at + 16 + (isIpv6 ? 0 : 8)
  return control.subarray(from, from + (isIpv6 ? 16 : 4))
}

/** Turns what was told of a packet's destination into its answer's source: the address, and not the interface. */
export function turnControl(control: Uint8Array, at: number, isIpv6: boolean): void {
  const data = at + 16
  if (!isIpv6) control.fill(0, data, data + 4)
  // Only a link-local address needs its interface to be found again.
  else if (control[data] !== 0xfe || (control[data + 1]! & 0xc0) !== 0x80) control.fill(0, data + 16, data + 20)
}
