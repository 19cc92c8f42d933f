/**
 * DNS over HTTPS (RFC 8484): HTTP/2 and HTTP/1.1 at one port, chosen by ALPN; or both without TLS, for a proxy that does the
 * encryption, told apart by their first octets (RFC 9113 §3.3). The peer is then the proxy: what it says of its clients in headers
 * is not believed.
 *
 *   connection → Acceptor → TLS → HTTP/2 session or HTTP/1.1 → `answerRequest` → service
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type IncomingHttpHeaders, performServerHandshake, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { monotonicMilliseconds } from '../clock/index.ts'
import type { Peer, Service } from '../ports/index.ts'
import {
  Acceptor,
  type ClientLimits,
  DEFAULT_CLIENT_LIMITS,
  type IdleClient,
  type ListenOptions,
  localEnd,
  longerIdle,
} from './acceptor.ts'
import type { SocketAddress } from './addresses.ts'
import type { RequestHead } from './doh-request.ts'
import { answerRequest, type DohOptions, type HttpReply } from './doh-service.ts'
import { DEFAULT_HTTP_LIMITS, HttpConnection, type HttpLimits } from './http-connection.ts'
import { TlsAcceptor, type TlsOptions } from './tls-acceptor.ts'

export type HttpsServerOptions = Partial<HttpLimits & ClientLimits & DohOptions> & {
  /** 'none': plain HTTP, for use behind a proxy. */
  readonly tls: TlsOptions | 'none'
}

export type HttpsServerCounters = Acceptor['counters'] & {
  requests: number
  /** Connections that were closed because something took too long. */
  timedOut: number
  handshakeFailures: number
  /** How often each status was given. */
  statuses: Record<number, number>
}

/** How HTTP/2 begins (RFC 9113 §3.4), as far as it takes to know. */
const HTTP2_PREFACE = 'PRI * HTTP/2.0'
const MAX_HEADERS = 16 * 1024
const MAX_HEADER_COUNT = 64
const SESSION_MEGABYTES = 2
/** Frames that break the protocol until the session ends. */
const INVALID_FRAMES = 100

export class HttpsServer {
  readonly limits: HttpLimits
  readonly #doh: DohOptions
  readonly #service: Service
  readonly #acceptor: Acceptor
  readonly #tls: TlsAcceptor | undefined
  readonly #http1: Server
  readonly #connections = new Map<Socket, HttpConnection>()
  readonly #statuses: Record<number, number> = {}
  #requests = 0
  #timedOut = 0
  #timer: NodeJS.Timeout | undefined
  #whenEmpty: (() => void) | undefined

  constructor(service: Service, options: HttpsServerOptions) {
    this.#service = service
    this.limits = { ...DEFAULT_HTTP_LIMITS, ...options }
    this.#doh = { path: options.path ?? '/dns-query', maxMessage: options.maxMessage ?? 65535 }
    const { tls } = options
    this.#tls =
      tls === 'none'
        ? undefined
        : new TlsAcceptor(tls, 'https', ['h2', 'http/1.1'], (socket, peer) => this.#add(socket, peer))
    this.#acceptor = new Acceptor(
      { ...DEFAULT_CLIENT_LIMITS, ...options },
      (socket, address) => {
        if (this.#tls !== undefined) this.#tls.upgrade(socket, address)
        else this.#add(socket, { protocol: 'https', address, port: socket.remotePort ?? 0, ...localEnd(socket) })
      },
      (isFrom) => longerIdle(this.#tls?.findIdle(isFrom), this.#findIdle(isFrom)),
    )
    // It never listens: connections are handed to it, and their time is kept here.
    this.#http1 = createServer(
      { maxHeaderSize: MAX_HEADERS, keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 },
      (request, response) => this.#onRequest(request, response),
    )
    this.#http1.maxHeadersCount = MAX_HEADER_COUNT
  }

  get counters(): HttpsServerCounters {
    return {
      ...this.#acceptor.counters,
      requests: this.#requests,
      timedOut: this.#timedOut,
      handshakeFailures: this.#tls?.handshakeFailures ?? 0,
      statuses: { ...this.#statuses },
    }
  }

  /** Listens on all of the addresses or none; returns them with their ports. Throws DnsError `listen-failed`. */
  listen(addresses: readonly SocketAddress[], options?: ListenOptions): Promise<SocketAddress[]> {
    return this.#acceptor.listen(addresses, options)
  }

  /** Stops listening, answers what is open within `graceSeconds`, closes. */
  async close(graceSeconds = 2): Promise<void> {
    this.#acceptor.stop()
    this.#tls?.stop()
    for (const connection of this.#connections.values()) connection.finish()
    if (this.#connections.size === 0) return
    const timer = setTimeout(() => {
      for (const connection of this.#connections.values()) connection.destroy()
    }, graceSeconds * 1000)
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve
    })
    clearTimeout(timer)
  }

  #findIdle(isFrom: (address: Uint8Array) => boolean): IdleClient | undefined {
    let longest: IdleClient | undefined
    for (const connection of this.#connections.values()) {
      const { idleSince } = connection
      if (idleSince === undefined || (longest !== undefined && idleSince >= longest.idleSince)) continue
      if (isFrom(connection.peer.address)) longest = { idleSince, evict: () => connection.destroy() }
    }
    return longest
  }

  #add(socket: Socket, peer: Peer): void {
    const connection = new HttpConnection(socket, peer)
    this.#connections.set(socket, connection)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#remove(socket))
    this.#planSweep()
    if (this.#tls === undefined) this.#tellApart(connection)
    else this.#begin(connection, peer.applicationProtocol === 'h2')
  }

  #begin(connection: HttpConnection, isHttp2: boolean): void {
    if (isHttp2) this.#beginSession(connection)
    else this.#http1.emit('connection', connection.socket)
  }

  /** Looks at the first octets, and puts them back. */
  #tellApart(connection: HttpConnection): void {
    const { socket } = connection
    let start = Buffer.alloc(0)
    const onEnd = (): unknown => socket.end()
    const onReadable = (): void => {
      const chunk: unknown = socket.read()
      if (!(chunk instanceof Uint8Array)) return // the end; `close` follows
      start = Buffer.concat([start, chunk])
      const text = start.toString('latin1', 0, HTTP2_PREFACE.length)
      if (text.length < HTTP2_PREFACE.length && HTTP2_PREFACE.startsWith(text)) return
      socket.off('readable', onReadable).off('end', onEnd)
      socket.unshift(start)
      this.#begin(connection, text === HTTP2_PREFACE)
    }
    socket.on('readable', onReadable)
    socket.on('end', onEnd)
  }

  #remove(socket: Socket): void {
    this.#connections.delete(socket)
    if (this.#connections.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#whenEmpty?.()
  }

  #beginSession(connection: HttpConnection): void {
    const session = performServerHandshake(connection.socket, {
      settings: {
        enablePush: false,
        maxConcurrentStreams: this.limits.streams,
        maxHeaderListSize: MAX_HEADERS,
      },
      maxHeaderListPairs: MAX_HEADER_COUNT,
      maxSessionMemory: SESSION_MEGABYTES,
      maxSessionInvalidFrames: INVALID_FRAMES,
    })
    connection.session = session
    session.on('error', () => session.destroy())
    session.on('stream', (stream, headers) => this.#onStream(connection, stream, headers))
    session.on('close', () => connection.socket.destroy())
    // The client asks no more: what it has asked is still answered.
    connection.socket.on('end', () => session.close())
  }

  #onStream(connection: HttpConnection, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on('error', ignore)
    const head = headOf(headers[':method'], headers[':path'], headers)
    this.#answer(connection, head, stream, (reply) => {
      if (stream.destroyed || stream.headersSent) return
      const bodiless = head.method === 'HEAD'
      stream.respond({ ...reply.headers, ':status': reply.status }, { endStream: bodiless })
      if (!bodiless) stream.end(reply.body)
      // A body that nobody is going to read is not sent to its end (RFC 9113 §8.1).
      if (!stream.readableEnded) stream.resume()
    })
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connections.get(request.socket)
    if (connection === undefined || connection.openRequests >= this.limits.streams) {
      request.socket.destroy()
      return
    }
    const head = headOf(request.method, request.url, request.headers)
    response.on('error', ignore)
    this.#answer(
      connection,
      head,
      request,
      (reply) => {
        if (response.destroyed) return
        response.writeHead(reply.status, reply.headers)
        response.end(reply.body)
        request.resume()
      },
      response,
    )
  }

  /** From the head of a request to its reply; `closing` is what closes when all is done. */
  #answer(
    connection: HttpConnection,
    head: RequestHead,
    body: IncomingMessage | ServerHttp2Stream,
    reply: (reply: HttpReply) => void,
    closing: ServerResponse | ServerHttp2Stream | IncomingMessage = body,
  ): void {
    this.#requests++
    const request = connection.begin()
    closing.once('close', () => connection.end(request))
    const onAsked = (): void => connection.enter(request, 'asking')
    void answerRequest(head, body, connection.peer, this.#service, this.#doh, onAsked).then((made) => {
      connection.enter(request, 'writing')
      this.#statuses[made.status] = (this.#statuses[made.status] ?? 0) + 1
      reply(made)
    })
  }

  #planSweep(): void {
    if (this.#timer !== undefined) return
    const { idleSeconds, bodySeconds, writeStallSeconds } = this.limits
    const shortest = Math.min(idleSeconds, bodySeconds, writeStallSeconds) * this.#acceptor.patience(0)
    const milliseconds = Math.max(10, Math.min(1000, shortest * 250))
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      const now = monotonicMilliseconds()
      let leaving = 0
      for (const connection of this.#connections.values()) {
        if (!connection.isLate(now, this.limits, this.#acceptor.patience(leaving))) continue
        leaving++
        this.#timedOut++
        connection.destroy()
      }
      if (this.#connections.size > 0) this.#planSweep()
    }, milliseconds)
  }
}

function headOf(method: string | undefined, target: string | undefined, headers: IncomingHttpHeaders): RequestHead {
  return {
    method: method ?? '',
    target: target ?? '',
    accept: headers.accept,
    contentType: headers['content-type'],
    contentLength: headers['content-length'],
  }
}

function ignore(): void {}
