/** The image under many changes: memory stays flat, and readers in other threads never see half a version. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { DnsError } from '../../dns/errors.ts'
import { Name } from '../../dns/name/index.ts'
import { A, SOA, TXT } from '../../dns/rr/index.ts'
import { RecordTable } from '../record-table.ts'
import { Zone } from '../zone.ts'
import { EXAMPLE, Image, SERVING } from './image.fixture.ts'
import type { ReadingReport } from './reading-worker.fixture.ts'

const ADDRESS = Uint8Array.of(192, 0, 2, 1)

test('100,000 random changes leave the memory as it was', () => {
  const image = new Image()
  const before = image.usedOctets
  const names = Array.from({ length: 400 }, (_, i) => Name.parse(`h${i % 97}.n${i % 7}.x${i}.example.`).octets)
  const there = new Set<number>()
  let state = 1
  let reached = 0
  const flip = (index: number): void => {
    const owner = names[index] ?? names[0]
    const table = (on: boolean): RecordTable => {
      const result = new RecordTable({ records: 1, octets: 64 })
      if (on && owner !== undefined) result.add(owner, A.number, 60, ADDRESS)
      return result
    }
    const goes = there.delete(index)
    if (!goes) there.add(index)
    image.writer.changeZone(EXAMPLE, { removed: table(goes), added: table(!goes), fromSerial: 0, toSerial: 0 })
    image.writer.publish()
  }
  for (let i = 0; i < 100_000; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    flip(Math.floor(state / 4096) % names.length)
    if (i === 10_000) reached = image.writer.usage.reachedOctets
  }
  assert.ok(image.writer.usage.reachedOctets < reached * 1.25, `${reached} grew to ${image.writer.usage.reachedOctets}`)
  for (const index of there) flip(index)
  assert.equal(image.usedOctets, before)
  assert.equal(image.writer.zone(EXAMPLE)?.records, 1)
})

test('a zone of many names grows the memory several times over', () => {
  const image = new Image()
  const before = image.writer.memory.octets.length
  const table = new RecordTable()
  table.add(EXAMPLE.octets, SOA.number, 60, Uint8Array.of(0, 0, ...new Uint8Array(20)))
  for (let i = 0; i < 60_000; i++) table.add(Name.parse(`h${i}.example.`).octets, A.number, 60, ADDRESS)
  image.writer.putZone(Zone.arrange(EXAMPLE, table), SERVING)
  image.writer.publish()
  assert.ok(image.writer.memory.octets.length > before * 4)
  assert.equal(image.writer.zone(EXAMPLE)?.names, 60_001)
  for (let i = 0; i < 60_000; i += 997) assert.deepEqual(image.find(`h${i}`)?.types, [A.number])
  assert.equal(image.find('h60000'), undefined)
})

test('an RRset of more records than can be counted is refused', () => {
  const image = new Image()
  const table = new RecordTable()
  table.add(EXAMPLE.octets, SOA.number, 60, Uint8Array.of(0, 0, ...new Uint8Array(20)))
  const many = Name.parse('many.example.').octets
  for (let i = 0; i < 65_536; i++) table.add(many, A.number, 60, Uint8Array.of(10, i >> 16, i >> 8, i))
  assert.throws(
    () => image.writer.putZone(Zone.arrange(EXAMPLE, table), SERVING),
    (error) => error instanceof DnsError && error.code === 'zone-invalid',
  )
  image.writer.abandon()
  assert.equal(image.writer.zone(EXAMPLE)?.records, 1)
})

test('a thread that reads while thousands of versions are published never sees parts of two', async () => {
  const owners = ['a', 'b.c', 'd.e.f'].map((name) => Name.parse(`${name}.example.`).octets)
  const image = new Image()
  const version = (n: number): RecordTable => {
    const table = new RecordTable({ records: 4, octets: 256 })
    const text = new TextEncoder().encode(`v${n}`)
    // Blocks of many sizes, so that freed memory is soon used for something else.
    const rdata = Uint8Array.of(text.length, ...text, ...Uint8Array.from({ length: (n * 7) % 64 }, () => 0))
    for (const owner of owners) table.add(owner, TXT.number, 60, rdata)
    return table
  }
  const empty = new RecordTable({ records: 1, octets: 16 })
  image.writer.changeZone(EXAMPLE, { removed: empty, added: version(0), fromSerial: 0, toSerial: 0 })
  image.writer.publish()
  const stop = new Int32Array(new SharedArrayBuffer(8))
  const worker = new Worker(new URL('./reading-worker.fixture.ts', import.meta.url), {
    workerData: { buffer: image.writer.memory.buffer, stop, owners },
  })
  const report = new Promise<ReadingReport>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  await new Promise((resolve) => worker.once('online', resolve))
  const end = performance.now() + 1500
  let published = 0
  while (performance.now() < end) {
    const change = { removed: version(published), added: version(published + 1), fromSerial: 0, toSerial: 0 }
    image.writer.changeZone(EXAMPLE, change)
    image.writer.publish()
    published++
    // Lets the reader have the processor now and then, where there is but one.
    if (published % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  Atomics.store(stop, 0, 1)
  const { readings, versions, faults } = await report
  assert.deepEqual(faults, [])
  assert.ok(
    published > 1000 && readings > 1000 && versions > 2,
    `${published} published, ${readings} read, ${versions} seen`,
  )
})
