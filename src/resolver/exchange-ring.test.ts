import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { UpstreamReply } from '../ports/upstream.ts'
import { Attempt, ExchangeRing, LEAST_RING_OCTETS } from './exchange-ring.ts'
import type { RecordedExchange } from './explain/recording.ts'

const SERVER = { address: Uint8Array.of(192, 0, 2, 1), port: 5300 }
const QUERY = Uint8Array.of(1, 2, 3)

function message(...octets: number[]): UpstreamReply {
  return { kind: 'message', octets: Uint8Array.from(octets), milliseconds: 7 }
}

function repliesOf({ exchanges }: { exchanges: readonly RecordedExchange[] }): unknown[] {
  return exchanges.map(({ reply }) => (reply.kind === 'message' ? [...reply.octets] : reply))
}

test('an attempt reads back its own exchanges, copied, in their order', () => {
  const ring = new ExchangeRing(LEAST_RING_OCTETS)
  const [one, other] = [new Attempt(ring), new Attempt(ring)]
  const borrowed = Uint8Array.of(9, 8, 7)
  assert.deepEqual([one.isEmpty, one.read()], [true, { exchanges: [], isCut: false }])
  one.add(SERVER, 'udp', QUERY, { kind: 'message', octets: borrowed, milliseconds: 7 }, 7.4)
  borrowed.fill(0)
  other.add({ address: new Uint8Array(16).fill(1), port: 853 }, 'tls', QUERY, { kind: 'timeout' }, 250)
  one.add(SERVER, 'tcp', QUERY, { kind: 'failed', text: 'connection refused — ü' }, 1)
  const first = { ...SERVER, protocol: 'udp', query: QUERY, reply: message(9, 8, 7), milliseconds: 7 }
  const second = {
    ...SERVER,
    protocol: 'tcp',
    query: QUERY,
    reply: { kind: 'failed', text: 'connection refused — ü' },
    milliseconds: 1,
  }
  assert.deepEqual(one.read(), { exchanges: [first, second], isCut: false })
  assert.deepEqual(
    other.read().exchanges.map(({ address, port, protocol }) => [address.length, port, protocol]),
    [[16, 853, 'tls']],
  )
})

test('an attempt that waited for another one has its exchanges too, each once, up to then', () => {
  const ring = new ExchangeRing(LEAST_RING_OCTETS)
  const [one, other, third] = [new Attempt(ring), new Attempt(ring), new Attempt(ring)]
  one.join(other)
  assert.ok(one.isEmpty, 'nothing was exchanged by the other')
  other.add(SERVER, 'udp', QUERY, message(1), 1)
  one.join(other)
  one.add(SERVER, 'udp', QUERY, message(2), 1)
  third.add(SERVER, 'udp', QUERY, message(3), 1)
  third.join(one)
  third.join(other)
  other.add(SERVER, 'udp', QUERY, message(4), 1)
  assert.deepEqual(repliesOf(one.read()), [[1], [2]])
  assert.deepEqual(repliesOf(third.read()), [[1], [2], [3]])
  assert.deepEqual(repliesOf(other.read()), [[1], [4]])
  one.join(one)
  assert.deepEqual(repliesOf(one.read()), [[1], [2]])
})

test('what is overwritten is missing, and said to be; the longest message fits into the smallest ring', () => {
  const ring = new ExchangeRing(LEAST_RING_OCTETS)
  const [one, other] = [new Attempt(ring), new Attempt(ring)]
  const long: UpstreamReply = { kind: 'message', octets: new Uint8Array(65_535).fill(5), milliseconds: 1 }
  one.add(SERVER, 'tcp', QUERY, message(1), 1)
  one.add(SERVER, 'tcp', QUERY, message(2), 1)
  for (let i = 0; i < 4; i++) other.add(SERVER, 'tcp', QUERY, long, 1)
  one.add(SERVER, 'tcp', QUERY, message(3), 1)
  assert.deepEqual([repliesOf(one.read()), one.read().isCut], [[[3]], true])
  const { exchanges, isCut } = other.read()
  assert.deepEqual([exchanges.length, isCut], [3, true])
  for (const { reply } of exchanges) assert.deepEqual(reply, long)
  assert.throws(() => new ExchangeRing(LEAST_RING_OCTETS - 1), RangeError)
})

test('whatever is written by whichever attempt: what is read is what was written last', () => {
  const step = fc.record({
    attempt: fc.nat(3),
    size: fc.oneof(fc.nat(1500), fc.nat(65_535)),
    joins: fc.option(fc.nat(3), { freq: 5 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const ring = new ExchangeRing(LEAST_RING_OCTETS)
      const attempts = Array.from({ length: 4 }, () => new Attempt(ring))
      const written: Set<number>[] = attempts.map(() => new Set())
      for (const [i, { attempt, size, joins }] of steps.entries()) {
        const [mine, own] = [attempts[attempt], written[attempt]]
        assert.ok(mine !== undefined && own !== undefined)
        const [other, theirs] = [attempts[joins ?? attempt], written[joins ?? attempt]]
        if (other !== undefined && theirs !== undefined && other !== mine) {
          mine.join(other)
          for (const each of theirs) own.add(each)
        }
        mine.add(
          SERVER,
          'udp',
          Uint8Array.of(i),
          { kind: 'message', octets: new Uint8Array(size).fill(i), milliseconds: 0 },
          i,
        )
        own.add(i)
      }
      for (const [i, attempt] of attempts.entries()) {
        const { exchanges, isCut } = attempt.read()
        const all = [...(written[i] ?? [])].sort((a, b) => a - b)
        const found = exchanges.map(({ query }) => query[0] ?? -1)
        // Joined records may be cut at another place than those of the attempt: each is there or missing by its age.
        assert.deepEqual(found, isCut ? all.slice(all.length - found.length) : all)
        for (const { query, reply, milliseconds } of exchanges) {
          const size = steps[milliseconds]?.size ?? -1
          assert.deepEqual(reply, { kind: 'message', octets: new Uint8Array(size).fill(query[0] ?? 0), milliseconds })
        }
      }
    }),
    { numRuns: 200 },
  )
})
