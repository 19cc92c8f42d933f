import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DnsError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import { walkZone } from '../zone/index.ts'
import { zoneOfLines } from '../zone/zone-versions.fixture.ts'
import type { JournalEntry } from './index.ts'
import { APEX, AT, changeBetween, newFolder, serialOfWhole, versionOf, withState } from './state.fixture.ts'

const entry = (from: number, to: number): JournalEntry => ({
  zone: APEX,
  change: changeBetween(from, to),
  origin: 'transfer',
  actor: 'a test',
  at: AT,
})

describe('the copy of a zone', () => {
  it('is loaded as it was saved, brought forward by the journal', async () => {
    const folder = newFolder()
    await withState(folder, ({ copies, journal }) => {
      assert.equal(copies.load(APEX).kind, 'absent')
      copies.save(APEX, 'zone', walkZone(versionOf(5)))
      assert.equal(serialOfWhole(copies.load(APEX)), 5)
      journal.commit([entry(5, 6), entry(6, 9)])
    })
    await withState(folder, ({ copies }) => {
      assert.equal(serialOfWhole(copies.load(APEX)), 9)
      assert.equal(copies.serialOf(APEX, 'zone'), 5)
    })
  })

  it('is replaced by a version that does not follow, together with its journal', async () => {
    const folder = newFolder()
    await withState(folder, (state) => {
      state.copies.save(APEX, 'zone', walkZone(versionOf(5)))
      state.journal.commit([entry(5, 6)])
      const writer = state.copies.begin(APEX, 'zone', walkZone(versionOf(3)))
      while (writer.step());
      assert.equal(serialOfWhole(state.copies.load(APEX)), 6)
      assert.throws(() => writer.finish(), DnsError)
      state.transact(() => {
        state.journal.clear(APEX)
        writer.finish()
      })
      assert.equal(serialOfWhole(state.copies.load(APEX)), 3)
      state.journal.commit([entry(3, 4)])
    })
    await withState(folder, ({ copies }) => assert.equal(serialOfWhole(copies.load(APEX)), 4))
  })

  it('that is written while changes go on is of its own version', async () => {
    const folder = newFolder()
    await withState(folder, ({ copies, journal }) => {
      copies.save(APEX, 'zone', walkZone(versionOf(1)))
      journal.commit([entry(1, 2), entry(2, 3)])
      const writer = copies.begin(APEX, 'zone', walkZone(versionOf(2)))
      journal.commit([entry(3, 4)])
      while (writer.step());
      writer.finish()
      assert.equal(copies.serialOf(APEX, 'zone'), 2)
      journal.trim(APEX, { changes: 0, octets: 0 })
      assert.equal(journal.state(APEX)?.fromSerial, 2)
    })
    await withState(folder, ({ copies }) => assert.equal(serialOfWhole(copies.load(APEX)), 4))
  })

  it('leaves nothing when it was not finished', async () => {
    const folder = newFolder()
    await withState(folder, ({ copies }) => {
      const writer = copies.begin(APEX, 'zone', walkZone(versionOf(1)))
      writer.step()
      writer.abandon()
      copies.begin(APEX, 'zone', walkZone(versionOf(2))).step()
      assert.equal(copies.load(APEX).kind, 'absent')
    })
    await withState(folder, ({ copies, database }) => {
      assert.equal(copies.load(APEX).kind, 'absent')
      assert.equal(database.prepare('SELECT count(*) AS n FROM zone_copy_part').get()?.n, 0)
    })
  })

  it('of a master file stays while the zone goes on from it', async () => {
    await withState(newFolder(), ({ copies, journal }) => {
      journal.commit([entry(1, 2)])
      copies.save(APEX, 'base', walkZone(versionOf(2)), { isServed: true })
      journal.commit([entry(2, 3), entry(3, 4)])
      assert.equal(serialOfWhole(copies.load(APEX)), 4)
      assert.equal(serialOfWhole(copies.loadBase(APEX)), 2)
      journal.trim(APEX, { changes: 0, octets: 0 })
      assert.equal(journal.state(APEX)?.fromSerial, 2)
      copies.save(APEX, 'zone', walkZone(versionOf(4)))
      journal.trim(APEX, { changes: 0, octets: 0 })
      journal.commit([entry(4, 5)])
      assert.equal(serialOfWhole(copies.load(APEX)), 5)
      assert.equal(serialOfWhole(copies.loadBase(APEX)), 2)
    })
  })

  it('of a master file that was merged is never taken for the zone, even at a serial that the zone had', async () => {
    await withState(newFolder(), (state) => {
      const { copies, journal } = state
      const file = zoneOfLines(['file.example. 60 A 192.0.2.1'], 3)
      copies.save(APEX, 'base', walkZone(versionOf(1)), { isServed: true })
      journal.commit([entry(1, 2), entry(2, 3)])
      journal.commit([entry(3, 4)])
      assert.throws(() => copies.save(APEX, 'base', walkZone(file)), /its own copy has to be saved first/)
      state.transact(() => {
        copies.save(APEX, 'zone', walkZone(versionOf(4)))
        copies.save(APEX, 'base', walkZone(file))
      })
      journal.trim(APEX, { changes: 0, octets: 0 })
      journal.commit([entry(4, 5)])
      assert.equal(serialOfWhole(copies.load(APEX)), 5)
      const base = copies.loadBase(APEX)
      assert.ok(base.kind === 'loaded' && base.zone.records.length === 2)
      copies.remove(APEX, 'zone')
      assert.equal(copies.load(APEX).kind, 'absent')
    })
  })

  it('has parts of a megabyte, and is due again when the journal has grown', async () => {
    const lines = (n: number): string[] =>
      Array.from({ length: 12_000 }, (_, i) => `h${i}.example. 60 TXT "${'x'.repeat(100)}${n}"`)
    await withState(newFolder(), ({ copies, journal, database }) => {
      const zone = zoneOfLines(lines(1), 1)
      copies.save(APEX, 'zone', walkZone(zone))
      assert.equal(database.prepare('SELECT count(*) AS n FROM zone_copy_part').get()?.n, 2)
      const loaded = copies.load(APEX)
      assert.ok(loaded.kind === 'loaded' && loaded.zone.records.length === 12_001)
      assert.equal(copies.isDue(APEX), false)
      const { table } = zoneOfLines(lines(2), 2)
      const change = { removed: zone.table, added: table, fromSerial: 1, toSerial: 2 }
      journal.commit([{ zone: APEX, change, origin: 'transfer', actor: 'a test', at: AT }])
      assert.deepEqual([copies.isDue(APEX), copies.isDue(APEX, 5)], [true, false])
    })
  })
})

describe('what is remembered of a zone', () => {
  it('of a secondary and of a primary is there after a restart', async () => {
    const folder = newFolder()
    const mark = { boot: 'one', ahead: AT - 1000.25 }
    const secondary = {
      serial: 7,
      checkedAt: AT,
      expiresAt: AT + 60,
      primary: '192.0.2.1:53',
      failure: undefined,
      mark,
    }
    const unmarked = { ...secondary, mark: undefined }
    const other = Name.parse('other.')
    const primary = { fileHash: 'ab', fileModifiedAt: AT + 0.25, fileSerial: 0xffffffff, isFrozen: true }
    await withState(folder, ({ zones }) => {
      assert.deepEqual([zones.secondary(APEX), zones.primary(APEX)], [undefined, undefined])
      zones.saveSecondary(APEX, { ...secondary, serial: 6 })
      zones.saveSecondary(APEX, secondary)
      zones.saveSecondary(other, unmarked)
      zones.savePrimary(APEX, primary)
    })
    await withState(folder, ({ zones }) => {
      assert.deepEqual([zones.secondary(APEX), zones.primary(APEX)], [secondary, primary])
      assert.deepEqual(zones.secondary(other), unmarked)
    })
  })
})
