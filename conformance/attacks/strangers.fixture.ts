/**
 * Strangers, in a thread of their own: they send what anyone can send to a server, about ever other names and, where the system has
 * all of 127.0.0.0/8, from ever other addresses. `Strangers` is the side of the test.
 */
import { randomBytes, randomInt } from 'node:crypto'
import { createSocket, type Socket as Datagrams } from 'node:dgram'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { Name } from '../../src/dns/name/index.ts'
import { CLASS_IN, typeNumber } from '../../src/dns/rr/index.ts'
import { encodeMessage, headerOf, OPCODE_NOTIFY, OPCODE_UPDATE } from '../../src/dns/wire/index.ts'
import { newTsigKey, signRequest } from '../../src/tsig/index.ts'

export type Target = {
  /** UDP and TCP. */
  readonly port: number
  readonly tls: number
  readonly https: number
  readonly management: number
  /** Zones that the server has. */
  readonly zones: readonly string[]
  /** The name of a TSIG key of the server, whose secret strangers do not know. */
  readonly key: string
}

/** Datagrams and connections that were sent. */
export type Sent = { datagrams: number; connections: number }

export class Strangers {
  readonly #worker: Worker
  readonly #sent = Promise.withResolvers<Sent>()

  constructor(target: Target) {
    this.#worker = new Worker(new URL(import.meta.url), { workerData: target })
    this.#worker.once('message', this.#sent.resolve).once('error', this.#sent.reject)
  }

  async stop(): Promise<Sent> {
    this.#worker.postMessage('stop')
    const sent = await this.#sent.promise
    await this.#worker.terminate()
    return sent
  }
}

const SOCKETS = 32
/** So many datagrams go out in each turn, and a socket is replaced by one of another address. */
const BURST = 16
const CONNECTIONS = 24
const CONNECTION_MILLISECONDS = 300

if (!isMainThread) flood(workerData)

function flood(target: Target): void {
  const sent: Sent = { datagrams: 0, connections: 0 }
  const sockets: (Datagrams | undefined)[] = []
  let isOver = false
  let open = 0
  const timer = setInterval(() => {
    replaceSocket(sockets, sent.datagrams)
    for (let i = 0; i < BURST; i++) {
      sockets[randomInt(SOCKETS)]?.send(anyMessage(target), target.port, '127.0.0.1', () => {})
      sent.datagrams++
    }
    while (open < CONNECTIONS && !isOver) {
      open++
      sent.connections++
      connectOnce(target, () => open--)
    }
  }, 2)
  parentPort?.once('message', () => {
    isOver = true
    clearInterval(timer)
    for (const socket of sockets) socket?.close()
    parentPort?.postMessage(sent)
  })
}

function replaceSocket(sockets: (Datagrams | undefined)[], count: number): void {
  const at = (count / BURST) % SOCKETS
  const socket = createSocket('udp4').on('error', () => {})
  sockets[at]?.close()
  sockets[at] = undefined
  // One of them is the address that the primary of a zone has.
  socket.bind({ address: at === 0 ? '127.0.0.1' : anyAddress() }, () => {
    sockets[at] = socket
  })
}

function anyAddress(): string {
  return `127.${randomInt(256)}.${randomInt(256)}.${1 + randomInt(254)}`
}

function pick<T>(list: readonly [T, ...T[]]): T {
  return list[randomInt(list.length)] ?? list[0]
}

/** A zone of the server, or a name that was not there before. */
function anyZone({ zones }: Target): string {
  return zones[randomInt(zones.length + 1)] ?? `${randomBytes(30).toString('hex')}.${randomBytes(20).toString('hex')}.`
}

function message(name: string, type: string, opcode = 0): Uint8Array {
  return encodeMessage({
    header: { ...headerOf(randomInt(65536), 0), opcode },
    questions: [{ name: Name.parse(name), type: typeNumber(type), class: CLASS_IN }],
    answer: [],
    authority: [],
    additional: [],
  })
}

function badlySigned(target: Target): Uint8Array {
  const name = pick([target.key, `${randomBytes(16).toString('hex')}.`])
  const key = newTsigKey(Name.parse(name), 'hmac-sha256', randomBytes(32))
  const type = pick(['AXFR', 'SOA'])
  return signRequest(message(anyZone(target), type), key, Math.floor(Date.now() / 1000)).message
}

/** The octets of any message, most of them well-formed. */
function anyMessage(target: Target): Uint8Array {
  const kinds: readonly [() => Uint8Array, ...(() => Uint8Array)[]] = [
    () => message(anyZone(target), 'IXFR'),
    () => message(anyZone(target), 'AXFR'),
    () => message(anyZone(target), 'SOA', OPCODE_NOTIFY),
    () => message(anyZone(target), 'SOA', OPCODE_UPDATE),
    () => badlySigned(target),
    () => message(anyZone(target), 'ANY'),
    () => message(anyZone(target), 'A', randomInt(16)),
    () => message('version.bind.', 'TXT'),
    () => randomBytes(randomInt(600)),
    () => damaged(message(anyZone(target), 'AXFR')),
  ]
  return pick(kinds)()
}

/** A message in which some octets are others. */
function damaged(octets: Uint8Array): Uint8Array {
  for (let i = 0; i < 3; i++) octets[randomInt(octets.length)] = randomInt(256)
  return octets
}

function framed(octets: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(octets.length >> 8, octets.length & 255), octets])
}

function connectOnce(target: Target, closed: () => void): void {
  const { port, tls, https, management } = target
  const kinds: readonly [() => Socket, ...(() => Socket)[]] = [
    () => plain(port, framed(message(anyZone(target), 'AXFR'))),
    () => plain(port, Buffer.concat(Array.from({ length: 50 }, () => framed(anyMessage(target))))),
    () => plain(port, randomBytes(randomInt(2000))),
    () => plain(port, Buffer.of(0xff)),
    () => plain(tls, randomBytes(200)),
    () => plain(tls, framed(message(anyZone(target), 'AXFR'))),
    () => plain(tls, Buffer.alloc(0)),
    () => overTls(tls, framed(message(anyZone(target), 'AXFR'))),
    () => overTls(tls, Buffer.alloc(0)),
    () => plain(https, Buffer.from('GET /dns-query HTTP/1.1\r\n\r\n')),
    () => overTls(https, randomBytes(300), ['h2']),
    () => overTls(https, Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), ['h2']),
    () => plain(management, randomBytes(500)),
    () => plain(management, Buffer.from(`GET /%61pi/${'x'.repeat(randomInt(9000))} HTTP/1.1\r\nHost: evil\r\n\r\n`)),
    () =>
      plain(management, Buffer.from(`POST /api/v1/stop HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{`)),
    () => plain(management, Buffer.from(`GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(randomInt(3000))}`)),
  ]
  const socket = pick(kinds)()
  socket.on('error', () => {}).on('close', closed)
  socket.resume()
  setTimeout(() => socket.destroy(), CONNECTION_MILLISECONDS)
}

function plain(port: number, octets: Buffer): Socket {
  const socket = connect({ host: '127.0.0.1', port, localAddress: anyAddress() })
  return socket.once('connect', () => socket.write(octets))
}

function overTls(port: number, octets: Buffer, protocols: string[] = []): Socket {
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: protocols })
  return socket.once('secureConnect', () => socket.write(octets))
}
