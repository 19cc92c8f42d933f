/** A primary whose answers a test writes: by UDP and TCP at one port of loopback, with every message as the test has it. */
import { createSocket } from 'node:dgram'
import { createServer, type Socket } from 'node:net'
import { after } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { CLASS_IN, SOA, typeMnemonic } from '../dns/rr/index.ts'
import { soaSerial } from '../dns/serial.ts'
import { textSource } from '../dns/text/index.ts'
import { decodeMessage, encodeMessage, headerOf } from '../dns/wire/index.ts'
import { loadRecords } from '../zone/index.ts'

/** What the secondary asked. `serial`: of the version that it holds, with IXFR. */
export type Asked = { readonly zone: string; readonly type: string; readonly serial: number }

/**
 * An RCODE; the records of each message, as master files have them (names are relative to the zone); octets in place of messages;
 * or no answer, over TCP with the connection open or closed.
 */
export type Reply = { readonly rcode: number } | readonly (string | Uint8Array)[] | 'silence' | 'close'

const root = Name.parse('.')
const running = new Set<OddPrimary>()
after(() => Promise.all([...running].map((primary) => primary.stop())))

export class OddPrimary {
  port = 0
  /** The questions so far: `IXFR 3`, or the type alone. */
  readonly asked: string[] = []
  readonly #reply: (asked: Asked) => Reply
  readonly #udp = createSocket('udp4')
  readonly #tcp = createServer((socket) => this.#serve(socket))
  readonly #sockets = new Set<Socket>()

  private constructor(reply: (asked: Asked) => Reply) {
    this.#reply = reply
    running.add(this)
  }

  static async start(reply: (asked: Asked) => Reply): Promise<OddPrimary> {
    const primary = new OddPrimary(reply)
    await primary.#listen()
    return primary
  }

  async stop(): Promise<void> {
    running.delete(this)
    for (const socket of this.#sockets) socket.destroy()
    this.#udp.close()
    await new Promise((resolve) => this.#tcp.close(resolve))
  }

  async #listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#tcp.listen(0, '127.0.0.1', resolve))
    const address = this.#tcp.address()
    this.port = typeof address === 'object' && address !== null ? address.port : 0
    this.#udp.on('message', (query, { port, address }) => {
      const messages = this.#answer(query)
      const [first] = typeof messages === 'string' ? [] : messages
      if (first !== undefined) this.#udp.send(first, port, address)
    })
    await new Promise<void>((resolve) => this.#udp.bind(this.port, '127.0.0.1', resolve))
  }

  #serve(socket: Socket): void {
    let rest = Buffer.alloc(0)
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const end = 2 + rest.readUInt16BE(0)
        const messages = this.#answer(rest.subarray(2, end))
        rest = rest.subarray(end)
        if (messages === 'silence') continue
        if (messages === 'close') socket.destroy()
        else for (const message of messages) socket.write(frameOf(message))
      }
    })
  }

  #answer(query: Uint8Array): Uint8Array[] | 'silence' | 'close' {
    const { header, questions, authority } = decodeMessage(query)
    const [question] = questions
    if (question === undefined) return []
    const zone = question.name.toString()
    const type = typeMnemonic(question.type)
    const held = authority.find((record) => record.type === SOA.number)
    const serial = held === undefined ? 0 : soaSerial(held.rdata, held.rdata.length)
    this.asked.push(held === undefined ? type : `${type} ${serial}`)
    const reply = this.#reply({ zone, type, serial })
    if (typeof reply === 'string') return reply
    const bits = { ...headerOf(header.id, 0), qr: true, aa: true }
    if ('rcode' in reply) {
      const refusal = { header: { ...bits, rcode: reply.rcode }, questions, answer: [], authority: [], additional: [] }
      return [encodeMessage(refusal)]
    }
    return reply.map((records) => {
      if (typeof records !== 'string') return records
      const answer = recordsOf(zone, records)
      return encodeMessage({ header: bits, questions, answer, authority: [], additional: [] })
    })
  }
}

function recordsOf(zone: string, text: string) {
  const { table } = loadRecords(textSource(`$ORIGIN ${zone}\n$TTL 300\n${text}`), root)
  return Array.from({ length: table.count }, (_, index) => ({
    owner: Name.fromOctets(table.octets, table.owner[index]),
    type: table.type[index] ?? 0,
    class: CLASS_IN,
    ttl: table.ttl[index] ?? 0,
    rdata: table.rdataOf(index),
  }))
}

function frameOf(message: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(message.length >>> 8, message.length & 255), message])
}

/** A line with the SOA of this serial. */
export function soaLine(serial: number, timers = '3600 900 604800 300'): string {
  return `@ SOA ns admin ${serial} ${timers}\n`
}

/** The records of a zone of this serial but its SOA. */
export function bodyOf(serial: number): string {
  return `@ NS ns\nns A 127.0.0.1\nwww A 192.0.2.${serial}\n`
}

/** The records of a whole transfer. */
export function wholeZone(serial: number, more = '', timers?: string): string {
  return soaLine(serial, timers) + bodyOf(serial) + more + soaLine(serial, timers)
}
