import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DnsError } from '../../dns/errors.ts'
import { Name } from '../../dns/name/index.ts'
import { A, AAAA, MX, RRSIG, TXT } from '../../dns/rr/index.ts'
import { applyToRecords, type NodeRecord, type OwnerChange } from './owner-changes.ts'

const OWNER = Name.parse('many.example.').octets

function changeOf(removed: NodeRecord[], added: NodeRecord[]): OwnerChange {
  return { owner: OWNER, isHashed: false, removed, added }
}

function address(i: number, ttl = 300): NodeRecord {
  return { type: A.number, ttl, rdata: Uint8Array.of(10, i >>> 16, i >>> 8, i) }
}

function mail(host: string): NodeRecord {
  return { type: MX.number, ttl: 300, rdata: Uint8Array.of(0, 10, ...Name.parse(host).octets) }
}

function signature(covered: number, tag: number): NodeRecord {
  const fixed = [0, covered, 13, 2, 0, 0, 0, 60, 0, 0, 0, 9, 0, 0, 0, 1, 0, tag]
  return { type: RRSIG.number, ttl: 300, rdata: Uint8Array.of(...fixed, ...Name.parse('example.').octets, 1) }
}

const isMismatch = (error: unknown): boolean => error instanceof DnsError && error.code === 'transfer-failed'

test('records stand in the order of their sets, each with its signatures behind it', () => {
  const wanted = [address(1), address(2), signature(A.number, 1), signature(A.number, 2), signature(AAAA.number, 0)]
  wanted.splice(4, 0, { type: TXT.number, ttl: 300, rdata: Uint8Array.of(1, 0x61) })
  const [first, , , fourth] = wanted
  if (first === undefined || fourth === undefined) throw new Error('six records')
  const all = applyToRecords([], changeOf([], wanted.toReversed()))
  assert.deepEqual(
    all.map(({ type, rdata }) => `${type} ${rdata[1]}`),
    ['1 0', '1 0', '46 1', '46 1', '16 97', '46 28'],
  )
  const without = applyToRecords(all, changeOf([fourth, first], []))
  assert.equal(without.length, 4)
  assert.deepEqual(applyToRecords(without, changeOf([], [first, fourth])), all)
})

test('what does not fit is told: gone already, there already, twice in a change', () => {
  const records = [address(1), address(2), address(3)]
  assert.throws(() => applyToRecords(records, changeOf([address(4)], [])), isMismatch)
  assert.throws(() => applyToRecords(records, changeOf([address(2, 60)], [])), isMismatch)
  assert.throws(() => applyToRecords(records, changeOf([address(2), address(2)], [])), isMismatch)
  for (const i of [1, 2, 3]) assert.throws(() => applyToRecords(records, changeOf([], [address(i, 60)])), isMismatch)
  assert.throws(() => applyToRecords(records, changeOf([], [address(4), address(4)])), isMismatch)
  assert.throws(() => applyToRecords([], changeOf([], [address(4), address(4)])), isMismatch)
  assert.deepEqual(applyToRecords(records, changeOf([address(2)], [address(2, 60)]))[1], address(2, 60))
})

test('RFC4034 §6.2: names in RDATA are compared without regard to case', () => {
  const records = [mail('A.example.'), mail('b.example.')]
  assert.throws(() => applyToRecords(records, changeOf([], [mail('a.EXAMPLE.')])), isMismatch)
  assert.deepEqual(applyToRecords(records, changeOf([mail('a.example.')], [])), [mail('b.example.')])
})

test('an RRset of 60,000 records is changed in time that grows with its size, not with its square', () => {
  const half = Array.from({ length: 30_000 }, (_, i) => address(i * 2))
  const other = Array.from({ length: 30_000 }, (_, i) => address(i * 2 + 1)).reverse()
  const begun = performance.now()
  const all = applyToRecords(half, changeOf([], other))
  assert.equal(all.length, 60_000)
  assert.deepEqual(applyToRecords(all, changeOf(other, [])), half)
  assert.deepEqual(applyToRecords(all, changeOf(half.toReversed(), half)), all)
  for (let i = 0; i < 10; i++) assert.equal(applyToRecords(all, changeOf([address(i * 5_999)], [])).length, 59_999)
  // A record compared with each other record: 900 million comparisons, a minute.
  assert.ok(performance.now() - begun < 5_000)
})
