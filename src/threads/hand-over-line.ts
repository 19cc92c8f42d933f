/**
 * Packets on their way from a worker of the data plane to the control thread: a ring of octets in shared memory, written by the one and
 * read by the other. A message between threads costs more than answering: so the worker posts one only when the control thread
 * is not awake, however many packets there are.
 *
 *   words   HEAD: octets that were ever written · TAIL: octets that were ever read · AWAKE: the control thread has been told to look
 *   ring    u32 octets of the entry · u8 kind · u8 socket · u8 octets of the name · u8 octets of control · u16 octets of the packet
 *           · name · control · packet; an entry begins at a multiple of 4 and lies in one piece; a word of 0 leads back to the start
 */
import { shortLivedCopy } from '../dns/octets.ts'

const HEAD = 0
const TAIL = 16
const AWAKE = 32
const WORDS_SIZE = 256
const RING_SIZE = 1 << 20
const ENTRY = 12
/** Of one turn of the control thread: answers of other servers wait meanwhile. */
const MOST_AT_ONCE = 64

/** The packet is to be answered. */
export const TO_ANSWER = 0
/** It was answered, and what it asked for is to be looked up anew. */
export const TO_REFRESH = 1

/** What an answer needs to find its way back: socket name of the client, and what the kernel told of the packet (`DatagramBatch.returnPath`). */
export type WayBack = { readonly name: Uint8Array; readonly control: Uint8Array }

export class HandOverLine {
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #ring: Uint8Array
  readonly #ringWords: Int32Array
  /** Of the worker: where it writes. Of the control thread: where it reads. */
  #at = 0
  #limit = 0
  #left = 0

  kind: number = TO_ANSWER
  /** Of the worker's sockets, the one that it came to. */
  socket = 0
  name: Uint8Array = new Uint8Array(0)
  control: Uint8Array = new Uint8Array(0)
  packet: Uint8Array = new Uint8Array(0)

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(WORDS_SIZE + RING_SIZE)) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer, 0, WORDS_SIZE / 4)
    this.#ring = new Uint8Array(buffer, WORDS_SIZE, RING_SIZE)
    this.#ringWords = new Int32Array(buffer, WORDS_SIZE, RING_SIZE / 4)
  }

  /** Adds a packet; it is seen after `flush`. Returns whether there was room. */
  add(kind: number, socket: number, { name, control }: WayBack, packet: Uint8Array): boolean {
    const size = (ENTRY + name.length + control.length + packet.length + 3) & ~3
    let place = this.#at & (RING_SIZE - 1)
    const skip = RING_SIZE - place < size ? RING_SIZE - place : 0
    const used = (this.#at - Atomics.load(this.#words, TAIL)) >>> 0
    if (used + skip + size > RING_SIZE) return false
    if (skip > 0) {
      this.#ringWords[place >>> 2] = 0
      place = 0
    }
    const ring = this.#ring
    this.#ringWords[place >>> 2] = size
    ring[place + 4] = kind
    ring[place + 5] = socket
    ring[place + 6] = name.length
    ring[place + 7] = control.length
    ring[place + 8] = packet.length >>> 8
    ring[place + 9] = packet.length
    let at = place + ENTRY
    ring.set(name, at)
    at += name.length
    if (control.length > 0) ring.set(control, at)
    ring.set(packet, at + control.length)
    this.#at = (this.#at + skip + size) | 0
    return true
  }

  /** Shows what was added. Returns whether the control thread must be told to look. */
  flush(): boolean {
    if (Atomics.load(this.#words, HEAD) === this.#at) return false
    Atomics.store(this.#words, HEAD, this.#at)
    return Atomics.exchange(this.#words, AWAKE, 1) === 0
  }

  /** The control thread looks: `next` gives as many packets as it should take in one turn. */
  look(): void {
    this.#limit = Atomics.load(this.#words, HEAD)
    this.#left = MOST_AT_ONCE
  }

  /** The next packet, in memory of its own; false when this turn has no more. */
  next(): boolean {
    if (this.#at === this.#limit || this.#left === 0) return false
    let place = this.#at & (RING_SIZE - 1)
    let size = this.#ringWords[place >>> 2] ?? 0
    if (size === 0) {
      this.#at = (this.#at + RING_SIZE - place) | 0
      place = 0
      size = this.#ringWords[0] ?? 0
    }
    const ring = this.#ring
    this.kind = ring[place + 4] ?? 0
    this.socket = ring[place + 5] ?? 0
    const nameAt = place + ENTRY
    const controlAt = nameAt + (ring[place + 6] ?? 0)
    const packetAt = controlAt + (ring[place + 7] ?? 0)
    const length = ((ring[place + 8] ?? 0) << 8) | (ring[place + 9] ?? 0)
    this.name = shortLivedCopy(ring, nameAt, controlAt)
    this.control = shortLivedCopy(ring, controlAt, packetAt)
    this.packet = shortLivedCopy(ring, packetAt, packetAt + length)
    this.#at = (this.#at + size) | 0
    this.#left--
    return true
  }

  /** Frees what was read. Returns whether there is more, and the control thread should look again; otherwise it will be told. */
  rest(): boolean {
    const words = this.#words
    Atomics.store(words, TAIL, this.#at)
    if (Atomics.load(words, HEAD) !== this.#at) return true
    Atomics.store(words, AWAKE, 0)
    // What came between the two is seen here, or by a worker that finds nobody awake.
    return Atomics.load(words, HEAD) !== this.#at && Atomics.exchange(words, AWAKE, 1) === 0
  }
}
