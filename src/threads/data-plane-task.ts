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
}

export type BatchedTask = Task & { readonly sockets: readonly UdpSocket[] }

export type PlainTask = Task & {
  readonly listen: readonly SocketAddress[]
  /** Several workers bind the same addresses. */
  readonly reusePort: boolean
}

/** A packet that the control thread is to answer. */
export type HandedOver = {
  readonly kind: 'handed-over'
  readonly packet: Uint8Array
  readonly address: Uint8Array
  readonly port: number
  /** The way back: of a batched worker, the socket and what the kernel told; of a plain one a number that it knows. */
  readonly path: ReturnPath
}

export type ReturnPath =
  | { readonly socket: number; readonly name: Uint8Array; readonly control: Uint8Array }
  | { readonly number: number }

/** From a worker. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  /** Of a plain worker: it has its sockets, and waits to be told to answer. */
  | { readonly kind: 'bound'; readonly addresses: readonly SocketAddress[] }
  | { readonly kind: 'bind-failed'; readonly message: string }
  | HandedOver
  | { readonly kind: 'copies'; readonly bunch: Uint8Array }
  | { readonly kind: 'remark'; readonly text: string }
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
/** Packets of a worker that the control thread may have before it; more are dropped, as in a socket that is full. */
const MOST_HANDED_OVER = 1000

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

  /** Whether one more packet may be handed over; it is then. */
  handOver(): boolean {
    if (Atomics.add(this.#words, HANDED_OVER, 1) < MOST_HANDED_OVER) return true
    this.tookOver()
    return false
  }

  /** The control thread is done with a packet. */
  tookOver(): void {
    Atomics.sub(this.#words, HANDED_OVER, 1)
  }
}
