/** Copies of queries between threads: what is put in comes out, nothing waits, and what does not fit is counted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CopyLine, QueryCopier, type QueryCopy, readQueryCopies } from './query-copies.ts'

const octets = (max: number, min = 0) => fc.uint8Array({ minLength: min, maxLength: max })
const address = fc.oneof(octets(4, 4), octets(16, 16))
const entry = fc.record({
  socket: fc.nat(255),
  address,
  port: fc.nat(65535),
  isLocal: fc.boolean(),
  query: octets(4096, 1),
  answer: octets(4096),
})

test('any queries of a batch come out as they went in, in as many bunches as it takes', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
      const line = new CopyLine()
      const bunches: Uint8Array[] = []
      const copier = new QueryCopier(line, (bunch) => {
        bunches.push(bunch)
        line.leave()
      })
      copier.begin(1000.5)
      const expected = entries.map(({ socket, address, port, isLocal, query, answer }): QueryCopy => {
        const local = isLocal ? address.toReversed() : undefined
        const padded = Uint8Array.of(9, 9, ...address)
        copier.add(socket, { octets: padded, at: 2, length: address.length, port }, local, query, answer)
        const sent = answer.length === 0 ? undefined : answer
        return {
          socket,
          address,
          port,
          local,
          query,
          answer: sent,
          askedAtMilliseconds: 1000.5,
          answeredAtMilliseconds: 0,
        }
      })
      copier.flush(1001)
      const got = bunches.flatMap((bunch) => [...readQueryCopies(bunch)])
      assert.deepEqual(
        got.map((copy) => ({ ...copy, answeredAtMilliseconds: 0 })),
        expected,
      )
      assert.equal(line.passedOver, 0)
    }),
    { numRuns: 60 },
  )
})

test('when nobody takes them, queries are passed over and counted; once somebody does, it goes on', () => {
  const line = new CopyLine()
  let posted = 0
  const copier = new QueryCopier(line, () => {
    posted++
  })
  const add = (): void => {
    copier.begin(0)
    copier.add(
      0,
      { octets: new Uint8Array(4), at: 0, length: 4, port: 1 },
      undefined,
      new Uint8Array(20),
      new Uint8Array(0),
    )
    copier.flush(0)
  }
  for (let i = 0; i < 100; i++) add()
  assert.equal(posted + line.passedOver, 100)
  assert.ok(posted > 0 && posted < 100)
  const before = posted
  for (let i = 0; i < before; i++) line.leave()
  add()
  assert.equal(posted, before + 1)
})

test('a word says whether copies are wanted, on all threads', () => {
  const line = new CopyLine()
  const other = new CopyLine(line.buffer)
  assert.equal(other.wanted, false)
  line.wanted = true
  assert.equal(other.wanted, true)
})
