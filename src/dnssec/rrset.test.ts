import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Name } from '../dns/name/index.ts'
import type { MessageRecord } from '../dns/wire/index.ts'
import { groupRRsets } from './rrset.ts'

function record(owner: string, type: number, ttl: number, ...rdata: number[]): MessageRecord {
  return { owner: Name.parse(owner), type, class: 1, ttl, rdata: Uint8Array.from(rdata) }
}

/** An RRSIG over `type`, told apart by `last`. */
function signature(owner: string, type: number, ttl: number, last: number): MessageRecord {
  return record(owner, 46, ttl, type >> 8, type & 255, ...new Array<number>(17).fill(0), last)
}

describe('RRsets of a section', () => {
  it('RFC2181 §5: a record that stands twice counts once, whatever the case of its owner', () => {
    const [set, ...others] = groupRRsets([record('a.', 1, 9, 1, 2, 3, 4), record('A.', 1, 9, 1, 2, 3, 4)], 100)
    assert.deepEqual([set?.rdatas.length, others.length], [1, 0])
  })

  it('RFC2181 §5.2, §8: the lowest TTL; one beyond 31 bits is 0', () => {
    const ttl = (...ttls: number[]): number | undefined =>
      groupRRsets(
        ttls.map((each, i) => record('a.', 1, each, i)),
        100,
      )[0]?.ttl
    assert.equal(ttl(300, 20, 400), 20)
    assert.equal(ttl(300, 0x80000000), 0)
  })

  it('signatures go with what they cover; theirs is the TTL only while nothing else came', () => {
    const [a, b] = groupRRsets([signature('a.', 1, 5, 1), record('a.', 1, 300, 1), signature('a.', 28, 7, 1)], 100)
    assert.deepEqual([a?.type, a?.ttl, a?.signatures.length, a?.expires], [1, 300, 1, 400])
    assert.deepEqual([b?.type, b?.ttl, b?.rdatas.length], [28, 7, 0])
  })

  it('many records make the same sets as few of them at a time', () => {
    const one = fc.tuple(fc.constantFrom('a.', 'A.', 'b.', '\\128.'), fc.constantFrom(1, 28), fc.nat(3), fc.boolean())
    fc.assert(
      fc.property(fc.array(one, { minLength: 40, maxLength: 80 }), (list) => {
        const records = list.map(([owner, type, n, isSignature]) =>
          isSignature ? signature(owner, type, 60, n + 127) : record(owner, type, 60 + n, n + 127),
        )
        const expected = new Map<string, string[]>()
        for (const { owner, type, rdata } of records) {
          const key = `${owner.toString().toLowerCase()} ${type === 46 ? rdata[1] : type}`
          const texts = expected.get(key) ?? []
          expected.set(key, texts)
          const text = `${type === 46} ${rdata.toHex()}`
          if (!texts.includes(text)) texts.push(text)
        }
        const found = groupRRsets(records, 0).map(({ owner, type, rdatas, signatures }) => [
          `${owner.toString().toLowerCase()} ${type}`,
          [
            ...rdatas.map((rdata) => `false ${rdata.toHex()}`),
            ...signatures.map((rdata) => `true ${rdata.toHex()}`),
          ].sort(),
        ])
        assert.deepEqual(
          found,
          [...expected].map(([key, texts]) => [key, texts.sort()]),
        )
      }),
    )
  })

  // Some 5 ms alone and 25 beside other work; comparing each with each other takes 300 ms and more.
  it('8,000 records take milliseconds', () => {
    const make: ((i: number) => MessageRecord)[] = [
      (i) => record('a.', 1, 60, i >> 8, i & 255),
      (i) => record(`n${i}.`, 1, 60, 1),
      (i) => ({
        ...signature('a.', 1, 60, i),
        rdata: Uint8Array.from([0, 1, ...new Array<number>(20).fill(i >> 8), i]),
      }),
    ]
    for (const each of make) {
      const cpu = (count: number): number => {
        const records = Array.from({ length: count }, (_, i) => each(i))
        let best = Number.POSITIVE_INFINITY
        for (let round = 0; round < 5; round++) {
          const { user } = process.threadCpuUsage()
          groupRRsets(records, 0)
          best = Math.min(best, process.threadCpuUsage().user - user)
        }
        return best
      }
      const microseconds = cpu(8000)
      assert.ok(microseconds < 100_000, `${microseconds} µs`)
    }
  })
})
