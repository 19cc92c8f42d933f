/** A zone with a change that is not made yet says what the zone says once it is made. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Name } from '../dns/name/index.ts'
import { A, NS, NSEC, TXT } from '../dns/rr/index.ts'
import { changeOf } from './image/image.fixture.ts'
import { ChangedZone, diffZones, rdataKey, TableView, type ViewNode, type Zone, type ZoneContent } from './index.ts'
import { recordLines } from './zone-changes.fixture.ts'
import { zoneOfLines } from './zone-versions.fixture.ts'

const label = fc.constantFrom('a', 'b', 'aa', '*', 'ns', '\\000')
const probe = fc.array(label, { maxLength: 4 }).map((labels) => Name.parse([...labels, 'example.'].join('.')))

/** Without the case of names: what is equal keeps the spelling that it had. */
function nodeText(node: ViewNode | undefined): string {
  if (node === undefined) return 'none'
  const sets = node.rrsets.map(({ type, records, signatures }) => {
    const rdata = [...records, ...signatures].map(
      ({ ttl, rdata }) => `${ttl} ${rdataKey(type, rdata, 0, rdata.length)}`,
    )
    return `${type} ${records.length}: ${rdata.join(', ')}`
  })
  return [node.owner.key, ...sets].join('; ')
}

function answers(zone: ZoneContent, at: Name): string[] {
  return [
    nodeText(zone.node(at)),
    ...[A, NS, TXT, NSEC].map(({ number }) => `${zone.has(at, number)}`),
    `${zone.exists(at)} ${zone.hasBelow(at)}`,
    `after ${zone.nameAfter(at)?.key}`,
    `behind ${zone.nameBehind(at)?.key}`,
  ]
}

function namesOf(zone: Zone): Name[] {
  return Array.from({ length: zone.nodeCount }, (_, node) => Name.fromOctets(zone.table.octets, zone.ownerOf(node)))
}

test('any change of any zone', () => {
  const property = fc.property(recordLines, recordLines, fc.array(probe, { maxLength: 6 }), (old, lines, probes) => {
    const before = zoneOfLines(old, 1)
    const after = zoneOfLines(lines, 2)
    const change = diffZones(before, after)
    assert.ok(change)
    const changed = ChangedZone.create(new TableView(before), change)
    const expected = new TableView(after)
    for (const at of [...probes, ...namesOf(before), ...namesOf(after)]) {
      assert.deepEqual(answers(changed, at), answers(expected, at), `${at}`)
    }
  })
  fc.assert(property, { numRuns: 400 })
})

test('the names that a change touches, in canonical order, spelled as the zone has them', () => {
  const before = new TableView(zoneOfLines(['Old.example. 3600 TXT "t"', 'gone.example. 3600 TXT "t"'], 1))
  const change = changeOf(['gone TXT "t"'], ['old A 192.0.2.1', 'New A 192.0.2.1', 'a.New A 192.0.2.1'])
  const touched = ChangedZone.create(before, change).touched.map(String)
  assert.deepEqual(touched, ['gone.example.', 'New.example.', 'a.New.example.', 'Old.example.'])
})

test('NSEC3 records of a change are no content', () => {
  const hash = '0p9mhaveqvm6t7vbl5lop2u3t2rp3tom'
  const before = new TableView(zoneOfLines([`${hash}.example. 60 NSEC3 1 0 0 - ${hash}`], 1))
  const record = `${hash} 60 NSEC3 1 0 0 - ${hash}`
  const changed = ChangedZone.create(before, changeOf([record], ['a 60 A 192.0.2.1']))
  assert.deepEqual(changed.touched.map(String), ['a.example.'])
  assert.equal(changed.nameAfter(before.apex)?.toString(), 'a.example.')
})

test('a change of another version is refused', () => {
  const before = new TableView(zoneOfLines(['a.example. A 192.0.2.1'], 1))
  const mismatch = { code: 'transfer-failed' }
  assert.throws(() => ChangedZone.create(before, changeOf(['b A 192.0.2.1'], [])), mismatch)
  assert.throws(() => ChangedZone.create(before, changeOf([], ['a A 192.0.2.1'])), mismatch)
})
