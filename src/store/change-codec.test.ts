import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Name } from '../dns/name/index.ts'
import { diffZones, RecordTable, walkZone, Zone, type ZoneChange } from '../zone/index.ts'
import { recordLines } from '../zone/zone-changes.fixture.ts'
import { dump, zoneOfLines } from '../zone/zone-versions.fixture.ts'
import { decodeChange, decodePart, encodeChange, PartWriter } from './change-codec.ts'

const APEX = Name.parse('example.')

function changeOf(before: readonly string[], after: readonly string[]): ZoneChange {
  const change = diffZones(zoneOfLines(before, 1), zoneOfLines(after, 2))
  assert.ok(change)
  return change
}

const dumpTable = (table: RecordTable): string[] => dump(Zone.arrange(APEX, table))
const sample = (): Uint8Array =>
  encodeChange(changeOf(['a.example. 60 A 192.0.2.1'], ['b.example. 60 A 192.0.2.2'])).slice()

describe('a change as octets', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(recordLines, recordLines, (before, after) => {
        const change = changeOf(before, after)
        const read = decodeChange(encodeChange(change), APEX)
        assert.ok(typeof read !== 'string', String(read))
        assert.deepEqual([read.fromSerial, read.toSerial], [1, 2])
        assert.deepEqual(dumpTable(read.removed), dumpTable(change.removed))
        assert.deepEqual(dumpTable(read.added), dumpTable(change.added))
      }),
    )
  })

  it('is small: one address costs its record and two SOAs', () => {
    assert.ok(encodeChange(changeOf([], ['a.example. 60 A 192.0.2.1'])).length < 200)
  })

  it('with any octet changed, or cut anywhere, is a fault', () => {
    const octets = sample()
    for (let i = 0; i < octets.length; i++) {
      const damaged = octets.slice()
      damaged[i] = (damaged[i] ?? 0) ^ 0x10
      assert.equal(decodeChange(damaged, APEX), 'checksum')
      assert.match(String(decodeChange(octets.subarray(0, i), APEX)), /^(truncated|checksum)$/)
    }
  })

  it('of another zone is a fault', () => {
    assert.equal(decodeChange(sample(), Name.parse('other.')), 'foreign-owner')
  })

  it('without its SOA, or with one of another serial, is a fault', () => {
    const change = changeOf([], [])
    assert.equal(decodeChange(encodeChange({ ...change, toSerial: 3 }), APEX), 'bad-soa')
    assert.equal(decodeChange(encodeChange({ ...change, removed: new RecordTable() }), APEX), 'bad-soa')
  })
})

describe('a part of a copy', () => {
  it('is read as it was written, and parts follow one another', () => {
    fc.assert(
      fc.property(recordLines, (lines) => {
        const zone = zoneOfLines(lines, 1)
        const table = new RecordTable()
        const writer = new PartWriter()
        const walk = walkZone(zone)
        for (let hasRecord = walk.step(); hasRecord; ) {
          writer.begin()
          while (hasRecord && writer.octets < 100) {
            writer.take(walk)
            hasRecord = walk.step()
          }
          assert.equal(decodePart(writer.finish(), APEX, table), undefined)
        }
        assert.deepEqual(dumpTable(table), dump(zone))
      }),
    )
  })
})
