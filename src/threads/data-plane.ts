/**
 * The data plane as the control thread sees it: one worker for each set of sockets, which answers from the image until it is
 * told to stop. New settings come with new workers on the same sockets, which begin before the old ones end: nothing is lost.
 */
import { Worker } from 'node:worker_threads'
import { type AnsweringSettings, allocateCounters, type CounterBlock } from '../authority/index.ts'
import type { UdpSocket } from '../transport/index.ts'
import type { DataPlaneTask, Fault, HandedOver } from './data-plane-worker.ts'
import { workerEntry } from './entry.ts'

export type DataPlaneOptions = {
  readonly image: SharedArrayBuffer
  /** A reader slot for each worker that is ever started. */
  readonly slot: (worker: number) => number
  /** The sockets of each worker. */
  readonly sockets: readonly (readonly UdpSocket[])[]
  /** A packet that only the control thread can answer; `thread` had it on socket `packet.socket` of its own. */
  readonly handOver: (packet: HandedOver, thread: number) => void
  /** A packet could not be answered for an error of this program, or a worker ended for one; then it is started again. */
  readonly failed: (error: unknown) => void
}

type Running = { readonly worker: Worker; readonly control: Int32Array; readonly ended: Promise<void> }

/** A worker allocates next to nothing: without these the collector would let garbage of the start lie. */
const WORKER_MEMORY = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 256 }
/** A worker that fails is started again after so long. */
const RESTART_MILLISECONDS = 500

export class DataPlane {
  readonly #options: DataPlaneOptions
  /** One block for each thread, kept when a worker is replaced. */
  readonly counters: readonly CounterBlock[]
  #settings: AnsweringSettings
  #running: (Running | undefined)[] = []
  #started = 0
  #stopping = false

  constructor(options: DataPlaneOptions, settings: AnsweringSettings) {
    this.#options = options
    this.#settings = settings
    this.counters = options.sockets.map(() => allocateCounters())
  }

  /** Starts a worker for each set of sockets; resolves when all of them answer. */
  async start(): Promise<void> {
    this.#running = await Promise.all(this.#options.sockets.map((_, thread) => this.#startWorker(thread)))
  }

  /** Has all workers answer by other settings. */
  async change(settings: AnsweringSettings): Promise<void> {
    this.#settings = settings
    const old = this.#running
    this.#running = await Promise.all(this.#options.sockets.map((_, thread) => this.#startWorker(thread)))
    await Promise.all(old.map(endWorker))
  }

  /** Stops all workers; packets that wait in the sockets are not read any more. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#running.map(endWorker))
  }

  #startWorker(thread: number): Promise<Running> {
    const { image, slot, sockets, handOver, failed } = this.#options
    const control = new SharedArrayBuffer(64)
    const counters = this.counters[thread] ?? allocateCounters()
    const task: DataPlaneTask = {
      image,
      slot: slot(this.#started++),
      sockets: sockets[thread] ?? [],
      settings: this.#settings,
      counters,
      control,
    }
    const worker = new Worker(workerEntry('data-plane'), { workerData: task, resourceLimits: WORKER_MEMORY })
    const words = new Int32Array(control)
    return new Promise((resolve, reject) => {
      let ready = false
      const ended = new Promise<void>((end) => worker.once('exit', () => end()))
      const running: Running = { worker, control: words, ended }
      worker.on('message', (message: 'ready' | HandedOver | Fault) => {
        if (message !== 'ready') {
          if ('fault' in message) failed(message.fault)
          else handOver(message, thread)
        } else {
          ready = true
          resolve(running)
        }
      })
      worker.once('error', (error) => {
        if (!ready) reject(error)
        else if (!this.#stopping) {
          failed(error)
          setTimeout(() => this.#restart(thread), RESTART_MILLISECONDS)
        }
      })
    })
  }

  async #restart(thread: number): Promise<void> {
    if (this.#stopping) return
    try {
      this.#running[thread] = await this.#startWorker(thread)
    } catch (error) {
      this.#options.failed(error)
      setTimeout(() => this.#restart(thread), RESTART_MILLISECONDS)
    }
  }
}

async function endWorker(running: Running | undefined): Promise<void> {
  if (running === undefined) return
  Atomics.store(running.control, 0, 1)
  await running.ended
}
