/**
 * Queries over HTTPS (RFC 8484): POST, by HTTP/2, one connection to each server and many requests on it. Messages have the ID 0 on
 * the way (§4.1); what is given back has that of the query.
 */

import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import { monotonicMilliseconds } from '../../clock/index.ts'
import type { Endpoint } from '../../ports/index.ts'
import type { UpstreamReply } from '../../ports/upstream.ts'
import { formatSocketAddress } from '../addresses.ts'
import { networkReason } from '../network-error.ts'
import type { UpstreamCounters } from './counters.ts'
import { answersQuery } from './question.ts'
import type { ConnectionSettings } from './stream-servers.ts'
import type { TimerWheel, Waiting } from './timer-wheel.ts'
import { endpointKey, TlsClient } from './tls-client.ts'

const MEDIA_TYPE = 'application/dns-message'
const DEFAULT_PATH = '/dns-query'
const MAX_BODY = 65535
const MOST_TYPE = 40
const MAX_HEADERS = 64
const SESSION_MEGABYTES = 4
const MOST_SERVERS = 1024
/** Requests in a row whose time goes by, until the connection is given up. */
const MOST_SILENT = 3

export type HttpsQuery = {
  readonly message: Uint8Array
  readonly end: number
  readonly since: number
  readonly waiting: Waiting
  readonly done: (reply: UpstreamReply) => void
  /** Once it is sent: what gives it up. */
  abandon: (() => void) | undefined
}

type Server = {
  readonly tls: TlsClient
  session: ClientHttp2Session | undefined
  outstanding: number
  /** Requests whose time went by since anything was heard. */
  silent: number
  idle: Waiting | undefined
  /** Why the connection failed. */
  failure: { error: unknown }
}

export class HttpsServers {
  open = 0
  readonly #settings: ConnectionSettings
  readonly #wheel: TimerWheel
  readonly #counters: UpstreamCounters
  readonly #servers = new Map<string, Server>()

  constructor(settings: ConnectionSettings, wheel: TimerWheel, counters: UpstreamCounters) {
    this.#settings = settings
    this.#wheel = wheel
    this.#counters = counters
  }

  /** Sends a query, or says later that it could not. The caller keeps the time, and abandons the query when it is over. */
  ask(endpoint: Endpoint, query: HttpsQuery): void {
    const server = this.#serverOf(endpoint)
    const session = this.#sessionOf(endpoint, server)
    if (session === undefined) {
      setImmediate(() => end(query, 'too many connections, and all of them busy'))
      return
    }
    if (server.idle !== undefined) server.idle.call = undefined
    server.outstanding++
    try {
      const request = this.#request(endpoint, server, session, query)
      query.abandon = () => {
        request.destroy()
        // The other end may be gone without a word; the next query is better off with a new connection.
        if (session.connecting || ++server.silent >= MOST_SILENT) session.destroy()
      }
    } catch (error) {
      this.#onRequestEnd(server)
      setImmediate(() => end(query, networkReason(error)))
    }
  }

  close(reason: string): void {
    for (const server of this.#servers.values()) {
      server.failure.error ??= reason
      server.session?.destroy()
    }
    this.#servers.clear()
  }

  #request(endpoint: Endpoint, server: Server, session: ClientHttp2Session, query: HttpsQuery): ClientHttp2Stream {
    const body = Buffer.from(query.message)
    body[0] = 0
    body[1] = 0
    const request = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: endpoint.path ?? DEFAULT_PATH,
      [constants.HTTP2_HEADER_CONTENT_TYPE]: MEDIA_TYPE,
      [constants.HTTP2_HEADER_ACCEPT]: MEDIA_TYPE,
      [constants.HTTP2_HEADER_CONTENT_LENGTH]: body.length,
    })
    // Of this connection: the server may have another before the request ends.
    const { failure } = server
    const chunks: Buffer[] = []
    let size = 0
    let refusal = 'the server closed the connection'
    let complete = false
    request.on('response', (headers) => {
      server.silent = 0
      const status = headers[':status']
      const type = headers['content-type']
      if (status !== 200) refusal = `the server returned HTTP status ${status}`
      else if (typeof type !== 'string' || type.split(';')[0]?.trim().toLowerCase() !== MEDIA_TYPE)
        refusal = `the server returned content of type ${typeText(type)}, not ${MEDIA_TYPE}`
      else return
      request.close(constants.NGHTTP2_CANCEL)
    })
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= MAX_BODY) chunks.push(chunk)
      else {
        refusal = 'the server returned more than 65535 octets'
        request.close(constants.NGHTTP2_CANCEL)
      }
    })
    request.on('end', () => {
      complete = size > 0 && size <= MAX_BODY && request.rstCode === constants.NGHTTP2_NO_ERROR
    })
    request.on('error', (error) => {
      refusal = networkReason(failure.error ?? error)
    })
    request.on('close', () => {
      this.#onRequestEnd(server)
      if (complete) this.#onMessage(Buffer.concat(chunks, size), query)
      else end(query, failure.error === undefined ? refusal : networkReason(failure.error))
    })
    request.end(body)
    return request
  }

  #onMessage(body: Buffer, query: HttpsQuery): void {
    if (query.waiting.call === undefined) return
    if (!answersQuery(body, body.length, query.message, 0, query.end)) {
      this.#counters.mismatches++
      end(query, 'the server answers what it was not asked')
      return
    }
    query.waiting.call = undefined
    const octets = Uint8Array.from(body)
    octets.set(query.message.subarray(0, 2))
    query.done({ kind: 'message', octets, milliseconds: monotonicMilliseconds() - query.since })
  }

  #onRequestEnd(server: Server): void {
    server.outstanding--
    if (server.outstanding > 0 || server.session === undefined) return
    server.idle = this.#wheel.add(this.#settings.idleSeconds * 1000, () => server.session?.close())
  }

  #serverOf(endpoint: Endpoint): Server {
    const key = endpointKey(endpoint)
    const known = this.#servers.get(key)
    if (known !== undefined) return known
    if (this.#servers.size >= MOST_SERVERS) {
      for (const [other, { session }] of this.#servers) if (session === undefined) this.#servers.delete(other)
    }
    const server: Server = {
      tls: new TlsClient(endpoint, ['h2'], this.#counters),
      session: undefined,
      outstanding: 0,
      silent: 0,
      idle: undefined,
      failure: { error: undefined },
    }
    this.#servers.set(key, server)
    return server
  }

  #sessionOf(endpoint: Endpoint, server: Server): ClientHttp2Session | undefined {
    const { session: known } = server
    if (known !== undefined && !known.closed && !known.destroyed) return known
    if (this.open >= this.#settings.maxConnections && !this.#closeIdle()) return undefined
    const source = endpoint.address.length === 4 ? this.#settings.source4 : this.#settings.source6
    const failure: Server['failure'] = { error: undefined }
    server.failure = failure
    server.silent = 0
    const name = endpoint.tls?.serverName?.replace(/\.$/, '')
    const authority = name === undefined ? formatSocketAddress(endpoint) : `${name}:${endpoint.port}`
    const session = connect(`https://${authority}`, {
      createConnection: () => {
        const socket = server.tls.connect(source)
        socket.once('error', (error) => {
          failure.error = error
        })
        return socket
      },
      maxReservedRemoteStreams: 0,
      maxHeaderListPairs: MAX_HEADERS,
      maxSessionMemory: SESSION_MEGABYTES,
      settings: { enablePush: false },
    })
    this.open++
    server.session = session
    session.unref()
    // Its requests end with it, and tell.
    session.on('error', (error) => {
      failure.error ??= error
    })
    session.on('goaway', () => session.close())
    session.once('close', () => {
      this.open--
      if (server.session === session) server.session = undefined
    })
    return session
  }

  #closeIdle(): boolean {
    for (const server of this.#servers.values()) {
      if (server.session === undefined || server.outstanding > 0) continue
      server.session.destroy()
      return true
    }
    return false
  }
}

/** A content type of a stranger, cut short. */
function typeText(type: unknown): string {
  return typeof type === 'string' ? type.replaceAll(/[^\x21-\x7e]/g, '').slice(0, MOST_TYPE) : '(none)'
}

/** The query fails, unless its time went by meanwhile. */
function end(query: HttpsQuery, text: string): void {
  if (query.waiting.call === undefined) return
  query.waiting.call = undefined
  query.done({ kind: 'failed', text })
}
