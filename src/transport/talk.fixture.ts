/** Messages and clients for the tests of transports. */
import { connect, type Socket } from 'node:net'
import { Name } from '../dns/name/index.ts'
import { FLAG_QR, MessageBuilder, MessageView } from '../dns/wire/index.ts'
import type { Service } from '../ports/index.ts'
import { parseAddress, type SocketAddress } from './addresses.ts'
import { FrameReader, frameOf } from './frames.ts'

export const LOOPBACK: SocketAddress = { address: Uint8Array.of(127, 0, 0, 1), port: 0 }
export const LOOPBACK6: SocketAddress = { address: parseAddress('::1') ?? new Uint8Array(16), port: 0 }

const builder = new MessageBuilder()

/** A query for the name with this ID. */
export function queryFor(name: string, id = 1, type = 1): Uint8Array {
  builder.begin(id, 0x0100)
  builder.question(Name.parse(name).octets, 0, type, 1)
  builder.finish()
  return builder.copy()
}

/** An answer to a query: its question, and TXT records of so many octets; `bits` are added to the header's. */
export function answerTo(query: Uint8Array, options: { size?: number; ttl?: number; bits?: number } = {}): Uint8Array {
  const view = new MessageView()
  view.parse(query)
  const answers = new MessageBuilder()
  answers.begin(view.id, FLAG_QR | (options.bits ?? 0))
  answers.copyQuestion(view)
  const { size = 4, ttl = 300 } = options
  answers.openGroup(1)
  if (size > 0) answers.recordAt(12, size === 4 ? 1 : 65280, 1, ttl, new Uint8Array(size).fill(1), 0, size)
  answers.closeGroup(true)
  answers.finish()
  return answers.copy()
}

export function idOf(message: Uint8Array | undefined): number {
  return message === undefined ? -1 : ((message[0] ?? 0) << 8) | (message[1] ?? 0)
}

/** First label of the question. */
export function labelOf(message: Uint8Array): string {
  return Buffer.from(message.subarray(13, 13 + (message[12] ?? 0))).toString()
}

/** Answers everything at once. */
export const answerAll: Service = (message) => answerTo(message)

export function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/** Waits until something holds. */
export async function until(condition: () => boolean, what: string, seconds = 5): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`)
    await after(5)
  }
}

/** A client that writes what a test tells it to, octet by octet if need be. */
export class RawClient {
  readonly socket: Socket
  readonly messages: Uint8Array[] = []
  /** How the connection ended, as soon as it has. */
  ended: 'end' | 'reset' | undefined
  readonly #reader = new FrameReader()

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk)
      while (this.#reader.next()) this.messages.push(this.#reader.message.slice())
    })
    socket.on('end', () => {
      this.ended ??= 'end'
    })
    socket.on('error', () => {
      this.ended ??= 'reset'
    })
  }

  static async open(port: number, options: { host?: string; allowHalfOpen?: boolean } = {}): Promise<RawClient> {
    const client = new RawClient(connect({ host: '127.0.0.1', port, ...options }))
    // One that is refused may see the end before it saw the beginning.
    await new Promise<void>((resolve) => client.socket.once('connect', resolve).once('close', () => resolve()))
    return client
  }

  send(...messages: Uint8Array[]): void {
    this.socket.write(Buffer.concat(messages.map(frameOf)))
  }

  async receive(count: number, seconds = 5): Promise<Uint8Array[]> {
    await until(() => this.messages.length >= count || this.ended !== undefined, `${count} messages`, seconds)
    return this.messages
  }

  async end(seconds = 5): Promise<string> {
    await until(() => this.ended !== undefined, 'the end of the connection', seconds)
    return this.ended ?? ''
  }
}
