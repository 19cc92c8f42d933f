/**
 * A client of AXFR that keeps nothing: it counts messages, records and octets until as many records came as were expected; or, of
 * a server that then closes, until the end.
 */
import { connect } from 'node:net'
import { Name } from '../../src/dns/name/index.ts'
import { AXFR } from '../../src/dns/rr/index.ts'
import { encodeMessage, headerOf } from '../../src/dns/wire/index.ts'

export type AxfrCount = {
  readonly records: number
  readonly messages: number
  readonly octets: number
  /** From the query to the last record. */
  readonly seconds: number
}

/** Room for what one read brings. */
const ROOM = 1 << 20
/** Of a message: as much of its head as is looked at. */
const HEAD = 8

/**
 * Rejects when the server refuses, closes early, or is silent for half a minute. `records` counts the SOA at the end too; without
 * it the client says that it has nothing more to ask, and reads until the server closes.
 */
export function readAxfr(port: number, zone: string, records?: number): Promise<AxfrCount> {
  const query = encodeMessage({
    header: headerOf(1, 0),
    questions: [{ name: Name.parse(zone), type: AXFR.number, class: 1 }],
    answer: [],
    authority: [],
    additional: [],
  })
  return new Promise((resolve, reject) => {
    const count = { records: 0, messages: 0, octets: 0 }
    /** Length and first octets of the message that is being read. */
    const head = new Uint8Array(2 + HEAD)
    let at = 0
    let left = 0
    let began = 0
    const take = (octets: number, room: Uint8Array): boolean => {
      count.octets += octets
      for (let i = 0; i < octets; ) {
        if (at < head.length) {
          head[at++] = room[i++] ?? 0
          if (at < head.length) continue
          left = (((head[0] ?? 0) << 8) | (head[1] ?? 0)) - HEAD
          count.messages++
          if (((head[5] ?? 0) & 15) !== 0) socket.destroy(new Error(`refused: RCODE ${(head[5] ?? 0) & 15}`))
          count.records += ((head[8] ?? 0) << 8) | (head[9] ?? 0)
        }
        const step = Math.min(left, octets - i)
        i += step
        left -= step
        if (left > 0) break
        at = 0
        if (records !== undefined && count.records >= records) {
          resolve({ ...count, seconds: (performance.now() - began) / 1000 })
          socket.destroy()
          return false
        }
      }
      return true
    }
    const onread = { buffer: new Uint8Array(ROOM), callback: take }
    const socket = connect({ port, host: '127.0.0.1', onread }, () => {
      began = performance.now()
      const octets = Buffer.concat([Buffer.of(query.length >>> 8, query.length), query])
      if (records === undefined) socket.end(octets)
      else socket.write(octets)
    })
    socket.setTimeout(30_000, () => socket.destroy(new Error(`no more records after ${count.records}`)))
    socket.on('error', reject)
    socket.on('end', () => {
      if (records === undefined && at === 0) resolve({ ...count, seconds: (performance.now() - began) / 1000 })
    })
    socket.on('close', () => reject(new Error(`closed after ${count.records} of ${records ?? 'all'} records`)))
  })
}
