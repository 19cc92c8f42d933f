/**
 * Asking servers: by UDP with TCP after a truncated answer, by TCP, by TLS; and streams of messages, for transfers.
 *
 * A UDP query has a socket of its own, whose port the system picks at random, and an ID of its own (RFC 5452 §9.2). The socket
 * is connected: the system lets only datagrams of the server through. What does not answer this question is passed over, and
 * waited on. A query that nobody answered is sent once more. A message that is signed keeps its ID, which the signature covers.
 *
 * What it does not do: verify signatures or look at answers any further; keep connections for the next query.
 */

import { randomInt } from 'node:crypto'
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { monotonicMilliseconds } from '../clock/index.ts'
import { DnsError } from '../dns/errors.ts'
import { FLAG_TC, MessageView, RCODE_FORMERR, RCODE_MASK, RCODE_NOTIMP } from '../dns/wire/index.ts'
import type { Endpoint, Exchange } from '../ports/index.ts'
import { formatAddress } from './addresses.ts'
import { type ConnectOptions, readMessages } from './client-stream.ts'
import { networkError } from './network-error.ts'

export type ExchangeOptions = {
  /** Address from which servers of its kind (IPv4, IPv6) are asked. */
  readonly source4?: Uint8Array
  readonly source6?: Uint8Array
  /** For both tries of a UDP query, or a whole query by TCP; 5 unless told. */
  readonly timeoutSeconds?: number
  /** TCP's and TLS's handshakes; 5 unless told. */
  readonly connectSeconds?: number
  /** Most that a stream waits for its next message to be complete; 30 unless told. */
  readonly idleSeconds?: number
}

const UDP_TRIES = 2

export class NetworkExchange implements Exchange {
  readonly #options: ExchangeOptions

  constructor(options: ExchangeOptions = {}) {
    this.#options = options
  }

  async query(
    server: Endpoint,
    message: Uint8Array,
    options: { tcp?: boolean; timeoutSeconds?: number } = {},
  ): Promise<Uint8Array> {
    const query = new SentQuery(message)
    const timeoutSeconds = options.timeoutSeconds ?? this.#options.timeoutSeconds ?? 5
    if (options.tcp === true || server.tls !== undefined) return this.#queryStream(server, query, timeoutSeconds)
    const source = this.#sourceFor(server)
    for (let tries = 1; ; tries++) {
      const answer = await askByUdp(server, query, source, (timeoutSeconds * 1000) / UDP_TRIES)
      if (answer !== undefined) {
        if (!answer.truncated) return answer.message
        return this.#queryStream(server, query, timeoutSeconds)
      }
      if (tries === UDP_TRIES) throw networkError('exchange-failed', server, `no answer in ${timeoutSeconds} s`)
      query.renewId()
    }
  }

  stream(server: Endpoint, message: Uint8Array, options: { idleSeconds?: number } = {}): AsyncIterable<Uint8Array> {
    const idleSeconds = options.idleSeconds ?? this.#options.idleSeconds ?? 30
    return readMessages(server, message, this.#connectOptions(server, idleSeconds, server.tls !== undefined))
  }

  async #queryStream(server: Endpoint, query: SentQuery, timeoutSeconds: number): Promise<Uint8Array> {
    const end = monotonicMilliseconds() + timeoutSeconds * 1000
    const connect = this.#connectOptions(server, timeoutSeconds, false)
    for await (const message of readMessages(server, query.message, connect)) {
      const answer = query.read(message)
      if (answer !== undefined) return answer.message
      if (monotonicMilliseconds() >= end)
        throw networkError('exchange-failed', server, `no answer in ${timeoutSeconds} s`)
    }
    throw networkError('exchange-failed', server, 'the connection was closed without an answer')
  }

  #connectOptions(server: Endpoint, idleSeconds: number, requireDot: boolean): ConnectOptions {
    const connectSeconds = Math.min(this.#options.connectSeconds ?? 5, idleSeconds)
    const source = this.#sourceFor(server)
    return { connectSeconds, idleSeconds, requireDot, ...(source === undefined ? {} : { source }) }
  }

  #sourceFor(server: Endpoint): Uint8Array | undefined {
    return server.address.length === 4 ? this.#options.source4 : this.#options.source6
  }
}

type ReadAnswer = { readonly message: Uint8Array; readonly truncated: boolean }

/** A query as it is sent: with an ID that nobody can foretell, which answers are given back without. */
class SentQuery {
  readonly message: Uint8Array
  readonly #view = new MessageView()
  readonly #answer = new MessageView()
  readonly #ownId: number
  readonly #signed: boolean

  constructor(message: Uint8Array) {
    this.message = message.slice()
    const fault = this.#view.parse(this.message) ?? this.#view.scan()
    if (fault !== undefined) throw new DnsError('exchange-failed', `what is to be asked is no message (${fault})`)
    this.#ownId = this.#view.id
    this.#signed = this.#view.tsigAt >= 0 || this.#view.sig0At >= 0
    this.renewId()
  }

  renewId(): void {
    if (this.#signed) return
    const id = randomInt(0x10000)
    this.message[0] = id >>> 8
    this.message[1] = id
    this.#view.parse(this.message)
  }

  /** The message with the ID that the caller gave, in memory of its own, if it answers this query. */
  read(octets: Uint8Array): ReadAnswer | undefined {
    const answer = this.#answer
    if (answer.parse(octets) !== undefined) return undefined
    if (!answer.answersTo(this.#view) && !this.#isRefusal()) return undefined
    const message = Uint8Array.from(octets)
    message[0] = this.#ownId >>> 8
    message[1] = this.#ownId
    return { message, truncated: (answer.bits & FLAG_TC) !== 0 }
  }

  /** A server that could not read the query, or does not know its kind, may answer with a header alone. */
  #isRefusal(): boolean {
    const answer = this.#answer
    const rcode = answer.bits & RCODE_MASK
    if (answer.questions > 0 || (rcode !== RCODE_FORMERR && rcode !== RCODE_NOTIMP)) return false
    return answer.isResponse && answer.id === this.#view.id && answer.opcode === this.#view.opcode
  }
}

/** One try: undefined when the time is over. Rejects when the system knows that there will be no answer. */
function askByUdp(
  server: Endpoint,
  query: SentQuery,
  source: Uint8Array | undefined,
  milliseconds: number,
): Promise<ReadAnswer | undefined> {
  const host = formatAddress(server.address)
  return new Promise((resolve, reject) => {
    const socket: UdpSocket = createSocket({
      type: server.address.length === 4 ? 'udp4' : 'udp6',
      lookup: (address, _options, callback) => callback(null, address, server.address.length === 4 ? 4 : 6),
    })
    const timer = setTimeout(() => end(() => resolve(undefined)), milliseconds)
    let ended = false
    const end = (then: () => void): void => {
      if (ended) return
      ended = true
      clearTimeout(timer)
      socket.close()
      then()
    }
    const fail = (error: unknown): void => end(() => reject(networkError('exchange-failed', server, error)))
    socket.on('error', fail)
    socket.on('message', (octets) => {
      const answer = query.read(octets)
      if (answer !== undefined) end(() => resolve(answer))
    })
    socket.on('connect', () => {
      if (!ended) socket.send(query.message, (error) => error !== null && fail(error))
    })
    const connect = (): void => socket.connect(server.port, host)
    if (source === undefined) connect()
    else socket.bind({ address: formatAddress(source), port: 0 }, connect)
  })
}
