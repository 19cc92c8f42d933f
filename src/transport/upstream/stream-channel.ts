/**
 * One connection to a server, TCP or TLS, with many queries on their way at once (RFC 7766 §6.2.1.1): replies come in any order and are
 * told apart by their IDs. An ID is not used again on the same connection while an answer to its last use may still come.
 *
 * What it does not do: choose among connections, open new ones (`stream-servers.ts`).
 */

import type { Socket } from 'node:net'
import { monotonicMilliseconds } from '../../clock/index.ts'
import { copyOctets } from '../../dns/octets.ts'
import type { UpstreamReply } from '../../ports/upstream.ts'
import { FrameReader, frameOf } from '../frames.ts'
import { networkReason } from '../network-error.ts'
import type { UpstreamCounters } from './counters.ts'
import { answersQuery } from './question.ts'
import type { RandomDraws } from './random-draws.ts'
import type { TimerWheel, Waiting } from './timer-wheel.ts'

/** A query on its way. */
export type StreamQuery = {
  readonly message: Uint8Array
  /** Of its question. */
  readonly end: number
  readonly since: number
  /** It was sent before, on a connection that was closed under it. */
  retried: boolean
  /** The channel that has it, and the ID it has there. */
  at: { readonly channel: StreamChannel; readonly id: number } | undefined
  waiting: Waiting
  readonly done: (reply: UpstreamReply) => void
}

export type ChannelListener = {
  /** The channel takes no more; these had no answer. `reused`: it was good before, so that another may be too. */
  onClose(channel: StreamChannel, unanswered: readonly StreamQuery[], reason: string, reused: boolean): void
}

/** Messages that answer nothing, until a connection is closed. */
const MOST_MISMATCHES = 20
/** Queries whose time went by on a connection, until it gets no new ones. */
const MOST_ABANDONED = 100
/** The same, when nothing at all came meanwhile: the other end may be gone without a word. */
const MOST_SILENT = 3

export class StreamChannel {
  readonly #socket: Socket
  readonly #listener: ChannelListener
  readonly #wheel: TimerWheel
  readonly #draws: RandomDraws
  readonly #counters: UpstreamCounters
  readonly #idleMilliseconds: number
  readonly #frames = new FrameReader()
  readonly #pending = new Map<number, StreamQuery>()
  /** IDs of queries that nobody waits for any more. */
  readonly #abandoned = new Set<number>()
  #idle: Waiting | undefined
  #answered = 0
  #mismatches = 0
  #silent = 0
  #closed = false

  /** The socket may still be connecting. */
  constructor(
    socket: Socket,
    listener: ChannelListener,
    tools: { wheel: TimerWheel; draws: RandomDraws; counters: UpstreamCounters },
    idleMilliseconds: number,
  ) {
    this.#socket = socket
    this.#listener = listener
    this.#wheel = tools.wheel
    this.#draws = tools.draws
    this.#counters = tools.counters
    this.#idleMilliseconds = idleMilliseconds
    socket.unref()
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    socket.on('error', (error) => this.close(networkReason(error)))
    socket.on('end', () => this.close('the server closed the connection'))
    socket.on('close', () => this.close('the connection was closed'))
  }

  get outstanding(): number {
    return this.#pending.size
  }

  /** Whether it may be given another query. */
  get isOpen(): boolean {
    return !this.#closed && this.#silent < MOST_SILENT && this.#abandoned.size < MOST_ABANDONED
  }

  send(query: StreamQuery): void {
    if (this.#idle !== undefined) this.#idle.call = undefined
    this.#idle = undefined
    let id = this.#draws.u16()
    while (this.#pending.has(id) || this.#abandoned.has(id)) id = this.#draws.u16()
    this.#pending.set(id, query)
    query.at = { channel: this, id }
    const frame = frameOf(query.message)
    frame[2] = id >>> 8
    frame[3] = id
    this.#socket.write(frame)
  }

  /** The time of a query is over. */
  abandon(id: number): void {
    if (!this.#pending.delete(id)) return
    this.#abandoned.add(id)
    this.#silent++
    // Nobody waits and something stayed without an answer: the next query is better off with a new connection.
    if (this.#pending.size === 0) this.close('no answer in time')
  }

  close(reason: string): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#idle !== undefined) this.#idle.call = undefined
    this.#socket.destroy()
    const unanswered = [...this.#pending.values()]
    this.#pending.clear()
    this.#listener.onClose(this, unanswered, reason, this.#answered > 0)
  }

  #onData(chunk: Buffer): void {
    const frames = this.#frames
    this.#silent = 0
    frames.push(chunk)
    while (!this.#closed && frames.next()) this.#onMessage(frames.message)
    if (frames.fault !== undefined) this.close('what the server sent is no message')
    else if (!this.#closed && this.#pending.size === 0) this.#beginIdle()
  }

  #onMessage(message: Uint8Array): void {
    const id = (message[0]! << 8) | message[1]!
    const query = this.#pending.get(id)
    if (query === undefined || !answersQuery(message, message.length, query.message, id, query.end)) {
      if (query === undefined && this.#abandoned.delete(id)) return
      this.#counters.mismatches++
      if (++this.#mismatches >= MOST_MISMATCHES) this.close('the server answers what it was not asked')
      return
    }
    this.#pending.delete(id)
    this.#answered++
    query.waiting.call = undefined
    const octets = copyOctets(message, 0, message.length)
    octets[0] = query.message[0]!
    octets[1] = query.message[1]!
    query.done({ kind: 'message', octets, milliseconds: monotonicMilliseconds() - query.since })
  }

  #beginIdle(): void {
    if (this.#idle?.call !== undefined) return
    this.#idle = this.#wheel.add(this.#idleMilliseconds, () => this.close('idle'))
  }
}
