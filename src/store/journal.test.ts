import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DnsError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import { applyChange, combineChanges, walkZone, type ZoneChange } from '../zone/index.ts'
import { dump, zoneOfLines } from '../zone/zone-versions.fixture.ts'
import type { JournalEntry, State } from './index.ts'
import { APEX, AT, changeBetween, newFolder, serialOfWhole, versionOf, withState } from './state.fixture.ts'

const entry = (from: number, to = from + 1): JournalEntry => ({
  zone: APEX,
  change: changeBetween(from, to),
  origin: 'update',
  actor: 'a test',
  at: AT,
})

function fill({ journal }: State, from: number, to: number): void {
  journal.commit(Array.from({ length: to - from }, (_, i) => entry(from + i)))
}

function changesFrom(state: State, serial: number): readonly ZoneChange[] {
  const found = state.journal.read(APEX, serial)
  assert.ok(found.kind === 'changes', found.kind)
  return found.changes
}

function refuses(action: () => unknown, words: RegExp): void {
  assert.throws(
    action,
    (error) => error instanceof DnsError && error.code === 'state-invalid' && words.test(error.message),
  )
}

describe('the journal', () => {
  it('RFC1995 §4: gives the changes from a serial to the newest, after a restart too', async () => {
    const folder = newFolder()
    await withState(folder, (state) => fill(state, 1, 6))
    await withState(folder, (state) => {
      const changes = changesFrom(state, 2)
      assert.deepEqual(
        changes.map((change) => [change.fromSerial, change.toSerial]),
        [
          [2, 3],
          [3, 4],
          [4, 5],
          [5, 6],
        ],
      )
      assert.deepEqual(dump(applyChange(walkZone(versionOf(2)), combineChanges(changes))), dump(versionOf(6)))
      assert.equal(state.journal.read(APEX, 6).kind, 'beyond')
      assert.equal(state.journal.read(APEX, 99).kind, 'beyond')
      assert.equal(state.journal.read(Name.parse('other.'), 1).kind, 'beyond')
      fill(state, 6, 7)
      assert.equal(changesFrom(state, 2).length, 5)
    })
  })

  it('knows a zone whatever the case of its name, and tells what it holds', async () => {
    await withState(newFolder(), (state) => {
      assert.equal(state.journal.state(APEX), undefined)
      state.journal.commit([{ ...entry(1), origin: 'file' }])
      const { octets, ...rest } = state.journal.state(Name.parse('EXAMPLE.')) ?? { octets: 0 }
      assert.deepEqual(rest, { count: 1, fromSerial: 1, toSerial: 2 })
      assert.deepEqual(state.journal.list(APEX), [
        { fromSerial: 1, toSerial: 2, origin: 'file', actor: 'a test', at: AT, octets },
      ])
      assert.deepEqual(state.listZones(), ['example.'])
    })
  })

  it('takes changes of several zones together, or none of them', async () => {
    await withState(newFolder(), (state) => {
      const other = Name.parse('sub.example.')
      state.journal.commit([entry(1), entry(2)])
      const wrong: JournalEntry = { ...entry(1), zone: other, change: changeBetween(1, 2, other) }
      refuses(() => state.journal.commit([wrong, entry(7)]), /ends at serial 3, a change from 7 cannot follow/)
      assert.equal(state.journal.state(other), undefined)
      assert.deepEqual(state.listZones(), ['example.'])
      assert.throws(() =>
        state.transact(() => {
          state.journal.commit([entry(3)])
          throw new Error('no')
        }),
      )
      assert.equal(state.journal.state(APEX)?.toSerial, 3)
      state.journal.commit([entry(3)])
    })
  })

  it('takes no change that keeps the serial, or does not follow the copy', async () => {
    await withState(newFolder(), (state) => {
      refuses(
        () => state.journal.commit([{ ...entry(1), change: { ...changeBetween(1, 2), toSerial: 1 } }]),
        /keeps serial 1/,
      )
      state.copies.save(APEX, 'zone', walkZone(versionOf(9)))
      refuses(() => state.journal.commit([entry(3)]), /ends at serial 9/)
      state.journal.commit([entry(9)])
    })
  })

  it('takes nothing that it could not read again', async () => {
    await withState(newFolder(), (state) => {
      const commit = (change: ZoneChange, zone = APEX): void => state.journal.commit([{ ...entry(1), change, zone }])
      refuses(
        () => commit({ ...changeBetween(1, 2), toSerial: 3 }),
        /no change of example\. that can be kept \(bad-soa\)/,
      )
      refuses(() => commit(changeBetween(1, 2), Name.parse('other.')), /no change of other\. .*foreign-owner/)
      assert.deepEqual(state.listZones(), [])
    })
  })

  it('is trimmed from its old end by count and octets', async () => {
    await withState(newFolder(), (state) => {
      fill(state, 1, 21)
      state.journal.trim(APEX, { changes: 12, octets: 1e9 })
      assert.deepEqual([state.journal.state(APEX)?.fromSerial, state.journal.state(APEX)?.count], [9, 12])
      const octets = (state.journal.state(APEX)?.octets ?? 0) / 2
      state.journal.trim(APEX, { changes: 12, octets })
      const left = state.journal.state(APEX)
      assert.ok(left !== undefined && left.octets <= octets && left.count >= 5 && left.toSerial === 21)
      assert.equal(state.journal.read(APEX, 9).kind, 'beyond')
      assert.equal(changesFrom(state, left.fromSerial).length, left.count)
      assert.equal(state.journal.read(APEX, left.fromSerial, 10).kind, 'beyond')
    })
  })

  it('keeps what a restart needs, whatever the limits', async () => {
    await withState(newFolder(), (state) => {
      fill(state, 1, 11)
      state.copies.save(APEX, 'zone', walkZone(versionOf(7)))
      state.journal.trim(APEX, { changes: 0, octets: 0 })
      assert.deepEqual([state.journal.state(APEX)?.fromSerial, state.journal.state(APEX)?.count], [7, 4])
      state.copies.save(APEX, 'zone', walkZone(versionOf(11)))
      state.journal.trim(APEX, { changes: 0, octets: 0 })
      assert.equal(state.journal.state(APEX), undefined)
      fill(state, 11, 12)
      assert.equal(changesFrom(state, 11).length, 1)
    })
  })

  it('goes on from the copy after it was cleared', async () => {
    const folder = newFolder()
    await withState(folder, (state) => {
      fill(state, 1, 6)
      state.copies.save(APEX, 'zone', walkZone(versionOf(6)))
      state.journal.clear(APEX)
      fill(state, 6, 8)
      assert.equal(serialOfWhole(state.copies.load(APEX)), 8)
    })
    await withState(folder, (state) => assert.equal(serialOfWhole(state.copies.load(APEX)), 8))
  })

  it('forgets a zone', async () => {
    await withState(newFolder(), (state) => {
      fill(state, 1, 3)
      state.copies.save(APEX, 'zone', walkZone(versionOf(3)))
      state.forgetZone(APEX)
      assert.deepEqual([state.listZones(), state.copies.load(APEX).kind], [[], 'absent'])
      fill(state, 50, 52)
      assert.equal(changesFrom(state, 50).length, 2)
    })
  })

  it('RFC1982 §3: follows serials over the wrap', async () => {
    await withState(newFolder(), (state) => {
      const version = (serial: number) => zoneOfLines([], serial)
      const table = (serial: number) => version(serial).table
      const change = { removed: table(0xffffffff), added: table(3), fromSerial: 0xffffffff, toSerial: 3 }
      state.journal.commit([{ zone: APEX, change, origin: 'transfer', actor: 'a test', at: AT }])
      assert.equal(changesFrom(state, 0xffffffff)[0]?.toSerial, 3)
    })
  })
})
