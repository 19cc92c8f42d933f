/** The data plane's counters: each count lands where it belongs, sums are those of all threads, and zones grow in place. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import {
  allocateCounters,
  clearZoneCounters,
  EVENT,
  QueryCounters,
  sumCounters,
  sumZoneCounters,
  TRANSPORT,
  ZONE_COUNT,
} from './query-counters.ts'

test('one query counts in each of its cells', () => {
  const block = allocateCounters()
  const counters = new QueryCounters(block)
  counters.received(TRANSPORT.udp6, 40)
  counters.asked(0, 28)
  counters.event(EVENT.edns)
  counters.event(EVENT.handedOver)
  counters.zone(3, ZONE_COUNT.nxdomain, true)
  counters.answered(3, 120)
  counters.took(1000)
  const sum = sumCounters([block])
  assert.equal(sum.queries, 1)
  assert.equal(sum.byTransport.get('udp6'), 1)
  assert.equal(sum.byTransport.get('udp4'), 0)
  assert.deepEqual([...sum.byOpcode], [[0, 1]])
  assert.deepEqual([...sum.byType], [[28, 1]])
  assert.deepEqual([...sum.byRcode], [[3, 1]])
  assert.deepEqual(
    [...sum.events].filter(([, count]) => count > 0),
    [
      ['edns', 1],
      ['handedOver', 1],
    ],
  )
  assert.equal(sum.octetsIn, 40)
  assert.equal(sum.octetsOut, 120)
  assert.equal(sum.latency.counts[10], 1)
  assert.equal(sum.latency.sumNanoseconds, 1000)
  const none = { queries: 0, nxdomain: 0, nodata: 0, referrals: 0, refused: 0, dnssecOk: 0 }
  const zones = sumZoneCounters([block])
  assert.deepEqual([2, 3, 4].map(zones), [none, { ...none, queries: 1, nxdomain: 1, dnssecOk: 1 }, none])
  clearZoneCounters([block], 3)
  assert.deepEqual(sumZoneCounters([block])(3), none)
})

test('types and RCODEs beyond the table are counted together, and touch no other cell', () => {
  const block = allocateCounters()
  const counters = new QueryCounters(block)
  for (const type of [255, 256, 257, 65535]) counters.asked(15, type)
  for (const rcode of [23, 24, 4095]) counters.answered(rcode, 0)
  const sum = sumCounters([block])
  assert.deepEqual([...sum.byOpcode], [[15, 4]])
  assert.deepEqual(
    [...sum.byType],
    [
      [255, 1],
      ['other', 3],
    ],
  )
  assert.deepEqual(
    [...sum.byRcode],
    [
      [23, 1],
      ['other', 2],
    ],
  )
  assert.ok(sum.latency.counts.every((count) => count === 0))
})

test('a latency lies in the bucket of the next power of two', () => {
  const nanoseconds = fc.integer({ min: 0, max: 2 ** 40 })
  fc.assert(
    fc.property(nanoseconds, (took) => {
      const block = allocateCounters()
      new QueryCounters(block).took(took)
      const bucket = sumCounters([block]).latency.counts.indexOf(1)
      assert.ok(bucket >= 0)
      if (bucket < 32) assert.ok(took < 2 ** bucket)
      assert.ok(bucket === 0 || took >= 2 ** (bucket - 1))
    }),
  )
})

test('a cell counts on beyond 32 bits', () => {
  const block = allocateCounters()
  const counters = new QueryCounters(block)
  counters.received(TRANSPORT.udp4, 2 ** 32)
  counters.received(TRANSPORT.udp4, 2 ** 32)
  assert.equal(sumCounters([block]).octetsIn, 2 ** 33)
})

test('zones of any slots, on any threads: the sums are exact', () => {
  const asked = fc.array(fc.tuple(fc.nat(2), fc.nat(5000)), { maxLength: 200 })
  fc.assert(
    fc.property(asked, (queries) => {
      const blocks = [allocateCounters(), allocateCounters(), allocateCounters()]
      const threads = blocks.map((block) => new QueryCounters(block))
      const expected = new Map<number, number>()
      for (const [thread, slot] of queries) {
        threads[thread]?.zone(slot, ZONE_COUNT.queries, false)
        expected.set(slot, (expected.get(slot) ?? 0) + 1)
      }
      const sums = sumZoneCounters(blocks)
      for (let slot = 0; slot < 5010; slot++) assert.equal(sums(slot).queries, expected.get(slot) ?? 0)
    }),
    { numRuns: 50 },
  )
})

test('a slot beyond all bounds is not counted', () => {
  const block = allocateCounters()
  new QueryCounters(block).zone(2 ** 31, ZONE_COUNT.queries, false)
  assert.equal(sumZoneCounters([block])(2 ** 31).queries, 0)
})

test('no blocks: all is zero', () => {
  assert.equal(sumCounters([]).queries, 0)
  assert.equal(sumZoneCounters([])(0).queries, 0)
})

test('another thread counts in its block, zones that grew there included, and this one reads it', async () => {
  const blocks = [allocateCounters(), allocateCounters()]
  const source = `
    import { workerData } from 'node:worker_threads'
    const { QueryCounters, TRANSPORT } = await import(workerData.module)
    const counters = new QueryCounters(workerData.block)
    for (let i = 0; i < 10000; i++) { counters.received(TRANSPORT.udp4, 50); counters.zone(i % 2000, 0, false) }`
  const module = new URL('query-counters.ts', import.meta.url).href
  await Promise.all(
    blocks.map(
      (block) =>
        new Promise<void>((resolve, reject) => {
          const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`)
          const worker = new Worker(url, { workerData: { module, block } })
          worker.on('error', reject)
          worker.on('exit', () => resolve())
        }),
    ),
  )
  assert.equal(sumCounters(blocks).byTransport.get('udp4'), 20_000)
  assert.equal(sumZoneCounters(blocks)(1999).queries, 10)
})
