/** One HTTP connection: which of its requests are open, and since when, so that what takes too long can be ended. */

import type { ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import { monotonicMilliseconds } from '../clock/index.ts'
import type { Peer } from '../ports/index.ts'

export type HttpLimits = {
  /** A connection without a request is closed after this; the head of a request must be complete in it. */
  idleSeconds: number
  /** The body of a request must be complete after this. */
  bodySeconds: number
  /** A response must be taken after this. */
  writeStallSeconds: number
  /** Requests of one connection at a time. */
  streams: number
}

export const DEFAULT_HTTP_LIMITS: Readonly<HttpLimits> = {
  idleSeconds: 30,
  bodySeconds: 10,
  writeStallSeconds: 10,
  streams: 100,
}

/** `reading` the body, `asking` the service, `writing` the response. */
type Phase = 'reading' | 'asking' | 'writing'
export type OpenRequest = { phase: Phase; since: number }

export class HttpConnection {
  readonly socket: Socket
  readonly peer: Peer
  /** Present with HTTP/2. */
  session: ServerHttp2Session | undefined
  readonly #requests = new Set<OpenRequest>()
  #idleSince = monotonicMilliseconds()
  #finishing = false

  constructor(socket: Socket, peer: Peer) {
    this.socket = socket
    this.peer = peer
  }

  get openRequests(): number {
    return this.#requests.size
  }

  begin(): OpenRequest {
    const request: OpenRequest = { phase: 'reading', since: monotonicMilliseconds() }
    this.#requests.add(request)
    return request
  }

  enter(request: OpenRequest, phase: Phase): void {
    request.phase = phase
    request.since = monotonicMilliseconds()
  }

  end(request: OpenRequest): void {
    this.#requests.delete(request)
    this.#idleSince = monotonicMilliseconds()
    if (this.#finishing && this.#requests.size === 0 && this.session === undefined) this.socket.end()
  }

  /** Takes no more requests; closes when those that are open are answered. */
  finish(): void {
    this.#finishing = true
    if (this.session !== undefined) this.session.close()
    else if (this.#requests.size === 0) this.socket.end()
  }

  /** Closes at once. */
  destroy(): void {
    this.session?.destroy()
    this.socket.destroy()
  }

  /** Since when it waits for its client, by `monotonicMilliseconds`; undefined while the client waits for an answer. */
  get idleSince(): number | undefined {
    if (this.#requests.size === 0) return this.#idleSince
    let latest = 0
    for (const { phase, since } of this.#requests) {
      if (phase === 'asking') return undefined
      latest = Math.max(latest, since)
    }
    return latest
  }

  /** Whether something took too long. `now`: `monotonicMilliseconds`; `patience`: the share of the limits that is left. */
  isLate(now: number, limits: HttpLimits, patience: number): boolean {
    if (this.#requests.size === 0) return now - this.#idleSince >= limits.idleSeconds * patience * 1000
    for (const { phase, since } of this.#requests) {
      const seconds = phase === 'reading' ? limits.bodySeconds * patience : limits.writeStallSeconds
      if (phase !== 'asking' && now - since >= seconds * 1000) return true
    }
    return false
  }
}
