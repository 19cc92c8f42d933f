import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Name } from '../../dns/name/index.ts'
import { A, AAAA } from '../../dns/rr/index.ts'
import { FailureCache } from './index.ts'

const HOST = Name.parse('host.example.')
const CAUSE = { remarks: [{ code: 22, text: 'no server answers' }] }

function cacheOf(firstSeconds = 5): FailureCache {
  return new FailureCache({ maxOctets: 100_000, firstSeconds })
}

test('RFC9520 §3.2: each failure in a row is remembered twice as long, five minutes at most', () => {
  const cache = cacheOf()
  let now = 1000
  const seconds: number[] = []
  for (let i = 0; i < 8; i++) {
    const { until } = cache.put(HOST, A.number, CAUSE, now)
    seconds.push(until - now)
    assert.ok(cache.find(HOST, A.number, until - 1))
    assert.equal(cache.find(HOST, A.number, until), undefined)
    now = until
  }
  assert.deepEqual(seconds, [5, 10, 20, 40, 80, 160, 300, 300])
})

test('RFC9520 §3.2: never less than a second', () => {
  assert.equal(cacheOf(0.1).put(HOST, A.number, CAUSE, 0).until, 1)
})

test('RFC9520 §3.3: a failure is of its name and type', () => {
  const cache = cacheOf()
  cache.put(HOST, A.number, CAUSE, 0)
  assert.equal(cache.find(HOST, AAAA.number, 1), undefined)
  assert.equal(cache.find(Name.parse('other.example.'), A.number, 1), undefined)
  assert.equal(cache.find(Name.parse('HOST.example.'), A.number, 1)?.remarks[0]?.code, 22)
})

test('a success ends the streak, and so does time', () => {
  const cache = cacheOf()
  cache.put(HOST, A.number, CAUSE, 0)
  cache.put(HOST, A.number, CAUSE, 5)
  cache.delete(HOST, A.number)
  assert.equal(cache.put(HOST, A.number, CAUSE, 15).streak, 1)
  assert.equal(cache.put(HOST, A.number, CAUSE, 24).streak, 2)
  assert.equal(cache.put(HOST, A.number, CAUSE, 1000).streak, 1)
})

test('failures at the same time are one', () => {
  const cache = cacheOf()
  cache.put(HOST, A.number, CAUSE, 0)
  assert.deepEqual(cache.put(HOST, A.number, CAUSE, 1).until, 5)
})

test('RFC9520 §3.2: whatever fails whenever, it is remembered for one second to five minutes', () => {
  const failures = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 700 })), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(failures, fc.integer({ min: 1, max: 400 }), (steps, firstSeconds) => {
      const cache = new FailureCache({ maxOctets: 4000, firstSeconds })
      let now = 0
      for (const [n, pause] of steps) {
        now += pause
        const { until } = cache.put(Name.parse(`h${n}.example.`), A.number, CAUSE, now)
        assert.ok(until > now && until <= now + 300)
        assert.ok(cache.counts.octets <= 4000)
      }
    }),
  )
})
