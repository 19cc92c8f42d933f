import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { applyChange, diffZones, type Merge, mergeFile, walkZone, type Zone, type ZoneChange } from './index.ts'
import { linesOf, zoneOf } from './zone.fixture.ts'
import { APEX, dump, soaLine, zoneOfLines } from './zone-versions.fixture.ts'

const RRSIG = 46
const NSEC = 47
const machineMade: ReadonlySet<number> = new Set([RRSIG, NSEC])

function merge(base: Zone, file: Zone, live: Zone): Merge {
  const change = diffZones(base, live)
  assert.ok(change)
  return mergeFile({ base, file, live: change, machineMade })
}

/** The merged zone without its SOA. */
function merged(base: Zone, file: Zone, live: Zone): { serial: number; records: string[]; change: ZoneChange } {
  const result = merge(base, file, live)
  assert.ok(result.kind === 'merged' && result.change !== undefined, JSON.stringify(result))
  const zone = applyChange(walkZone(live), result.change)
  return { serial: result.change.toSerial, records: dump(zone).slice(1), change: result.change }
}

function conflictsOf(base: string[], file: string[], live: string[]): string[] {
  const result = merge(zoneOfLines(base, 1), zoneOfLines(file, 2), zoneOfLines(live, 3))
  assert.equal(result.kind, 'conflicts')
  return result.conflicts.map(({ kind, owner, type, file, live }) =>
    [kind, owner, type ?? 'name', '|', ...file, '|', ...live].join(' '),
  )
}

const A1 = 'a.example. 60 A 192.0.2.1'
const A2 = 'a.example. 60 A 192.0.2.2'
const B = 'b.example. 60 A 192.0.2.1'
const TXT = 'a.example. 60 TXT "t"'
const CNAME = 'a.example. 60 CNAME b.example.'
const line = (text: string): string => text.replace(' 60 ', ' 60 IN ')

describe('an edited file and a zone that changed by itself', () => {
  it('become one where they changed different RRsets', () => {
    const result = merged(zoneOfLines([A1], 1), zoneOfLines([A1, B], 2), zoneOfLines([A1, TXT], 3))
    assert.equal(result.serial, 4)
    assert.deepEqual(result.records, dump(zoneOfLines([A1, TXT, B], 1)).slice(1))
  })

  it('RFC1982 §3: the serial is after both, across the wrap too', () => {
    const serial = (file: number, live: number): number =>
      merged(zoneOfLines([A1], 0xfffffff0), zoneOfLines([A1, B], file), zoneOfLines([A2], live)).serial
    assert.equal(serial(0xfffffffe, 0xfffffff1), 0xffffffff)
    assert.equal(serial(0xfffffff2, 3), 4)
    assert.equal(serial(0xfffffff0, 0xffffffff), 0)
    assert.equal(serial(10, 0x8000000a), 0x8000000b)
  })

  it('need no change where the live zone has all of the file', () => {
    const base = zoneOfLines([A1], 1)
    assert.deepEqual(merge(base, zoneOfLines([A1], 1), zoneOfLines([A2], 3)), { kind: 'merged', change: undefined })
    assert.deepEqual(merge(base, zoneOfLines([A2], 3), zoneOfLines([A2], 3)), { kind: 'merged', change: undefined })
    assert.deepEqual(merge(base, zoneOfLines([A2], 2), zoneOfLines([A2, B], 3)), { kind: 'merged', change: undefined })
  })

  it('take over a serial that a person raised beyond the live one', () => {
    const result = merged(zoneOfLines([A1], 1), zoneOfLines([A1], 100), zoneOfLines([A2], 3))
    assert.deepEqual([result.serial, result.change.removed.count, result.change.added.count], [101, 1, 1])
  })

  it('clash in an RRset that both changed, and each is told as text', () => {
    assert.deepEqual(conflictsOf([A1], [A2], [A1, A2, B]), [
      `both-changed a.example. A | ${line(A2)} | ${line(A1)} ${line(A2)}`,
    ])
    assert.deepEqual(conflictsOf([A1, B], [B], [A2, B]), [
      `both-changed a.example. A |  | ${line(A2)}`.replace('  ', ' '),
    ])
  })

  it('clash where one deleted a name that the other gave new data', () => {
    assert.deepEqual(conflictsOf([A1], [], [A1, TXT]), [`name-deleted a.example. name | | ${line(A1)} ${line(TXT)}`])
    assert.deepEqual(conflictsOf([A1], [A1, TXT], []), [`name-deleted a.example. name | ${line(A1)} ${line(TXT)} |`])
  })

  it('clash where a CNAME would stand beside data', () => {
    assert.deepEqual(conflictsOf([B], [B, CNAME], [B, A1]), [`cname a.example. name | ${line(CNAME)} | ${line(A1)}`])
  })

  it('clash in the SOA, the serial aside', () => {
    const zone = (serial: number, refresh: number): Zone => zoneOf(`${soaLine(serial, refresh)}\n`, APEX)
    assert.equal(merge(zone(1, 1), zone(2, 2), zone(3, 3)).kind, 'conflicts')
    assert.match(soaText(applyTo(zone(3, 1), merge(zone(1, 1), zone(2, 2), zone(3, 1)))), / 4 2 3600 /)
    assert.match(soaText(applyTo(zone(3, 3), merge(zone(1, 1), zone(4, 1), zone(3, 3)))), / 5 3 3600 /)
    assert.match(soaText(applyTo(zone(3, 2), merge(zone(1, 1), zone(4, 2), zone(3, 2)))), / 5 2 3600 /, 'both the same')
  })

  it('do not clash in what the server makes itself: the live records stand', () => {
    const sig = (n: string): string => `a.example. 60 RRSIG A 13 2 60 20300101000000 20290101000000 1 example. AAA${n}`
    const nsec = 'a.example. 60 NSEC example. A RRSIG NSEC'
    const result = merged(
      zoneOfLines([A1, sig('A')], 1),
      zoneOfLines([A1, B, sig('B')], 2),
      zoneOfLines([A1, sig('C'), nsec], 3),
    )
    assert.deepEqual(result.records, dump(zoneOfLines([A1, B, sig('C'), nsec], 1)).slice(1))
  })

  it('of changes to different names give the same as both applied', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'a.b', 'c.d')
    const rdata = fc.constantFrom('A 192.0.2.1', 'A 192.0.2.2', 'TXT "t"', 'MX 1 a.example.')
    const set = fc.array(fc.tuple(name, rdata), { maxLength: 14 })
    fc.assert(
      fc.property(set, set, set, fc.uniqueArray(name), (base, file, live, ownNames) => {
        const filesOwn: readonly string[] = ownNames
        const own = (lines: [string, string][]): [string, string][] => lines.filter(([n]) => filesOwn.includes(n))
        const others = (lines: [string, string][]): [string, string][] => lines.filter(([n]) => !filesOwn.includes(n))
        const zone = (lines: [string, string][], serial: number): Zone =>
          zoneOfLines(
            lines.map(([n, data]) => `${n}.example. 60 ${data}`),
            serial,
          )
        const result = merged(
          zone(base, 1),
          zone([...own(file), ...others(base)], 9),
          zone([...own(base), ...others(live)], 5),
        )
        assert.equal(result.serial, 10)
        assert.deepEqual(result.records, dump(zone([...own(file), ...others(live)], 1)).slice(1))
      }),
    )
  })
})

function applyTo(live: Zone, result: Merge): Zone {
  assert.ok(result.kind === 'merged' && result.change !== undefined)
  return applyChange(walkZone(live), result.change)
}

function soaText(zone: Zone): string {
  return linesOf(zone.table, Uint32Array.of(zone.soa)).join()
}
