import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Name, nameText } from '../dns/name/index.ts'
import { textSource } from '../dns/text/index.ts'
import { AUTHORITATIVE, DELEGATION, loadRecords, OCCLUDED, RecordTable, type Zone } from './index.ts'
import { linesOf, zoneOf } from './zone.fixture.ts'

const owners = (zone: Zone): string[] =>
  Array.from({ length: zone.nodeCount }, (_, node) => nameText(zone.table.octets, zone.ownerOf(node)))

describe('canonical order', () => {
  it('RFC4034 §6.1: the example of the RFC', () => {
    const names = [
      'z.example.',
      'zABC.a.EXAMPLE.',
      '\\200.z.example.',
      'example.',
      '*.z.example.',
      'yljkjljk.a.example.',
      'Z.a.example.',
      '\\001.z.example.',
      'a.example.',
    ]
    const zone = zoneOf(names.map((name) => `${name} 1 A 192.0.2.1\n`).join(''))
    assert.deepEqual(owners(zone), [
      'example.',
      'a.example.',
      'yljkjljk.a.example.',
      'Z.a.example.',
      'zABC.a.EXAMPLE.',
      'z.example.',
      '\\001.z.example.',
      '*.z.example.',
      '\\200.z.example.',
    ])
  })

  it('RFC4034 §6.3: records of an RRset are in the order of their canonical RDATA, and duplicates go', () => {
    const zone = zoneOf('a 1 NS B.\na 1 NS a.\na 1 NS b.\na 1 A 192.0.2.9\na 1 A 192.0.2.10\nA 1 A 192.0.2.9\n')
    assert.deepEqual(linesOf(zone.table, zone.records), [
      'a.example. 1 IN A 192.0.2.9',
      'a.example. 1 IN A 192.0.2.10',
      'a.example. 1 IN NS a.',
      'a.example. 1 IN NS B.',
    ])
    assert.equal(zone.duplicates, 2)
    assert.equal(zone.nodeCount, 1)
  })

  it('is the same whatever the order of the file', () => {
    const lines = [
      '@ 1 SOA a b 1 2 3 4 5',
      '@ 1 NS a',
      'b 1 A 192.0.2.1',
      'B 1 TXT "x"',
      'a.b 1 A 192.0.2.1',
      '*.b 1 A 192.0.2.1',
      'a-b 1 A 192.0.2.1',
      'ab 1 A 192.0.2.1',
      'ab 1 A 192.0.2.2',
      '\\000 1 A 192.0.2.1',
      '\\001.\\000 1 A 192.0.2.1',
    ]
    const sorted = (text: readonly string[]): string[] => {
      const zone = zoneOf(`${text.join('\n')}\n`)
      return linesOf(zone.table, zone.records).map((line) => line.toLowerCase())
    }
    const expected = sorted(lines)
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: lines.length }), (mixed) =>
        assert.deepEqual(sorted(mixed), expected),
      ),
    )
  })
})

describe('authority', () => {
  const kinds = (text: string): Record<string, number> => {
    const zone = zoneOf(`@ 1 SOA a b 1 2 3 4 5\n@ 1 NS ns\n${text}`)
    return Object.fromEntries(owners(zone).map((owner, node) => [owner, zone.kinds[node] ?? -1]))
  }

  it('RFC4035 §2.2: NS below the apex makes a cut, and what is below it is not ours', () => {
    assert.deepEqual(kinds('sub 1 NS ns.sub\nns.sub 1 A 192.0.2.1\nsubx 1 A 192.0.2.1\nb.ns.sub 1 TXT "x"\n'), {
      'example.': AUTHORITATIVE,
      'sub.example.': DELEGATION,
      'ns.sub.example.': OCCLUDED,
      'b.ns.sub.example.': OCCLUDED,
      'subx.example.': AUTHORITATIVE,
    })
  })

  it('RFC6672 §2.4: names below a DNAME are occluded, the name itself is not; the apex may have one', () => {
    const found = kinds('d 1 DNAME other.\nx.d 1 A 192.0.2.1\n')
    assert.deepEqual([found['d.example.'], found['x.d.example.']], [AUTHORITATIVE, OCCLUDED])
    assert.equal(kinds('@ 1 DNAME other.\nx 1 A 192.0.2.1\n')['x.example.'], OCCLUDED)
  })

  it('a cut below a cut stays occluded', () => {
    assert.equal(kinds('a 1 NS n.\nb.a 1 NS n.\n')['b.a.example.'], OCCLUDED)
  })
})

describe('tables', () => {
  it('records of other zones are left out and counted', () => {
    const { table, outOfZone } = loadRecords(
      textSource('a 1 A 192.0.2.1\nother. 1 A 192.0.2.1\nb 1 A 192.0.2.1\n'),
      Name.parse('example.'),
    )
    assert.equal(table.count, 2)
    assert.deepEqual(outOfZone, { count: 1, examples: ['other. A'] })
  })

  it('grow, are shared, and lose rows', () => {
    const table = new RecordTable({ records: 1, octets: 1 })
    const owner = Name.parse('a.').octets
    for (let i = 0; i < 100; i++) table.add(owner, 1, i, Uint8Array.of(192, 0, 2, i))
    table.removeWhere((index) => index % 2 === 0)
    const other = RecordTable.fromShared(table.share())
    assert.equal(other.count, 50)
    assert.deepEqual([...other.rdataOf(49)], [192, 0, 2, 99])
    assert.equal(other.ttl[0], 1)
  })
})
