/**
 * One client over TCP or TLS (RFC 7766, RFC 7858). The life of a connection:
 *
 *   data → messages, each given to the service as it arrives → answers, in whatever order they come → one write a batch
 *
 * - A transfer is an answer of many messages: it takes its turns between other answers and waits while the client reads slowly.
 * - A client that has too many questions open, or too much to read, is not read from until it has caught up.
 * - `sweep` is called now and then and ends what takes too long: see `StreamLimits`. When there are many connections, it does so
 *   earlier, and `evict` closes the one that has been idle longest (RFC 7766 §6.2.3).
 * - A client that has sent its last query (half-close) gets its answers. Closing waits a moment for the client to close too:
 *   a socket closed over unread octets resets the connection, and answers on their way are lost.
 *
 * What it does not do: look into messages. What the service gives is copied before it returns to it, so that an answer may
 * stand in a buffer that is used again.
 */

import type { Socket } from 'node:net'
import { monotonicMilliseconds } from '../clock/index.ts'
import { MAX_MESSAGE } from '../dns/wire/index.ts'
import type { Answer, Peer, Service } from '../ports/index.ts'
import { FrameReader } from './frames.ts'
import type { CloseReason, StreamLimits } from './stream-limits.ts'

/** After this much a batch is written, and others get their turn. */
const BATCH = 64 * 1024
const SMALL_BATCH = 2048
/** What a batch of a long answer has room for: one message more than it takes to be written. */
const LARGE_BATCH: number = BATCH + MAX_MESSAGE + 2
/** Of these, so many are kept for the next, on any connection. */
const SPARE_BATCHES = 16
const spareBatches: Buffer[] = []
/** How long a client that we closed may take to close. */
const LINGER_MS = 2000

export class StreamConnection {
  /** Queries taken. */
  queries = 0
  readonly #socket: Socket
  readonly peer: Peer
  readonly #service: Service
  readonly #limits: StreamLimits
  readonly #reader: FrameReader
  #pending = 0
  #batch: Buffer | undefined
  #batchLength = 0
  #flushPlanned = false
  #taking = false
  #paused = false
  #inputEnded = false
  #finishing: CloseReason | undefined
  #closed = false
  #reason: CloseReason = 'client'
  /** Those who wait for the client to read. */
  #waiting: (() => void)[] = []
  /** Moments of `monotonicMilliseconds`: something was asked or answered; a message began; the client took something; we closed. */
  #activeAt: number
  #messageAt = 0
  #writeAt = 0
  #endedAt = 0

  constructor(
    socket: Socket,
    peer: Peer,
    service: Service,
    limits: StreamLimits,
    onClose: (connection: StreamConnection, reason: CloseReason) => void,
  ) {
    this.#socket = socket
    this.peer = peer
    this.#service = service
    this.#limits = limits
    this.#reader = new FrameReader(limits.maxMessage)
    this.#activeAt = monotonicMilliseconds()
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    socket.on('end', () => this.#onEnd())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#closed = true
      this.#batch = undefined
      this.#wakeWaiting()
      onClose(this, this.#reason)
    })
  }

  /** Takes no more queries, answers those that are open, then closes. */
  finish(reason: CloseReason = 'server'): void {
    if (this.#finishing !== undefined) return
    this.#finishing = reason
    this.#endIfDone()
  }

  /**
   * Closes at once; what was not sent is lost. The client of a plain TCP connection gets a reset, unless our side has ended: the
   * system refuses a reset while it ends, and Node.js then never says that the socket is closed.
   */
  reset(reason: CloseReason): void {
    if (this.#closed) return
    this.#reason = reason
    if ('encrypted' in this.#socket || this.#endedAt > 0) this.#socket.destroy()
    else this.#socket.resetAndDestroy()
  }

  /**
   * Since when it waits for its client, by `monotonicMilliseconds`; undefined while the client waits for an answer. Only whole messages
   * count as a sign of life (RFC 7766 §6.2.3).
   */
  get idleSince(): number | undefined {
    if (this.#closed) return undefined
    // Ours is closed already.
    if (this.#endedAt > 0) return 0
    if (this.#socket.writableLength > 0) return this.#writeAt
    return this.#pending > 0 ? undefined : this.#activeAt
  }

  /** Closes at once for another's sake. What the system has taken for the client still reaches it. */
  evict(): void {
    if (this.#socket.writableLength > 0) {
      this.reset('evicted')
      return
    }
    this.#reason = 'evicted'
    this.#socket.destroy()
  }

  /**
   * Ends the connection if something took too long, and returns whether it is about to close. `now`: `monotonicMilliseconds`; `patience`:
   * the share of the limits that is left.
   */
  sweep(now: number, patience: number): boolean {
    this.#endIfLate(now, patience)
    return this.#endedAt > 0 || this.#finishing !== undefined || this.#socket.destroyed
  }

  #endIfLate(now: number, patience: number): void {
    const limits = this.#limits
    const passed = (since: number, seconds: number, share = patience): boolean => now - since >= seconds * share * 1000
    if (this.#endedAt > 0) {
      if (now - this.#endedAt >= LINGER_MS) this.#socket.destroy()
    } else if (this.#socket.writableLength > 0) {
      if (passed(this.#writeAt, limits.writeStallSeconds, 1)) this.reset('slow-reader')
    } else if (this.#reader.partial && !this.#paused) {
      if (passed(this.#messageAt, limits.messageSeconds)) this.reset('slow-writer')
      else if (this.queries === 0 && passed(this.#activeAt, limits.firstQuerySeconds)) this.reset('no-query')
    } else if (this.#pending > 0) return
    else if (this.queries === 0) {
      if (passed(this.#activeAt, limits.firstQuerySeconds)) this.finish('no-query')
    } else if (passed(this.#activeAt, limits.idleSeconds)) this.finish('idle')
  }

  #onData(chunk: Buffer): void {
    if (this.#endedAt > 0) return
    const reader = this.#reader
    const wasPartial = reader.partial
    const before = this.queries
    reader.push(chunk)
    this.#takeQueries()
    if (reader.partial && (!wasPartial || this.queries > before)) this.#messageAt = monotonicMilliseconds()
  }

  #onEnd(): void {
    this.#inputEnded = true
    this.#endIfDone()
  }

  get #mayTake(): boolean {
    return (
      this.#finishing === undefined &&
      this.#pending < this.#limits.pending &&
      this.#unsent <= this.#limits.writeBufferOctets
    )
  }

  get #unsent(): number {
    return this.#socket.writableLength + this.#batchLength
  }

  /** Gives the service what has arrived, as far as the client may ask now. */
  #takeQueries(): void {
    if (this.#taking || this.#closed) return
    this.#taking = true
    const reader = this.#reader
    let taken = 0
    while (this.#mayTake && reader.next()) {
      taken++
      this.#answer(reader.message)
      if (this.#batchLength >= BATCH) this.#flush()
    }
    this.#taking = false
    if (taken > 0) {
      this.queries += taken
      this.#activeAt = monotonicMilliseconds()
      this.#flush()
    }
    if (reader.fault !== undefined && this.#finishing === undefined) this.finish('malformed')
    else if (this.#mayTake) this.#resume()
    else this.#pause()
    if (this.#inputEnded) this.#endIfDone()
  }

  #pause(): void {
    if (this.#paused || this.#endedAt > 0) return
    this.#paused = true
    this.#socket.pause()
  }

  #resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#messageAt = monotonicMilliseconds()
    this.#socket.resume()
  }

  #answer(message: Uint8Array): void {
    let answer: Answer | Promise<Answer>
    try {
      answer = this.#service(message, this.peer)
    } catch {
      this.reset('fault')
      return
    }
    if (answer === undefined) return
    if (answer instanceof Uint8Array) {
      this.#append(answer)
      return
    }
    this.#pending++
    const settled = answer instanceof Promise ? this.#answerLater(answer) : this.#answerMany(answer)
    settled
      .catch(() => this.reset('fault'))
      .finally(() => {
        this.#pending--
        this.#activeAt = monotonicMilliseconds()
        if (this.#closed) return
        if (this.#reader.unread || this.#paused) this.#takeQueries()
        this.#endIfDone()
      })
  }

  async #answerLater(promise: Promise<Answer>): Promise<void> {
    const answer = await promise
    if (answer instanceof Uint8Array) {
      this.#append(answer)
      this.#planFlush()
    } else if (answer !== undefined) await this.#answerMany(answer)
  }

  /** The messages of one answer, in order, no faster than the client reads. Leaving early tells the source to stop. */
  async #answerMany(messages: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const message of messages) {
      if (this.#closed) return
      this.#append(message)
      if (this.#batchLength >= BATCH) {
        this.#flush()
        await nextTurn()
      } else this.#planFlush()
      while (!this.#closed && this.#unsent > this.#limits.writeBufferOctets) {
        this.#flush()
        await new Promise<void>((resolve) => this.#waiting.push(resolve))
      }
      if (this.#closed) return
    }
  }

  /** Adds a message to what is written next. */
  #append(message: Uint8Array): void {
    if (this.#closed || this.#endedAt > 0) return
    const { length } = message
    if (length > MAX_MESSAGE) {
      this.reset('fault')
      return
    }
    const need = this.#batchLength + 2 + length
    let batch = this.#batch
    if (batch === undefined || need > batch.length) {
      batch = this.#takeBatch(need)
      if (this.#batch !== undefined) batch.set(this.#batch.subarray(0, this.#batchLength))
      this.#batch = batch
    }
    let at = this.#batchLength
    batch[at++] = length >>> 8
    batch[at++] = length
    batch.set(message, at)
    this.#batchLength = need
  }

  /** Memory for a batch: small at first, then large. Large ones are used again: it is garbage of that size that costs. */
  #takeBatch(need: number): Buffer {
    if (this.#batch === undefined && need <= SMALL_BATCH) return Buffer.allocUnsafe(SMALL_BATCH)
    if (need > LARGE_BATCH) return Buffer.allocUnsafe(need * 2)
    return spareBatches.pop() ?? Buffer.allocUnsafeSlow(LARGE_BATCH)
  }

  /** Answers that come in the same turn go out together. */
  #planFlush(): void {
    if (this.#flushPlanned) return
    this.#flushPlanned = true
    setImmediate(() => {
      this.#flushPlanned = false
      this.#flush()
      this.#endIfDone()
    })
  }

  #flush(): void {
    const batch = this.#batch
    if (batch === undefined || this.#batchLength === 0 || this.#closed) return
    const written = batch.subarray(0, this.#batchLength)
    this.#batch = undefined
    this.#batchLength = 0
    if (this.#socket.writableLength === 0) this.#writeAt = monotonicMilliseconds()
    const isLarge = batch.length === LARGE_BATCH
    this.#socket.write(written, (error) => {
      if (isLarge && !error && spareBatches.length < SPARE_BATCHES) spareBatches.push(batch)
      this.#onWritten()
    })
  }

  readonly #onWritten = (): void => {
    const now = monotonicMilliseconds()
    this.#writeAt = now
    this.#activeAt = now
    if (this.#closed || this.#unsent > this.#limits.writeBufferOctets) return
    this.#wakeWaiting()
    if (this.#paused) this.#takeQueries()
    if (this.#finishing !== undefined || this.#inputEnded) this.#endIfDone()
  }

  #wakeWaiting(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Ends our side once nothing is left to be answered, if one side has said that this is the end. */
  #endIfDone(): void {
    if (this.#closed || this.#endedAt > 0 || this.#pending > 0 || this.#taking) return
    const asked = this.#finishing
    if (asked === undefined && !(this.#inputEnded && !this.#reader.unread)) return
    this.#flush()
    if (this.#socket.writableLength > 0) return
    this.#reason = asked ?? 'client'
    this.#endedAt = monotonicMilliseconds()
    this.#socket.end()
    this.#socket.resume() // what still comes is thrown away
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
