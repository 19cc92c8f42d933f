/** The answer cache: what is found is what was put last and is still good, whatever was put, removed and pushed out meanwhile. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { Name } from '../../dns/name/index.ts'
import { readU32 } from '../../dns/octets.ts'
import { FLAG_AD } from '../../dns/wire/index.ts'
import { AnswerMemory } from './answer-memory.ts'
import { AnswerCacheReader, AnswerCacheWriter } from './index.ts'
import type { ReadingReport } from './reading-worker.fixture.ts'
import { look, RANDOM, readyAnswer } from './ready-answer.fixture.ts'

const SMALL = 1 << 16

/** Positions go around soon. */
function opened(): { writer: AnswerCacheWriter; reader: AnswerCacheReader } {
  const memory = AnswerMemory.create(SMALL, RANDOM)
  const writer = new AnswerCacheWriter(memory, -memory.ringUnits)
  return { writer, reader: new AnswerCacheReader(writer.buffer) }
}

function textOf(found: ReturnType<typeof look>): number | undefined {
  return found?.records[12]
}

test('an answer is found in any case of its name, by its type, DO and CD', () => {
  const { writer, reader } = opened()
  assert.ok(writer.put(readyAnswer('WWW.example.', 16, { fill: 7 }), 1000))
  const found = look(reader, 'wWw.EXAMPLE.', 16, 1000)
  assert.equal(textOf(found), 7)
  assert.equal((found?.bits ?? 0) & FLAG_AD, FLAG_AD)
  assert.equal(look(reader, 'www.example.', 1, 1000), undefined)
  assert.equal(look(reader, 'www.example.', 16, 1000, { dnssecOk: true }), undefined)
  assert.equal(look(reader, 'www.example.', 16, 1000, { checkingDisabled: true }), undefined)
  assert.equal(look(reader, 'ww.example.', 16, 1000), undefined)
  assert.equal(writer.figures.entries, 1)
})

test('RFC1035 §3.2.1: TTLs count down, and nothing is given when the time is over', () => {
  const { writer, reader } = opened()
  writer.put(readyAnswer('a.', 16, { ttl: 100 }), 1000)
  const ttlAt = (now: number): number => readU32(look(reader, 'a.', 16, now)?.records ?? new Uint8Array(10), 6)
  assert.deepEqual([1000, 1001, 1099].map(ttlAt), [100, 99, 1])
  // A clock that another thread reads a moment earlier.
  assert.equal(ttlAt(999), 100)
  assert.equal(look(reader, 'a.', 16, 1100), undefined)
  assert.equal(writer.put(readyAnswer('a.', 16, { expires: 1000 }), 1000), false)
})

test('options come with the answer that they belong to', () => {
  const { writer, reader } = opened()
  const options = Uint8Array.of(0, 15, 0, 3, 0, 6, 0x78)
  writer.put(readyAnswer('a.', 16, { options, size: 21 }), 1000)
  assert.deepEqual(look(reader, 'a.', 16, 1010)?.options, options)
  assert.equal(readU32(look(reader, 'a.', 16, 1010)?.records ?? options, 6), 290)
})

test('one reader is told that an answer should be refreshed, once', () => {
  const { writer, reader } = opened()
  const other = new AnswerCacheReader(writer.buffer)
  const answer = readyAnswer('a.', 16, { refreshFrom: 1090, ttl: 100 })
  writer.put(answer, 1000)
  assert.equal(look(reader, 'a.', 16, 1089)?.wantsRefresh, false)
  assert.equal(look(other, 'a.', 16, 1090)?.wantsRefresh, true)
  assert.equal(look(reader, 'a.', 16, 1090)?.wantsRefresh, false)
  writer.put(answer, 1000)
  assert.equal(look(reader, 'a.', 16, 1090)?.wantsRefresh, true)
})

test('answers are removed by name, by type and by subtree', () => {
  const { writer, reader } = opened()
  const names = ['example.', 'a.example.', 'b.a.example.', 'ba.example.', 'aexample.', '.']
  const fill = (): void => {
    writer.clear()
    for (const name of names) for (const type of [1, 16]) writer.put(readyAnswer(name, type), 1000)
    writer.put(readyAnswer('a.example.', 1, { dnssecOk: true }), 1000)
  }
  const left = (type: number): string[] => names.filter((name) => look(reader, name, type, 1000) !== undefined)
  fill()
  assert.equal(writer.remove(Name.parse('A.example.'), 1), 2)
  assert.deepEqual([left(1), left(16)], [names.filter((name) => name !== 'a.example.'), names])
  fill()
  assert.equal(writer.remove(Name.parse('a.EXAMPLE.')), 3)
  assert.deepEqual(
    left(16),
    names.filter((name) => name !== 'a.example.'),
  )
  fill()
  assert.equal(writer.removeSubtree(Name.parse('A.example.')), 5)
  assert.deepEqual(left(16), ['example.', 'ba.example.', 'aexample.', '.'])
  assert.equal(writer.removeSubtree(Name.parse('.')), 8)
  assert.equal(writer.figures.entries, 0)
})

test('answers that are asked for stay when others push in', () => {
  const { writer, reader } = opened()
  writer.put(readyAnswer('popular.', 16, { fill: 9 }), 1000)
  writer.put(readyAnswer('lonely.', 16, { fill: 9 }), 1000)
  for (let i = 0; i < 5000; i++) {
    writer.put(readyAnswer(`n${i}.`, 16), 1000)
    if (i % 100 === 0) assert.equal(textOf(look(reader, 'popular.', 16, 1000)), 9, String(i))
  }
  assert.equal(look(reader, 'lonely.', 16, 1000), undefined)
  assert.ok(writer.figures.evicted > 1000)
  assert.ok(writer.figures.octets <= SMALL)
})

test('what is no message, or too long, is not put', () => {
  const { writer } = opened()
  const { octets } = readyAnswer('a.', 16)
  const put = (message: Uint8Array): boolean =>
    writer.put({ octets: message, dnssecOk: false, checkingDisabled: false, expires: 2000 }, 1000)
  assert.ok(put(octets))
  for (let length = 0; length < octets.length; length++) assert.equal(put(octets.subarray(0, length)), false)
  assert.equal(put(Uint8Array.of(...octets, 0)), false)
  assert.equal(writer.put(readyAnswer('a.', 16, { size: 20_000 }), 1000), false)
})

type Step =
  | {
      readonly do: 'put'
      readonly name: number
      readonly dnssecOk: boolean
      readonly fill: number
      readonly size: number
      readonly ttl: number
    }
  | { readonly do: 'look'; readonly name: number; readonly dnssecOk: boolean }
  | { readonly do: 'remove'; readonly name: number }
  | { readonly do: 'wait'; readonly seconds: number }

const name = fc.nat(120)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      name,
      dnssecOk: fc.boolean(),
      fill: fc.integer({ min: 1, max: 255 }),
      size: fc.nat(900),
      ttl: fc.integer({ min: 1, max: 500 }),
    }),
  },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('look' as const), name, dnssecOk: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.nat(100) }) },
)

test('property: it never gives anything but what was put last for the question, and has what there is room for', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 50, maxLength: 600 }), (steps) => {
      const { writer, reader } = opened()
      const model = new Map<string, { fill: number; size: number; expires: number }>()
      let now = 1000
      let put = 0
      for (const one of steps) {
        if (one.do === 'put') {
          const { fill, size, ttl, dnssecOk } = one
          assert.ok(writer.put(readyAnswer(`n${one.name}.example.`, 16, { fill, size, ttl, now, dnssecOk }), now))
          model.set(`${one.name} ${dnssecOk}`, { fill, size, expires: now + ttl })
          put += size + 120
        } else if (one.do === 'look') {
          const found = look(reader, `N${one.name}.example.`, 16, now, one)
          const expected = model.get(`${one.name} ${one.dnssecOk}`)
          if (found === undefined) {
            // Half of the ring is never pushed out.
            assert.ok(expected === undefined || expected.expires <= now || put > SMALL / 2)
            continue
          }
          assert.ok(expected !== undefined && expected.expires > now)
          assert.equal(found.records.length, 12 + expected.size)
          assert.ok(found.records.subarray(12).every((octet) => octet === expected.fill))
          assert.equal(readU32(found.records, 6), expected.expires - now)
        } else if (one.do === 'remove') {
          writer.remove(Name.parse(`n${one.name}.example.`))
          model.delete(`${one.name} true`)
          model.delete(`${one.name} false`)
        } else if (one.do === 'wait') now += one.seconds
      }
      const live = [...model.keys()].length
      assert.ok(writer.figures.entries <= live)
    }),
    { numRuns: 60 },
  )
})

test('a thread that reads while all is written over sees whole answers only', async () => {
  const { writer } = opened()
  const names = 400
  const stop = new Int32Array(new SharedArrayBuffer(8))
  const workerData = { buffer: writer.buffer, stop, names }
  const worker = new Worker(new URL('./reading-worker.fixture.ts', import.meta.url), { workerData })
  const answers = Array.from({ length: names * 4 }, (_, i) => {
    const fill = (i % 16) + 16 * (1 + (i % 5))
    return readyAnswer(`n${i % names}.example.`, 16, { fill, size: 40 + (i % 7) * 30 })
  })
  const reported = once(worker, 'message')
  // On a busy machine it takes a while until a thread runs.
  while (Atomics.load(stop, 1) === 0) await setTimeout(5)
  const end = performance.now() + 700
  for (let i = 0; performance.now() < end; i++) {
    const answer = answers[i % answers.length]
    if (answer !== undefined) writer.put(answer, 1000)
  }
  Atomics.store(stop, 0, 1)
  const [report]: ReadingReport[] = await reported
  assert.deepEqual(report?.faults, [])
  assert.ok((report?.hits ?? 0) > 1000, JSON.stringify(report))
})
