/**
 * The client's side of a TCP or TLS connection: sends one message and gives those that come. Whoever stops reading early closes
 * the connection; whoever reads slowly slows the server down.
 */
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { copyOctets } from '../dns/octets.ts'
import type { Endpoint } from '../ports/index.ts'
import { formatAddress } from './addresses.ts'
import { keepCertificate } from './certificate-failure.ts'
import { FrameReader, frameOf } from './frames.ts'
import { networkError } from './network-error.ts'
import { TLS_RULES } from './tls-rules.ts'

export type ConnectOptions = {
  readonly connectSeconds: number
  /** Most that each message may take to be complete, from the moment it is waited for. */
  readonly idleSeconds: number
  /** Over TLS: the server must agree to speak `dot` (RFC 9103 §7.1). */
  readonly requireDot: boolean
  readonly source?: Uint8Array
}

/** Rejects with DnsError `exchange-failed`. */
export async function* readMessages(
  server: Endpoint,
  message: Uint8Array,
  options: ConnectOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const socket = await connect(server, options)
  const frames = new FrameReader()
  const wait = new Patience(socket, options.idleSeconds)
  try {
    socket.write(frameOf(message))
    wait.begin()
    for await (const chunk of socket) {
      if (!(chunk instanceof Uint8Array)) continue
      frames.push(chunk)
      while (frames.next()) {
        wait.end()
        yield copyOctets(frames.message, 0, frames.message.length)
        wait.begin()
      }
      if (frames.fault !== undefined) throw new Error('what the server sent is no message')
    }
    if (frames.partial) throw new Error('the connection was closed in the middle of a message')
  } catch (error) {
    throw networkError('exchange-failed', server, wait.over ? wait.words : error)
  } finally {
    wait.end()
    socket.destroy()
  }
}

/** Destroys a socket on which a message took too long. */
class Patience {
  over = false
  readonly #socket: Socket
  readonly #seconds: number
  #timer: NodeJS.Timeout | undefined

  constructor(socket: Socket, seconds: number) {
    this.#socket = socket
    this.#seconds = seconds
  }

  get words(): string {
    return `no message in ${this.#seconds} s`
  }

  begin(): void {
    this.end()
    this.#timer = setTimeout(() => {
      this.over = true
      this.#socket.destroy(new Error(this.words))
    }, this.#seconds * 1000)
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}

function connect(server: Endpoint, options: ConnectOptions): Promise<Socket> {
  const place = {
    host: formatAddress(server.address),
    port: server.port,
    ...(options.source === undefined ? {} : { localAddress: formatAddress(options.source) }),
  }
  const { tls } = server
  const socket = tls === undefined ? connectTcp({ ...place, noDelay: true }) : openTls(place, tls)
  return new Promise((resolve, reject) => {
    const fail = (reason: unknown): void => {
      clearTimeout(timer)
      socket.destroy()
      reject(networkError('exchange-failed', server, reason))
    }
    const timer = setTimeout(() => fail(`no connection in ${options.connectSeconds} s`), options.connectSeconds * 1000)
    const onClose = (): void => fail('the connection was closed')
    socket.on('error', fail)
    socket.once('close', onClose)
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      if ('alpnProtocol' in socket && options.requireDot && socket.alpnProtocol !== 'dot') {
        fail("the server does not agree to the application protocol 'dot' (RFC 9103 §7.1)")
        return
      }
      clearTimeout(timer)
      socket.off('close', onClose)
      resolve(socket) // `fail` stays: an error between two reads has somebody to hear it
    })
  })
}

function openTls(
  place: { host: string; port: number; localAddress?: string },
  tls: NonNullable<Endpoint['tls']>,
): TLSSocket {
  const name = tls.serverName?.replace(/\.$/, '')
  const socket = connectTls({
    ...place,
    ...TLS_RULES,
    minVersion: 'TLSv1.3',
    ALPNProtocols: ['dot'],
    rejectUnauthorized: tls.verify,
    ...(name === undefined ? {} : { servername: name }),
    ...(tls.authorities === undefined ? {} : { ca: tls.authorities }),
  })
  keepCertificate(socket)
  return socket
}
