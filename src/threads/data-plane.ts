/**
 * The data plane as the control thread sees it: workers that answer from the image until they are told to stop. There are two
 * kinds. Batched ones have sockets that the control thread opened; new settings come with new workers on the same sockets,
 * which begin before the old ones end. Plain ones have sockets of Node's own and take new settings as a message. Nothing is
 * lost either way.
 */
import { Worker } from 'node:worker_threads'
import { type AnsweringSettings, allocateCounters, type CounterBlock } from '../authority/index.ts'
import { monotonicMilliseconds } from '../clock/index.ts'
import { DnsError } from '../dns/errors.ts'
import { shortLivedCopy } from '../dns/octets.ts'
import type { Answer } from '../ports/index.ts'
import { type SocketAddress, systemReason, UdpReplies } from '../transport/index.ts'
import type { DataPlaneOptions } from './data-plane-options.ts'
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

type Running = {
  readonly worker: Worker
  readonly words: WorkerWords
  readonly bound: Promise<readonly SocketAddress[]>
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  readonly line: HandOverLine | undefined
  /** When it was ready, by `monotonicMilliseconds`; 0 before. */
  readyAt: number
  hasEnded: boolean
}

/** A batched worker allocates next to nothing: without these the collector would let garbage of the start lie. */
const BATCHED_MEMORY = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 256 }
/** A worker that fails is started again after half a second, then after twice as long each time. */
const FIRST_RESTART_MILLISECONDS = 500
const MOST_RESTART_MILLISECONDS = 10_000
/** One that answered for so long before it failed is no worse than one that never failed. */
const GOOD_MILLISECONDS = 60_000

export class DataPlane {
  readonly #options: DataPlaneOptions
  /** One block for each thread, kept when a worker is replaced. */
  readonly counters: readonly CounterBlock[]
  /** Whether somebody wants to see queries, and how many he missed. */
  readonly copies = new CopyLine()
  #settings: AnsweringSettings
  #listen: readonly SocketAddress[]
  readonly #replies: UdpReplies | undefined
  /** The worker of each thread. */
  #running: Running[] = []
  /** These, and those that take their place or have been replaced and have not ended yet. */
  readonly #alive = new Set<Running>()
  /** Of each thread: failures since its workers last were good. */
  readonly #failures: number[] = []
  readonly #restarts = new Set<NodeJS.Timeout>()
  #changing: Promise<void> = Promise.resolve()
  #stopping = false

  constructor(options: DataPlaneOptions, settings: AnsweringSettings) {
    this.#options = options
    this.#settings = settings
    const { sockets } = options
    this.#listen = sockets.kind === 'plain' ? sockets.listen : []
    this.#replies = sockets.kind === 'batched' ? new UdpReplies(sockets.native, options.unsent) : undefined
    const threads = sockets.kind === 'batched' ? sockets.sockets.length : sockets.threads
    this.counters = Array.from({ length: threads }, () => allocateCounters())
  }

  /** Has plain workers bind, which then wait for `start`; others have their sockets already. Rejects with DnsError `listen-failed`. */
  async bind(): Promise<readonly SocketAddress[]> {
    if (this.#options.sockets.kind === 'batched') return []
    // One after the other: port 0 becomes a port with the first.
    const [first, ...others] = this.counters.keys()
    if (first === undefined) return []
    const bound = await this.#put(first).bound
    if (this.#listen.some(({ port }) => port === 0)) this.#listen = bound
    await Promise.all(others.map((thread) => this.#put(thread).bound))
    return bound
  }

  /** Starts the workers; resolves when all of them answer. */
  async start(): Promise<void> {
    for (const thread of this.counters.keys()) {
      const running = this.#running[thread] ?? this.#put(thread)
      running.words.go()
    }
    await Promise.all(this.#running.map((running) => running.ready))
  }

  /**
   * Has all workers answer by other settings, after changes that go on. Rejects when workers with these settings cannot be started:
   * then those with the settings before go on.
   */
  change(settings: AnsweringSettings): Promise<void> {
    const changed = this.#changing.then(() => this.#change(settings))
    this.#changing = changed.catch(() => {})
    return changed
  }

  async #change(settings: AnsweringSettings): Promise<void> {
    if (this.#stopping) return
    const before = this.#settings
    this.#settings = settings
    if (this.#options.sockets.kind === 'plain') {
      for (const running of this.#running) order(running, { kind: 'settings', settings })
      return
    }
    const next: Running[] = []
    try {
      for (const thread of this.counters.keys()) next.push(this.#begin(thread))
      await Promise.all(next.map((running) => running.ready))
    } catch (error) {
      this.#settings = before
      await Promise.all(next.map((running) => this.#end(running)))
      throw error
    }
    const old = this.#running
    this.#running = next
    await Promise.all(old.map((running) => this.#end(running)))
    // One that failed before its turn.
    for (const [thread, running] of next.entries()) {
      if (running.hasEnded) this.#planRestart(thread, new Error('the worker ended'))
    }
  }

  /** Stops all workers; packets that wait in the sockets are not read any more. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const timer of this.#restarts) clearTimeout(timer)
    await Promise.all([...this.#alive].map((running) => this.#end(running)))
    this.#replies?.close()
  }

  /** Starts a worker as that of a thread. */
  #put(thread: number): Running {
    const running = this.#begin(thread)
    this.#running[thread] = running
    return running
  }

  #begin(thread: number): Running {
    const { takeSlot, leaveSlot } = this.#options
    const slot = takeSlot()
    try {
      return this.#beginAt(slot, thread)
    } catch (error) {
      leaveSlot(slot)
      throw error
    }
  }

  #beginAt(slot: number, thread: number): Running {
    const { image, sockets, clock, leaveSlot } = this.#options
    const words = new WorkerWords()
    const line = sockets.kind === 'batched' ? new HandOverLine() : undefined
    const common = {
      image,
      slot,
      settings: this.#settings,
      counters: this.counters[thread] ?? allocateCounters(),
      control: words.buffer,
      copies: this.copies.buffer,
      clock,
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
    const ended = Promise.withResolvers<void>()
    const running: Running = {
      worker,
      words,
      bound: bound.promise,
      ready: ready.promise,
      ended: ended.promise,
      line,
      readyAt: 0,
      hasEnded: false,
    }
    this.#alive.add(running)
    let failure: unknown
    const refuse = (error: unknown): void => {
      failure ??= error
      bound.reject(error)
      ready.reject(error)
    }
    worker.on('error', refuse)
    worker.once('exit', (code) => {
      running.hasEnded = true
      this.#alive.delete(running)
      // Also of one that failed in the middle of a reading: what it saw would never be reclaimed.
      leaveSlot(slot)
      refuse(new Error(`the worker ended with exit code ${code}`))
      // One that was replaced needs no other in its place; one that never was ready is the matter of those who started it.
      const isWanted = !words.mustStop && running.readyAt > 0 && this.#running[thread] === running
      if (isWanted) this.#planRestart(thread, failure)
      ended.resolve()
    })
    worker.on('message', (message: WorkerMessage) => {
      switch (message.kind) {
        case 'ready':
          running.readyAt = monotonicMilliseconds()
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
    return running
  }

  #take(message: Exclude<WorkerMessage, { kind: 'ready' | 'bound' | 'bind-failed' }>, from: Running, thread: number) {
    const { copied, remark, faulted, refresh, socketState } = this.#options
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
      case 'socket':
        socketState(message.socket, thread, message.errno === 0 ? undefined : systemReason(message.errno))
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

  /** Starts a worker in the place of one that failed, the later the more often it has failed. */
  #planRestart(thread: number, error: unknown): void {
    if (this.#stopping) return
    const readyAt = this.#running[thread]?.readyAt ?? 0
    const wasGood = readyAt > 0 && monotonicMilliseconds() - readyAt >= GOOD_MILLISECONDS
    const failures = wasGood ? 0 : (this.#failures[thread] ?? 0)
    this.#failures[thread] = failures + 1
    const milliseconds = Math.min(FIRST_RESTART_MILLISECONDS * 2 ** Math.min(failures, 16), MOST_RESTART_MILLISECONDS)
    this.#options.failed(error, milliseconds / 1000)
    const timer = setTimeout(() => {
      this.#restarts.delete(timer)
      void this.#restart(thread)
    }, milliseconds)
    this.#restarts.add(timer)
  }

  async #restart(thread: number): Promise<void> {
    // A change of settings may have put another in its place meanwhile.
    if (this.#stopping || this.#running[thread]?.hasEnded === false) return
    try {
      const running = this.#put(thread)
      running.words.go()
      await running.ready
    } catch (error) {
      this.#planRestart(thread, error)
    }
  }

  async #end(running: Running): Promise<void> {
    running.words.stop()
    order(running, { kind: 'stop' })
    await running.ended
  }
}

function order(running: Running, message: WorkerOrder): void {
  running.worker.postMessage(message)
}
