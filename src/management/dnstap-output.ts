/**
 * Where dnstap messages go: a file, or a unix socket on which a collector listens. The server hands messages over and goes
 * on: they wait in a queue of bounded size, and what does not fit any more is dropped and counted. An output that fails is
 * opened again after a while that doubles.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { MomentClock } from '../ports/index.ts'
import type { Log } from '../ports/log.ts'
import { FRAME_HEAD, sealDataFrame } from './dnstap/control-frames.ts'
import { TapEncoder, type TapMessage, type TapSource } from './dnstap/dnstap-message.ts'
import { beginTapFile, connectTapSocket, type TapSink } from './tap-sinks.ts'

export type TapTarget = { readonly file: string } | { readonly socket: string }

export type DnstapOptions = TapSource & {
  /** Which messages are written; others are passed over. All unless told. */
  readonly messages?: readonly TapMessage['kind'][]
  /** Octets that may wait; 4 MiB. */
  readonly queueOctets?: number
  /** Before a failed output is tried again, at first; doubles up to a minute. 1 second. */
  readonly retrySeconds?: number
}

const QUEUE_OCTETS = 4 << 20
const RETRY_SECONDS = 1
const MAX_RETRY_SECONDS = 60
/** A collector that stalls does not hold up the stop of the server for longer. */
const CLOSE_SECONDS = 2

export type TapCounts = { readonly written: number; readonly dropped: number }

export type DnstapWorld = { readonly clock: MomentClock; readonly log: Log }

export class DnstapOutput {
  readonly #open: () => Promise<TapSink>
  /** Aborted when the output must let go of what it writes to. */
  readonly #abandon = new AbortController()
  readonly #encoder: TapEncoder
  readonly #log: Log
  readonly #kinds: ReadonlySet<TapMessage['kind']> | undefined
  readonly #queueOctets: number
  readonly #retrySeconds: number
  readonly #running: Promise<void>
  #queue: Uint8Array[] = []
  #queued = 0
  #written = 0
  #dropped = 0
  #closing = false
  #reopening = false
  /** Resolved when there is something to do. */
  #wake = Promise.withResolvers<void>()
  /** Ends a pause. */
  #interrupt = new AbortController()
  #sink: TapSink | undefined

  constructor(target: TapTarget, options: DnstapOptions, { clock, log }: DnstapWorld) {
    this.#open =
      'file' in target
        ? () => beginTapFile(target.file, new Date(clock.wallMillisecondsAt(clock.milliseconds())))
        : () => connectTapSocket(target.socket, this.#abandon.signal)
    this.#encoder = new TapEncoder(options)
    this.#log = log
    this.#kinds = options.messages && new Set(options.messages)
    this.#queueOctets = options.queueOctets ?? QUEUE_OCTETS
    this.#retrySeconds = options.retrySeconds ?? RETRY_SECONDS
    this.#running = this.#run()
  }

  /** Whether messages of this kind are written: who gathers them may spare himself the others. */
  wants(kind: TapMessage['kind']): boolean {
    return this.#kinds === undefined || this.#kinds.has(kind)
  }

  /** Takes a message, or drops it when too much waits already. Never throws; what was given is the caller's again at once. */
  tap(message: TapMessage): void {
    if (!this.wants(message.kind)) return
    const frame = sealDataFrame(this.#encoder.encode(message, FRAME_HEAD))
    if (this.#closing || this.#queued + frame.length > this.#queueOctets) {
      this.#dropped++
      return
    }
    this.#queue.push(frame)
    this.#queued += frame.length
    this.#wake.resolve()
  }

  get counts(): TapCounts {
    return { written: this.#written, dropped: this.#dropped }
  }

  /** Ends the stream and begins another: after a rotation of the file. */
  reopen(): void {
    this.#reopening = true
    this.#wake.resolve()
    this.#interrupt.abort()
  }

  /** Writes what waits, if the output takes it within a moment, and ends the stream. */
  async close(): Promise<void> {
    this.#closing = true
    this.#wake.resolve()
    this.#interrupt.abort()
    const abandon = setTimeout(() => this.#abandon.abort(), CLOSE_SECONDS * 1000)
    await this.#running
    clearTimeout(abandon)
    this.#dropped += this.#queue.length
    this.#queue = []
    this.#queued = 0
  }

  async #run(): Promise<void> {
    let retrySeconds = this.#retrySeconds
    // A rotation that was asked for before the end is done: what waits belongs into the new file.
    do {
      this.#reopening = false
      try {
        this.#sink = await this.#open()
        this.#log.info({}, `dnstap: writes to ${this.#sink.name}`)
        retrySeconds = this.#retrySeconds
        await this.#pump(this.#sink)
        await this.#closeSink()
      } catch (error) {
        await this.#closeSink()
        const reason = error instanceof Error ? error.message : String(error)
        this.#log.warn({ retrySeconds }, `dnstap: ${reason}`)
        await this.#pause(retrySeconds)
        retrySeconds = Math.min(2 * retrySeconds, MAX_RETRY_SECONDS)
      }
    } while (!this.#closing || this.#reopening)
  }

  async #closeSink(): Promise<void> {
    await this.#sink?.close()
    this.#sink = undefined
  }

  /** Writes until the stream is to end. Rejects when the output fails. */
  async #pump(sink: TapSink): Promise<void> {
    let failure: unknown
    sink.broken.catch((error) => {
      failure = error
      this.#wake.resolve()
    })
    for (;;) {
      if (failure !== undefined) throw failure
      const batch = this.#takeBatch()
      if (batch.length > 0) await this.#write(sink, batch)
      else if (this.#closing) return
      // Also when messages never cease.
      if (this.#reopening) return
      if (batch.length === 0) await this.#wake.promise
    }
  }

  async #write(sink: TapSink, batch: readonly Uint8Array[]): Promise<void> {
    try {
      await sink.write(Buffer.concat(batch))
      this.#written += batch.length
    } catch (error) {
      this.#dropped += batch.length
      throw error
    }
  }

  #takeBatch(): Uint8Array[] {
    const batch = this.#queue
    this.#queue = []
    this.#queued = 0
    this.#wake = Promise.withResolvers()
    if (this.#closing || this.#reopening) this.#wake.resolve()
    return batch
  }

  /** Waits that long, or until the output is closed or asked to open anew. */
  async #pause(seconds: number): Promise<void> {
    if (this.#closing || this.#reopening) return
    this.#interrupt = new AbortController()
    await sleep(seconds * 1000, undefined, { ref: false, signal: this.#interrupt.signal }).catch(() => {})
  }
}
