/**
 * The data plane as the control thread sees it: workers that answer from the image until they are told to stop. There are two
 * kinds. Batched ones have sockets that the control thread opened; new settings come with new workers on the same sockets,
 * which begin before the old ones end. Plain ones have sockets of Node's own and take new settings as a message. Nothing is
 * lost either way.
 */
import { Worker } from 'node:worker_threads'
import { type AnsweringSettings, allocateCounters, type CounterBlock } from '../authority/index.ts'
import { DnsError } from '../dns/errors.ts'
import { shortLivedCopy } from '../dns/octets.ts'
import type { Answer, Service } from '../ports/index.ts'
import { type NativeSockets, type SocketAddress, UdpReplies, type UdpSocket } from '../transport/index.ts'
import {
  type BatchedTask,
  type PlainTask,
  type WorkerMessage,
  type WorkerOrder,
  WorkerWords,
} from './data-plane-task.ts'
import { workerEntry } from './entry.ts'
import { HandOverLine, TO_REFRESH } from './hand-over-line.ts'
import { CopyLine } from './query-copies.ts'
import type { SteadyReference } from './steady-time.ts'

/** Where the workers get packets from: the sockets of each batched worker, or what all plain ones bind. */
export type DataPlaneSockets =
  | { readonly kind: 'batched'; readonly sockets: readonly (readonly UdpSocket[])[]; readonly native: NativeSockets }
  | { readonly kind: 'plain'; readonly listen: readonly SocketAddress[]; readonly threads: number }

export type DataPlaneOptions = {
  readonly image: SharedArrayBuffer
  /** A reader slot for each worker, which it has until it is given back. */
  readonly takeSlot: () => number
  readonly leaveSlot: (slot: number) => void
  readonly sockets: DataPlaneSockets
  /** The workers' steady clock is that of the control thread. */
  readonly steady: SteadyReference
  /** Answers the packets that only the control thread can. An answer of many messages is none over UDP. */
  readonly answer: Service
  /** What a packet asks for, which was answered, is to be looked up anew. */
  readonly refresh?: (packet: Uint8Array) => void
  /** Copies that a worker made while `copies` were wanted, for `readQueryCopies`. */
  readonly copied: (bunch: Uint8Array, thread: number) => void
  readonly remark: (text: string) => void
  /** A packet was not answered for an error of this program. */
  readonly faulted: (error: unknown) => void
  /** A worker ended though nobody told it to. It is started again. */
  readonly failed: (error: unknown) => void
}

type Running = {
  readonly worker: Worker
  readonly words: WorkerWords
  readonly bound: Promise<readonly SocketAddress[]>
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  readonly line: HandOverLine | undefined
}

/** A batched worker allocates next to nothing: without these the collector would let garbage of the start lie. */
const BATCHED_MEMORY = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 256 }
/** A worker that fails is started again after so long. */
const RESTART_MILLISECONDS = 500

export class DataPlane {
  readonly #options: DataPlaneOptions
  /** One block for each thread, kept when a worker is replaced. */
  readonly counters: readonly CounterBlock[]
  /** Whether somebody wants to see queries, and how many he missed. */
  readonly copies = new CopyLine()
  #settings: AnsweringSettings
  #listen: readonly SocketAddress[]
  readonly #replies: UdpReplies | undefined
  #running: (Running | undefined)[] = []
  #stopping = false

  constructor(options: DataPlaneOptions, settings: AnsweringSettings) {
    this.#options = options
    this.#settings = settings
    const { sockets } = options
    this.#listen = sockets.kind === 'plain' ? sockets.listen : []
    this.#replies = sockets.kind === 'batched' ? new UdpReplies(sockets.native) : undefined
    const threads = sockets.kind === 'batched' ? sockets.sockets.length : sockets.threads
    this.counters = Array.from({ length: threads }, () => allocateCounters())
  }

  /** Has plain workers bind, which then wait for `start`; others have their sockets already. Rejects with DnsError `listen-failed`. */
  async bind(): Promise<readonly SocketAddress[]> {
    if (this.#options.sockets.kind === 'batched') return []
    // One after the other: port 0 becomes a port with the first.
    const [first, ...others] = this.counters.keys()
    if (first === undefined) return []
    const bound = await this.#begin(first).bound
    if (this.#listen.some(({ port }) => port === 0)) this.#listen = bound
    await Promise.all(others.map((thread) => this.#begin(thread).bound))
    return bound
  }

  /** Starts the workers; resolves when all of them answer. */
  async start(): Promise<void> {
    for (const thread of this.counters.keys()) {
      const running = this.#running[thread] ?? this.#begin(thread)
      running.words.go()
    }
    await Promise.all(this.#running.map((running) => running?.ready))
  }

  /** Has all workers answer by other settings. */
  async change(settings: AnsweringSettings): Promise<void> {
    this.#settings = settings
    if (this.#options.sockets.kind === 'plain') {
      for (const running of this.#running) order(running, { kind: 'settings', settings })
      return
    }
    const old = this.#running
    this.#running = []
    for (const thread of this.counters.keys()) this.#begin(thread)
    await Promise.all(this.#running.map((running) => running?.ready))
    await Promise.all(old.map((running) => this.#end(running)))
  }

  /** Stops all workers; packets that wait in the sockets are not read any more. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#running.map((running) => this.#end(running)))
    this.#replies?.close()
  }

  #begin(thread: number): Running {
    const { image, sockets, steady, failed, takeSlot, leaveSlot } = this.#options
    const slot = takeSlot()
    const words = new WorkerWords()
    const line = sockets.kind === 'batched' ? new HandOverLine() : undefined
    const common = {
      image,
      slot,
      settings: this.#settings,
      counters: this.counters[thread] ?? allocateCounters(),
      control: words.buffer,
      copies: this.copies.buffer,
      steady,
    }
    const worker =
      sockets.kind === 'batched' && line !== undefined
        ? new Worker(workerEntry('data-plane'), {
            workerData: { ...common, sockets: sockets.sockets[thread] ?? [], line: line.buffer } satisfies BatchedTask,
            resourceLimits: BATCHED_MEMORY,
          })
        : new Worker(workerEntry('plain-data-plane'), {
            workerData: {
              ...common,
              listen: this.#listen,
              reusePort: sockets.kind === 'plain' && sockets.threads > 1,
            } satisfies PlainTask,
          })
    const bound = Promise.withResolvers<readonly SocketAddress[]>()
    const ready = Promise.withResolvers<void>()
    // Whoever waits for one of them may not wait for the other.
    bound.promise.catch(() => {})
    ready.promise.catch(() => {})
    const ended = new Promise<void>((end) => worker.once('exit', () => end()))
    // Also of one that failed in the middle of a reading: what it saw would never be reclaimed.
    void ended.then(() => leaveSlot(slot))
    const running: Running = { worker, words, bound: bound.promise, ready: ready.promise, ended, line }
    let isReady = false
    const refuse = (error: unknown): void => {
      bound.reject(error)
      ready.reject(error)
    }
    worker.on('message', (message: WorkerMessage) => {
      switch (message.kind) {
        case 'ready':
          isReady = true
          ready.resolve()
          return
        case 'bound':
          bound.resolve(message.addresses)
          return
        case 'bind-failed':
          refuse(new DnsError('listen-failed', message.message))
          return
        default:
          this.#take(message, running, thread)
      }
    })
    worker.once('error', (error) => {
      refuse(error)
      // One that was replaced already needs no other in its place.
      if (!isReady || this.#stopping || this.#running[thread] !== running) return
      failed(error)
      setTimeout(() => this.#restart(thread), RESTART_MILLISECONDS)
    })
    this.#running[thread] = running
    return running
  }

  #take(message: Exclude<WorkerMessage, { kind: 'ready' | 'bound' | 'bind-failed' }>, from: Running, thread: number) {
    const { copied, remark, faulted, refresh } = this.#options
    switch (message.kind) {
      case 'waiting':
        if (from.line !== undefined) this.#takeOver(from.line, from.words, thread)
        return
      case 'handed-over': {
        const { packet, address, port, number } = message
        this.#answer(packet, address, port, from.words, (answer) =>
          order(from, { kind: 'answer', number, message: answer?.slice() }),
        )
        return
      }
      case 'refresh':
        refresh?.(message.packet)
        return
      case 'copies':
        copied(message.bunch, thread)
        this.copies.leave()
        return
      case 'remark':
        remark(message.text)
        return
      case 'fault':
        faulted(message.error)
    }
  }

  /** Answers what waits in the line of a worker, a number of packets in each turn of the event loop. */
  #takeOver(line: HandOverLine, words: WorkerWords, thread: number): void {
    const { sockets, refresh } = this.#options
    line.look()
    while (line.next()) {
      const { packet, name, control } = line
      const socket = sockets.kind === 'batched' ? sockets.sockets[thread]?.[line.socket] : undefined
      if (line.kind === TO_REFRESH) refresh?.(packet)
      else if (socket !== undefined) {
        const address = socket.isIpv6 ? shortLivedCopy(name, 8, 24) : shortLivedCopy(name, 4, 8)
        const port = ((name[2] ?? 0) << 8) | (name[3] ?? 0)
        this.#answer(packet, address, port, words, (answer) => {
          if (answer !== undefined) this.#replies?.send(socket, { name, control }, answer)
        })
      }
    }
    if (line.rest()) setImmediate(() => this.#takeOver(line, words, thread))
  }

  #answer(
    packet: Uint8Array,
    address: Uint8Array,
    port: number,
    words: WorkerWords,
    done: (answer: Uint8Array | undefined) => void,
  ): void {
    const { length } = packet
    const end = (answer: Answer): void => {
      words.tookOver(length)
      done(answer instanceof Uint8Array ? answer : undefined)
    }
    const answer = this.#options.answer(packet, { protocol: 'udp', address, port })
    if (answer instanceof Promise) void answer.then(end)
    else end(answer)
  }

  async #restart(thread: number): Promise<void> {
    if (this.#stopping) return
    try {
      const running = this.#begin(thread)
      running.words.go()
      await running.ready
    } catch (error) {
      this.#options.failed(error)
      setTimeout(() => this.#restart(thread), RESTART_MILLISECONDS)
    }
  }

  async #end(running: Running | undefined): Promise<void> {
    if (running === undefined) return
    running.words.stop()
    order(running, { kind: 'stop' })
    await running.ended
  }
}

function order(running: Running | undefined, message: WorkerOrder): void {
  running?.worker.postMessage(message)
}
