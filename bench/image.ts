/**
 * The zone image: building it, looking up, changing one RRset at several sizes of zones, answers from memory in one thread and in two.
 * `NAMES` (100,000) is the size of the zone that is answered from; with `MILLION=1` changes are measured at 1,000,000 names too.
 */
import { Worker } from 'node:worker_threads'
import { A } from '../src/dns/rr/index.ts'
import { nsec3Hash } from '../src/dnssec/index.ts'
import { ImageReader, ImageWriter, RecordTable, STATE_SERVING, type ZoneChange } from '../src/zone/index.ts'
import { type AnsweringTask, answerFor } from './image-worker.ts'
import { APEX, address, hostName, makeQueries, makeZone, type Queries } from './image-zone.ts'
import { measure } from './measure.ts'

const SETTINGS = { slot: 0, state: STATE_SERVING, options: 0, expires: 0 }
const ANSWERING_MS = 1500

function report(name: string, value: number, unit: string): void {
  console.log(JSON.stringify({ name, value: Math.round(value * 100) / 100, unit }))
}

function build(names: number, signed: boolean): ImageWriter {
  const zone = makeZone(names, signed)
  const writer = new ImageWriter()
  const begun = performance.now()
  writer.putZone(zone, SETTINGS)
  writer.publish()
  const what = `image.build ${names} names${signed ? ', nsec3' : ''}`
  report(what, performance.now() - begun, 'ms')
  report(`${what}: memory`, writer.usage.usedOctets / 2 ** 20, 'MiB')
  return writer
}

function measureLookups(writer: ImageWriter, names: number): void {
  const reader = new ImageReader(writer.memory.buffer, 0)
  reader.enter()
  const hosts = Array.from({ length: 8192 }, (_, i) => hostName((Math.imul(i, 2_654_435_761) >>> 0) % names))
  const absent = hosts.map((name) => Uint8Array.of(name[0] ?? 0, 0x78, ...name.subarray(2)))
  reader.setName(APEX.octets, 0)
  const zone = reader.findZone(APEX.octets, 0)
  const pick = (list: Uint8Array[], i: number): Uint8Array => list[i & 8191] ?? APEX.octets
  measure('image.find, name is there', (i) => {
    const name = pick(hosts, i)
    reader.setName(name, 0)
    return reader.findName(zone, name, 0) ? reader.names.found : Number.NaN
  })
  measure('image.find, name is not there', (i) => {
    const name = pick(absent, i)
    reader.setName(name, 0)
    return reader.findName(zone, name, 0) ? Number.NaN : reader.names.ancestorCount
  })
  measure('image.predecessor', (i) => {
    const name = pick(absent, i)
    reader.setName(name, 0)
    reader.findName(zone, name, 0)
    return reader.nameBefore(zone)
  })
  const hash = new Uint8Array(20)
  const salt = new Uint8Array(0)
  measure('image.nsec3 hash and predecessor', (i) => {
    const name = pick(absent, i)
    nsec3Hash(name, 0, name.length, salt, 0, hash, 0)
    reader.findHash(zone, hash, 0, 20)
    return reader.hashBefore(zone)
  })
  reader.leave()
}

function tableOf(i: number): RecordTable {
  const table = new RecordTable({ records: 1, octets: 64 })
  if (i >= 0) table.add(hostName(i), A.number, 60, address(i))
  return table
}

/** One RRset comes, and goes with the next change; each is published. */
function measureChanges(writer: ImageWriter, names: number): void {
  const changes: ZoneChange[] = []
  for (let i = 0; i < 512; i++) {
    const host = names + ((Math.imul(i, 2_654_435_761) >>> 0) % 1_000_000)
    changes.push({ removed: tableOf(-1), added: tableOf(host), fromSerial: 0, toSerial: 0 })
    changes.push({ removed: tableOf(host), added: tableOf(-1), fromSerial: 0, toSerial: 0 })
  }
  let at = 0
  measure(`image.change at ${names} names`, () => {
    const change = changes[at++ & 1023]
    if (change !== undefined) writer.changeZone(APEX, change)
    writer.publish()
    return 0
  })
}

async function answerInWorkers(buffer: SharedArrayBuffer, queries: Queries, workers: number): Promise<number> {
  const gate = new Int32Array(new SharedArrayBuffer(4))
  const results = Array.from({ length: workers }, (_, slot) => {
    const workerData: AnsweringTask = { buffer, slot, queries, milliseconds: ANSWERING_MS, gate, workers }
    const worker = new Worker(new URL('./image-worker.ts', import.meta.url), { workerData })
    return new Promise<number>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
  })
  return (await Promise.all(results)).reduce((sum, rate) => sum + rate, 0)
}

export async function run(): Promise<void> {
  const names = Number(process.env.NAMES ?? 100_000)
  for (const size of process.env.MILLION === undefined ? [1000, 100_000] : [1000, 100_000, 1_000_000]) {
    measureChanges(build(size, false), size)
  }
  const writer = build(names, true)
  measureLookups(writer, names)
  const { buffer } = writer.memory
  const mixes: readonly (readonly [string, Queries])[] = [
    ['A', makeQueries(50_000, names, 'h', false)],
    ['A with DO', makeQueries(50_000, names, 'h', true)],
    ['NXDOMAIN with DO', makeQueries(50_000, 1_000_000_000, 'x', true)],
  ]
  for (const [what, queries] of mixes) {
    answerFor(buffer, 0, queries, 500)
    report(`image.answers, ${what}`, answerFor(buffer, 0, queries, ANSWERING_MS), 'answers/s')
  }
  const [, [, mixed] = ['', makeQueries(1, names, 'h', true)]] = mixes
  const one = await answerInWorkers(buffer, mixed, 1)
  const two = await answerInWorkers(buffer, mixed, 2)
  report('image.answers in one worker', one, 'answers/s')
  report('image.answers in two workers', two, 'answers/s')
  report('image.answers, two workers to one', two / one, 'ratio')
}
