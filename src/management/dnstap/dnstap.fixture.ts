/** The other end of a dnstap stream, for tests: reads frames and the messages in them, and collects from a socket. */
import assert from 'node:assert/strict'
import { createServer, type Server, type Socket } from 'node:net'
import { ControlFrameReader, DNSTAP_CONTENT, encodeControl } from './control-frames.ts'

export type ReadFrame = { control: string } | { data: Uint8Array }

const CONTROL = ['', 'accept', 'start', 'stop', 'ready', 'finish']

/** All frames of a whole stream; what is cut short fails. */
export function readFrames(stream: Uint8Array): ReadFrame[] {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.length)
  const frames: ReadFrame[] = []
  for (let at = 0; at < stream.length; ) {
    const length = view.getUint32(at)
    if (length > 0) {
      assert.ok(at + 4 + length <= stream.length, 'a data frame is whole')
      frames.push({ data: stream.slice(at + 4, at + 4 + length) })
      at += 4 + length
    } else {
      const size = view.getUint32(at + 4)
      const content = size > 12 ? ` ${Buffer.from(stream.subarray(at + 20, at + 8 + size))}` : ''
      frames.push({ control: `${CONTROL[view.getUint32(at + 8)]}${content}` })
      at += 8 + size
    }
  }
  return frames
}

/** The words of control frames, and the count of data frames between them. */
export function outline(stream: Uint8Array): string {
  const words: string[] = []
  let run = 0
  for (const frame of [...readFrames(stream), { control: '' }]) {
    if ('data' in frame) {
      run++
      continue
    }
    if (run > 0) words.push(String(run))
    run = 0
    words.push(frame.control)
  }
  return words.join(' | ').replace(/ \| $/, '')
}

/** Field number → values, of one Protocol Buffers message. */
export type Fields = Map<number, (number | Uint8Array)[]>

export function readFields(octets: Uint8Array): Fields {
  const fields: Fields = new Map()
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const octet = octets[at++] ?? assert.fail('a number is whole')
      value += (octet & 0x7f) * scale
      if (octet < 0x80) return value
    }
  }
  while (at < octets.length) {
    const tag = varint()
    let value: number | Uint8Array
    if ((tag & 7) === 0) value = varint()
    else if ((tag & 7) === 5) {
      value = new DataView(octets.buffer, octets.byteOffset + at, 4).getUint32(0, true)
      at += 4
    } else {
      assert.equal(tag & 7, 2)
      const length = varint()
      assert.ok(at + length <= octets.length, 'octets are whole')
      value = octets.slice(at, at + length)
      at += length
    }
    const earlier = fields.get(tag >> 3)
    if (earlier === undefined) fields.set(tag >> 3, [value])
    else earlier.push(value)
  }
  return fields
}

export type Manners = {
  /** What it accepts; all that we send otherwise. */
  readonly content?: string
  /** Reads nothing once it has accepted. */
  readonly stall?: boolean
  /** Says this in place of ACCEPT. */
  readonly instead?: Uint8Array
}

/** A collector that speaks its half of the handshake. */
export class Collector {
  /** What came, a stream for each connection. */
  readonly streams: Buffer[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  manners: Manners

  private constructor(manners: Manners) {
    this.manners = manners
    this.#server = createServer((socket) => this.#serve(socket))
  }

  static async listen(path: string, manners: Manners = {}): Promise<Collector> {
    const collector = new Collector(manners)
    await new Promise<void>((resolve) => collector.#server.listen(path, resolve))
    return collector
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    const index = this.streams.push(Buffer.alloc(0)) - 1
    const { content = DNSTAP_CONTENT, stall, instead } = this.manners
    let accepted = false
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      const stream = Buffer.concat([this.streams[index] ?? Buffer.alloc(0), chunk])
      this.streams[index] = stream
      if (!accepted) {
        const [ready] = new ControlFrameReader().take(stream)
        if (ready === undefined) return
        accepted = true
        socket.write(instead ?? encodeControl({ kind: 'accept', contents: [content] }))
        if (stall === true) socket.pause()
      } else if (stream.subarray(-12).equals(encodeControl({ kind: 'stop', contents: [] }))) {
        socket.end(encodeControl({ kind: 'finish', contents: [] }))
      }
    })
  }

  /** Drops all connections, and goes on listening. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  close(): Promise<void> {
    this.hangUp()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }
}
