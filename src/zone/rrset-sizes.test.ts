import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { textSource } from '../dns/text/index.ts'
import { loadRecords } from './load-zone.ts'
import { type Excess, findExcess, findExcessOfName, type RrsetLimits } from './rrset-sizes.ts'
import { Zone } from './zone.ts'

const APEX = Name.parse('example.')
const AMPLE: RrsetLimits = { records: 100, octets: 1000, types: 100, besideCname: false }

/** What `findExcess` finds, and `findExcessOfName` for each name in the order of blocks: they say the same. */
function excessOf(lines: string, limits: Partial<RrsetLimits>): Excess | undefined {
  const text = `$TTL 300\n@ SOA ns admin 1 3600 900 604800 300\n@ NS ns\n${lines}`
  const zone = Zone.arrange(APEX, loadRecords(textSource(text), APEX).table)
  const all = { ...AMPLE, ...limits }
  const found = findExcess(zone, all)
  const { table, records, nodes } = zone
  const covered = (type: number, rdata: Uint8Array): number =>
    type === 46 ? ((rdata[0] ?? 0) << 8) | (rdata[1] ?? 0) : type
  const byName = Array.from({ length: zone.nodeCount }, (_, node) => {
    const owner = Name.fromOctets(table.octets, zone.ownerOf(node)).octets
    const name = [...records.subarray(nodes[node], nodes[node + 1])]
      .map((index) => ({ type: table.type[index] ?? 0, rdata: table.rdataOf(index) }))
      .sort(
        (a, b) => covered(a.type, a.rdata) - covered(b.type, b.rdata) || Number(a.type === 46) - Number(b.type === 46),
      )
    return findExcessOfName(owner, name, all)
  })
  assert.deepEqual(byName.find((excess) => excess !== undefined)?.limit, found?.limit)
  return found
}

const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => `${line(i)}\n`).join('')
const signature = (type: string, tag: number): string =>
  `b RRSIG ${type} 13 2 300 20300101000000 20200101000000 ${tag} example. AAAA`

test('records of an RRset: at the limit all is well, one more is too many; duplicates do not count', () => {
  const four = lines(4, (i) => `b A 10.0.0.${i}`)
  assert.equal(excessOf(four + four, { records: 4 }), undefined)
  assert.deepEqual(excessOf(four, { records: 3 }), { of: 'b.example. A', limit: 'records' })
  const spread = lines(9, (i) => `n${i} A 10.0.0.1\nn${i} AAAA ::1`)
  assert.equal(excessOf(spread, { records: 2 }), undefined, 'names and types count by themselves')
  assert.deepEqual(excessOf('@ NS a\n@ NS b\n', { records: 2 }), { of: 'example. NS', limit: 'records' })
})

test('RFC4034 §3.1.1: RRSIG records count by the type that they cover', () => {
  const signed = ['A', 'AAAA', 'MX', 'TXT'].map((type) => `${signature(type, 1)}\n${signature(type, 2)}\n`).join('')
  assert.equal(excessOf(signed, { records: 2 }), undefined)
  assert.deepEqual(excessOf(signed, { records: 1 }), { of: 'b.example. RRSIG', limit: 'records' })
})

test('octets of an RRset', () => {
  const texts = lines(4, (i) => `b TXT ${i}${'x'.repeat(98)}`)
  assert.equal(excessOf(texts, { octets: 400 }), undefined)
  assert.deepEqual(excessOf(texts, { octets: 399 }), { of: 'b.example. TXT', limit: 'octets' })
})

test('types of a name, of which RRSIG is one', () => {
  const types = `b A 10.0.0.1\nb AAAA ::1\nb TXT x\n${signature('A', 1)}\n${signature('TXT', 1)}\n`
  assert.equal(excessOf(types, { types: 4 }), undefined)
  assert.deepEqual(excessOf(types, { types: 3 }), { of: 'b.example.', limit: 'types' })
})

test('RFC2181 §10.1: nothing stands beside a CNAME but what RFC 4034 §2.3 allows', () => {
  const alias = `b CNAME a\n${signature('CNAME', 1)}\nb NSEC c CNAME RRSIG NSEC\n`
  assert.equal(excessOf(alias, {}), undefined)
  for (const other of ['b A 10.0.0.1\n', 'b TXT x\n', 'b MX 10 a\n']) {
    assert.deepEqual(excessOf(alias + other, {}), { of: 'b.example.', limit: 'besideCname' })
    assert.equal(excessOf(alias + other, { besideCname: true }), undefined)
  }
})
