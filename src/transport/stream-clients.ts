/** The open connections of a TCP or TLS server: looked after by one timer, closed together, counted as they end. */

import type { Socket } from 'node:net'
import { monotonicMilliseconds } from '../clock/index.ts'
import type { Peer, Service } from '../ports/index.ts'
import type { FindIdle, IdleClient, Patience } from './acceptor.ts'
import { StreamConnection } from './stream-connection.ts'
import type { CloseReason, StreamLimits } from './stream-limits.ts'

/** Queries taken by connections that have ended, and how many of these ended for each reason. */
export type StreamCounters = { queries: number; closed: Record<CloseReason, number> }

export class StreamClients {
  readonly limits: StreamLimits
  readonly #service: Service
  readonly #connections = new Set<StreamConnection>()
  readonly #closed: Record<CloseReason, number> = {
    client: 0,
    idle: 0,
    'no-query': 0,
    'slow-writer': 0,
    'slow-reader': 0,
    malformed: 0,
    evicted: 0,
    fault: 0,
    server: 0,
  }
  #queries = 0
  #timer: NodeJS.Timeout | undefined
  #closing = false
  #whenEmpty: (() => void) | undefined

  readonly #patience: Patience
  readonly #patienceNow = (): number => this.#patience(0)

  /** `patience`: the share of the limits of time that clients have now. */
  constructor(service: Service, limits: StreamLimits, patience: Patience) {
    this.#service = service
    this.limits = limits
    this.#patience = patience
  }

  /** The connection that has waited for its client longest, of those from these addresses. */
  readonly findIdle: FindIdle = (isFrom) => {
    let longest: IdleClient | undefined
    for (const connection of this.#connections) {
      const { idleSince } = connection
      if (idleSince === undefined || (longest !== undefined && idleSince >= longest.idleSince)) continue
      if (isFrom(connection.peer.address)) longest = { idleSince, evict: () => connection.evict() }
    }
    return longest
  }

  get counters(): StreamCounters {
    let queries = this.#queries
    for (const connection of this.#connections) queries += connection.queries
    return { queries, closed: { ...this.#closed } }
  }

  add(socket: Socket, peer: Peer): void {
    if (this.#closing) {
      socket.destroy()
      return
    }
    const onClose = (connection: StreamConnection, reason: CloseReason): void => this.#remove(connection, reason)
    const crowdedPeer = { ...peer, patience: this.#patienceNow }
    this.#connections.add(new StreamConnection(socket, crowdedPeer, this.#service, this.limits, onClose))
    this.#planSweep()
  }

  /** Ends all connections: each when its open questions are answered, at once after `graceSeconds`. */
  async close(graceSeconds: number): Promise<void> {
    this.#closing = true
    for (const connection of this.#connections) connection.finish()
    if (this.#connections.size === 0) return
    const timer = setTimeout(() => {
      for (const connection of this.#connections) connection.reset('server')
    }, graceSeconds * 1000)
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve
    })
    clearTimeout(timer)
  }

  #remove(connection: StreamConnection, reason: CloseReason): void {
    this.#connections.delete(connection)
    this.#queries += connection.queries
    this.#closed[reason]++
    if (this.#connections.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#whenEmpty?.()
  }

  /** Often enough that no limit is overstepped by more than a quarter, and once a second at the most. */
  #planSweep(): void {
    if (this.#timer !== undefined) return
    const { idleSeconds, firstQuerySeconds, messageSeconds, writeStallSeconds } = this.limits
    const shortest = Math.min(idleSeconds, firstQuerySeconds, messageSeconds, writeStallSeconds)
    const milliseconds = Math.max(10, Math.min(1000, shortest * this.#patience(0) * 250))
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      const now = monotonicMilliseconds()
      let leaving = 0
      for (const connection of this.#connections) if (connection.sweep(now, this.#patience(leaving))) leaving++
      if (this.#connections.size > 0) this.#planSweep()
    }, milliseconds)
  }
}
