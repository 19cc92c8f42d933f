/** What passes between the control thread and a worker of the data plane, batched or plain. */
import type { AnsweringSettings, CounterBlock } from '../authority/index.ts'
import type { SocketAddress, UdpSocket } from '../transport/index.ts'

type Task = {
  readonly image: SharedArrayBuffer
  /** Reader slot of the image. */
  readonly slot: number
  readonly settings: AnsweringSettings
  readonly counters: CounterBlock
  /** `WorkerWords`. */
  readonly control: SharedArrayBuffer
  /** Of a `CopyLine`. */
  readonly copies: SharedArrayBuffer
  /** Of a `ThreadClock`. */
  readonly clock: SharedArrayBuffer
}

export type BatchedTask = Task & {
  readonly sockets: readonly UdpSocket[]
  /** Of a `HandOverLine`. */
  readonly line: SharedArrayBuffer
}

export type PlainTask = Task & {
  readonly listen: readonly SocketAddress[]
  /** Several workers bind the same addresses. */
  readonly reusePort: boolean
}

/** A packet of a plain worker that the control thread is to answer; `number` is the way back. */
export type HandedOver = {
  readonly kind: 'handed-over'
  readonly packet: Uint8Array
  readonly address: Uint8Array
  readonly port: number
  readonly number: number
}

/** From a worker. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  /** Of a plain worker: it has its sockets, and waits to be told to answer. */
  | { readonly kind: 'bound'; readonly addresses: readonly SocketAddress[] }
  | { readonly kind: 'bind-failed'; readonly message: string }
  /** Of a batched worker: packets wait in its line. */
  | { readonly kind: 'waiting' }
  | HandedOver
  /** Of a plain worker: what the packet asks for is to be looked up anew; it was answered. */
  | { readonly kind: 'refresh'; readonly packet: Uint8Array }
  | { readonly kind: 'copies'; readonly bunch: Uint8Array }
  | { readonly kind: 'remark'; readonly text: string }
  /** Of a batched worker: one of its sockets fails with this error, or with 0 works again. */
  | { readonly kind: 'socket'; readonly socket: number; readonly errno: number }
  /** A packet was not answered for an error of this program. */
  | { readonly kind: 'fault'; readonly error: unknown }

/** To a plain worker; a batched one reads no messages. */
export type WorkerOrder =
  | { readonly kind: 'answer'; readonly number: number; readonly message: Uint8Array | undefined }
  | { readonly kind: 'settings'; readonly settings: AnsweringSettings }
  | { readonly kind: 'stop' }

const STOP = 0
const HANDED_OVER = 1
const GO = 2
const HANDED_OVER_OCTETS = 3
/** Packets of a worker that the control thread may have before it; more are dropped, as in a socket that is full. */
const MOST_HANDED_OVER = 10_000
/** Octets of them. */
const MOST_OCTETS = 8 << 20

/** The words that a worker and the control thread share. */
export class WorkerWords {
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(64)) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer)
  }

  get mustStop(): boolean {
    return Atomics.load(this.#words, STOP) !== 0
  }

  stop(): void {
    Atomics.store(this.#words, STOP, 1)
    this.go()
  }

  /** Lets a worker begin that waits in `awaitGo`. */
  go(): void {
    Atomics.store(this.#words, GO, 1)
    Atomics.notify(this.#words, GO)
  }

  /** Blocks the thread: packets wait in the sockets meanwhile. */
  awaitGo(): void {
    Atomics.wait(this.#words, GO, 0)
  }

  /** Whether one more packet of so many octets may be handed over; it is then. */
  handOver(octets: number): boolean {
    const packets = Atomics.add(this.#words, HANDED_OVER, 1)
    if (packets < MOST_HANDED_OVER && Atomics.add(this.#words, HANDED_OVER_OCTETS, octets) < MOST_OCTETS) return true
    if (packets < MOST_HANDED_OVER) Atomics.sub(this.#words, HANDED_OVER_OCTETS, octets)
    Atomics.sub(this.#words, HANDED_OVER, 1)
    return false
  }

  /** The control thread is done with a packet of so many octets. */
  tookOver(octets: number): void {
    Atomics.sub(this.#words, HANDED_OVER_OCTETS, octets)
    Atomics.sub(this.#words, HANDED_OVER, 1)
  }
}
