import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DnsError } from '../dns/errors.ts'
import {
  applyChange,
  changeOctets,
  combineChanges,
  diffZones,
  invertChange,
  walkZone,
  type Zone,
  type ZoneChange,
} from './index.ts'
import { linesOf, zoneOf } from './zone.fixture.ts'
import { recordLines } from './zone-changes.fixture.ts'
import { APEX, dump, sizes, soaLine, zoneOfLines } from './zone-versions.fixture.ts'

function changeOf(old: Zone, next: Zone): ZoneChange {
  const change = diffZones(old, next)
  assert.ok(change)
  return change
}

function refuses(action: () => unknown, words: RegExp): void {
  assert.throws(
    action,
    (error) => error instanceof DnsError && error.code === 'transfer-failed' && words.test(error.message),
  )
}

const all = (table: { count: number }): Uint32Array => Uint32Array.from({ length: table.count }, (_, i) => i)

describe('a walk', () => {
  it('tells the SOA first, then canonical order', () => {
    const zone = zoneOf(
      `b.${APEX} 60 A 192.0.2.1\n${APEX} 60 A 192.0.2.1\n${soaLine(1)}\n${APEX} 60 NS a.${APEX}\n${APEX} 60 TXT "t"\na.${APEX} 60 A 192.0.2.1\n`,
    )
    const walk = walkZone(zone)
    const seen: number[] = []
    while (walk.step()) seen.push(walk.type)
    assert.deepEqual(seen, [6, 1, 2, 16, 1, 1])
  })
})

describe('the difference of two versions', () => {
  it('RFC1995 §4: has what goes and what comes, the SOA of each version with them', () => {
    const old = zoneOfLines(['a.example. 60 A 192.0.2.1', 'b.example. 60 A 192.0.2.1'], 1)
    const next = zoneOfLines(['a.example. 60 A 192.0.2.2', 'b.example. 60 A 192.0.2.1'], 2)
    const change = changeOf(old, next)
    assert.deepEqual([change.fromSerial, change.toSerial], [1, 2])
    assert.deepEqual(
      linesOf(change.removed, all(change.removed)).map((line) => line.split(' ').slice(0, 5).join(' ')),
      ['example. 3600 IN SOA ns.example.', 'a.example. 60 IN A 192.0.2.1'],
    )
    assert.deepEqual(
      linesOf(change.added, all(change.added)).map((line) => line.split(' ').slice(0, 5).join(' ')),
      ['example. 3600 IN SOA ns.example.', 'a.example. 60 IN A 192.0.2.2'],
    )
    assert.equal(changeOctets(change), 2 * (9 + 10 + 4 + 20 + 8 + 14 + 1) + 2 * (11 + 10 + 4) - 2)
  })

  it('does not count case where DNS does not, but counts TTLs', () => {
    const old = zoneOfLines(['A.example. 60 NS NS.other.'], 1)
    assert.equal(diffZones(old, zoneOfLines(['a.EXAMPLE. 60 NS ns.OTHER.'], 1)), undefined)
    assert.deepEqual(sizes(changeOf(old, zoneOfLines(['a.example. 61 NS ns.other.'], 2))), [2, 2])
  })

  it('is told even where the serial was not raised', () => {
    const change = changeOf(zoneOfLines([], 7), zoneOfLines(['a.example. 60 A 192.0.2.1'], 7))
    assert.deepEqual([change.fromSerial, change.toSerial, ...sizes(change)], [7, 7, 1, 2])
  })

  it('applied to the old version gives the new one, turned round gives the old one', () => {
    fc.assert(
      fc.property(recordLines, recordLines, (before, after) => {
        const old = zoneOfLines(before, 1)
        const next = zoneOfLines(after, 2)
        const change = changeOf(old, next)
        assert.deepEqual(dump(applyChange(walkZone(old), change)), dump(next))
        assert.deepEqual(dump(applyChange(walkZone(next), invertChange(change))), dump(old))
      }),
    )
  })

  it('combined over several versions is that of the first and the last', () => {
    fc.assert(
      fc.property(fc.array(recordLines, { minLength: 2, maxLength: 6 }), (versions) => {
        const zones = versions.map((lines, i) => zoneOfLines(lines, i + 1))
        const changes = zones.slice(1).map((zone, i) => changeOf(zones[i] ?? zone, zone))
        const [first, last] = [zones[0], zones.at(-1)]
        assert.ok(first && last)
        const net = combineChanges(changes)
        assert.deepEqual(dump(applyChange(walkZone(first), net)), dump(last))
        assert.deepEqual(sizes(net), sizes(changeOf(first, last)))
      }),
    )
  })
})

describe('changes that lead back to the version that they began with', () => {
  const there = changeOf(zoneOfLines(['a.example. 60 A 192.0.2.1'], 1), zoneOfLines(['b.example. 60 A 192.0.2.2'], 2))

  it('RFC1995 §4: come to a change with the SOA on both sides and nothing else', () => {
    const net = combineChanges([there, invertChange(there)])
    assert.deepEqual(sizes(net), [1, 1])
    assert.deepEqual([net.removed.type[0], net.added.type[0], net.fromSerial, net.toSerial], [6, 6, 1, 1])
    const zone = zoneOfLines(['a.example. 60 A 192.0.2.1'], 1)
    assert.deepEqual(dump(applyChange(walkZone(zone), net)), dump(zone))
  })

  it('keep a SOA of the same serial whose other fields changed', () => {
    const old = zoneOf(`${soaLine(1)}\n`, APEX)
    const other = zoneOf(`${soaLine(1, 9999)}\n`, APEX)
    const net = combineChanges([changeOf(old, zoneOfLines([], 2)), changeOf(zoneOfLines([], 2), other)])
    assert.deepEqual(dump(applyChange(walkZone(old), net)), dump(other))
  })
})

describe('a change that does not fit', () => {
  const zone = zoneOfLines(['a.example. 60 A 192.0.2.1'], 1)
  const empty = zoneOfLines([], 1)

  it('is refused: a record to go that is not there, or has another TTL', () => {
    const change = changeOf(zoneOfLines(['b.example. 60 A 192.0.2.1'], 1), zoneOfLines([], 2))
    refuses(() => applyChange(walkZone(zone), change), /b\.example\. A is to go, but is not there/)
    const otherTtl = changeOf(zoneOfLines(['a.example. 61 A 192.0.2.1'], 1), zoneOfLines([], 2))
    refuses(() => applyChange(walkZone(zone), otherTtl), /is not there/)
  })

  it('is refused: a record to come that is there', () => {
    const change = changeOf(empty, zoneOfLines(['a.example. 60 A 192.0.2.1'], 2))
    refuses(() => applyChange(walkZone(zone), change), /a\.example\. A is to come, but is there already/)
  })

  it('is refused: another serial, another zone, a SOA that says otherwise', () => {
    const change = changeOf(empty, zoneOfLines([], 2))
    refuses(() => applyChange(walkZone(zoneOfLines([], 3)), change), /begins at serial 1, the zone has 3/)
    refuses(() => applyChange(walkZone(empty), { ...change, toSerial: 3 }), /leads to serial 3, but its SOA has 2/)
    const foreign = zoneOf('other. 60 A 192.0.2.1\n', '.').table
    refuses(() => applyChange(walkZone(empty), { ...change, removed: foreign }), /other\. is not in example\./)
  })

  it('is refused: a row in which a record goes with another TTL than it came with', () => {
    const come = changeOf(empty, zoneOfLines(['a.example. 60 A 192.0.2.1'], 2))
    const go = changeOf(zoneOfLines(['a.example. 61 A 192.0.2.1'], 2), zoneOfLines([], 3))
    refuses(() => combineChanges([come, go]), /a\.example\. A goes, but is not there/)
  })

  it('is refused: a row with a gap', () => {
    const one = changeOf(empty, zoneOfLines([], 2))
    const three = changeOf(zoneOfLines([], 3), zoneOfLines([], 4))
    refuses(() => combineChanges([one, three]), /serial 2 is followed by a change of 3/)
  })
})
