/** A state folder on a disk that is full or read-only. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { type RecordWalk, walkZone } from '../zone/index.ts'
import { openState, type State, StateUnwritable } from './index.ts'
import { NO_DISKS, ReadOnlyView, SmallDisk } from './small-disk.fixture.ts'
import { APEX, AT, changeBetween, newFolder, serialOfWhole, versionOf, withState } from './state.fixture.ts'

const save = (state: State, serial = 5): void => state.copies.save(APEX, 'zone', walkZone(versionOf(serial)))
const commit = (state: State, from: number, to: number): void =>
  state.journal.commit([{ zone: APEX, change: changeBetween(from, to), origin: 'transfer', actor: 'a test', at: AT }])

test('a disk that fills up: what is there is read, nothing is written, and it goes on where it was', {
  skip: NO_DISKS,
}, async () => {
  const disk = new SmallDisk(8)
  await withState(join(disk.folder, 'state'), async (state) => {
    const reasons: string[] = []
    state.onUnwritable((reason) => reasons.push(reason))
    save(state)
    disk.fill()
    assert.throws(() => {
      for (let serial = 5; serial < 2000; serial++) commit(state, serial, serial + 1)
    }, StateUnwritable)
    assert.equal(reasons.length, 1)
    assert.match(state.unwritable ?? '', /full/)
    const held = state.journal.state(APEX)?.toSerial ?? 5
    assert.equal(serialOfWhole(state.copies.load(APEX)), held)
    // Not even when it would fit: what was left out would be missing in between.
    assert.throws(() =>
      state.zones.savePrimary(APEX, { fileHash: 'x', fileModifiedAt: 1, fileSerial: 1, isFrozen: false }),
    )
    assert.equal(await state.recover(AT), undefined)
    // Too little to go on with: it would be full again at once.
    disk.free(1 << 18)
    assert.equal(await state.recover(AT), undefined)
    disk.free()
    assert.deepEqual(await state.recover(AT), [])
    assert.equal(state.unwritable, undefined)
    commit(state, held, held + 1)
    assert.equal(serialOfWhole(state.copies.load(APEX)), held + 1)
  })
})

test('what fails once is not tried until the state recovers, and undoes the transaction that it is a part of', async () => {
  await withState(newFolder(), async (state) => {
    const setReadOnly = (word: 'ON' | 'OFF'): unknown => state.database.prepare(`PRAGMA query_only = ${word}`).all()
    assert.throws(
      () =>
        state.transact(() => {
          save(state)
          setReadOnly('ON')
          assert.throws(() => save(state), StateUnwritable)
          setReadOnly('OFF')
        }),
      StateUnwritable,
    )
    assert.throws(() => save(state), StateUnwritable)
    assert.deepEqual(state.listZones(), [])
    await state.recover(AT)
    save(state)
    assert.deepEqual(state.listZones(), ['example.'])
  })
})

test('a part of a transaction that the disk did not take undoes all of it', { skip: NO_DISKS }, async () => {
  const disk = new SmallDisk(8)
  await withState(join(disk.folder, 'state'), async (state) => {
    disk.fill()
    assert.throws(
      () =>
        state.transact(() => {
          for (let i = 0; i < 100; i++) {
            try {
              save(state, i + 1)
            } catch {}
          }
        }),
      StateUnwritable,
    )
    disk.free()
    await state.recover(AT)
    assert.deepEqual(state.listZones(), [])
  })
})

test('opened on a full disk: empty where nothing was kept, and made when there is room', {
  skip: NO_DISKS,
}, async () => {
  const disk = new SmallDisk(8)
  disk.fill()
  const folder = join(disk.folder, 'state')
  await withState(folder, async (state) => {
    assert.notEqual(state.unwritable, undefined)
    assert.deepEqual(state.listZones(), [])
    assert.throws(() => save(state), StateUnwritable)
    disk.free()
    assert.deepEqual(await state.recover(AT), [])
    save(state)
    await assert.rejects(openState(folder, AT), /in use by process/)
  })
  await withState(folder, (state) => assert.equal(serialOfWhole(state.copies.load(APEX)), 5))
})

test('a copy that the disk does not take lets go of the version that it read', { skip: NO_DISKS }, async () => {
  const disk = new SmallDisk(8)
  await withState(join(disk.folder, 'state'), (state) => {
    const closed = new Set<RecordWalk>()
    const walk = (): RecordWalk => {
      const walked = walkZone(versionOf(5))
      walked.close = () => {
        closed.add(walked)
      }
      return walked
    }
    const begun = state.copies.begin(APEX, 'zone', walk())
    disk.fill()
    assert.throws(() => {
      for (;;) save(state)
    }, StateUnwritable)
    assert.throws(() => begun.step(), StateUnwritable)
    assert.equal(closed.size, 1)
    assert.throws(() => state.copies.begin(APEX, 'zone', walk()), StateUnwritable)
    assert.equal(closed.size, 2)
  })
})

test('opened on a disk that is read-only: what was kept is read, and written when the disk can be', {
  skip: NO_DISKS,
}, async () => {
  const view = new ReadOnlyView()
  await withState(view.folder, save)
  view.close()
  await withState(view.folder, async (state) => {
    assert.match(state.unwritable ?? '', /read-only/)
    assert.equal(serialOfWhole(state.copies.load(APEX)), 5)
    assert.throws(() => commit(state, 5, 6), StateUnwritable)
    assert.equal(await state.recover(AT), undefined)
    view.open()
    assert.deepEqual(await state.recover(AT), [])
    commit(state, 5, 6)
  })
  await withState(view.folder, (state) => assert.equal(serialOfWhole(state.copies.load(APEX)), 6))
})

test('opened on a full disk: what was kept is read', { skip: NO_DISKS }, async () => {
  const disk = new SmallDisk(8)
  const folder = join(disk.folder, 'state')
  await withState(folder, save)
  disk.fill()
  await withState(folder, async (state) => {
    assert.notEqual(state.unwritable, undefined)
    assert.equal(serialOfWhole(state.copies.load(APEX)), 5)
    await assert.rejects(openState(folder, AT), /in use by /)
    disk.free()
    assert.deepEqual(await state.recover(AT), [])
    commit(state, 5, 6)
  })
  await withState(folder, (state) => assert.equal(serialOfWhole(state.copies.load(APEX)), 6))
})

test('what a killed server left, on a disk that is read-only now, is read with its log', {
  skip: NO_DISKS,
}, async () => {
  const view = new ReadOnlyView()
  const folder = newFolder()
  await withState(folder, (state) => {
    save(state)
    commit(state, 5, 6)
    cpSync(folder, view.source, { recursive: true })
  })
  view.close()
  await withState(view.folder, (state) => {
    assert.match(state.unwritable ?? '', /read-only/)
    assert.equal(serialOfWhole(state.copies.load(APEX)), 6)
  })
})

test('a folder without the right to write is refused, as no full disk', { skip: NO_DISKS }, async () => {
  const view = new ReadOnlyView()
  await withState(view.folder, save)
  const script = `
    process.setgid(65534); process.setuid(65534)
    const { openState } = await import(${JSON.stringify(join(import.meta.dirname, 'index.ts'))})
    await openState(process.argv[1], ${AT}).then(() => console.log('opened'), (error) => console.log(error.code, error.message))`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script, view.folder], {
    encoding: 'utf8',
  })
  assert.match(stdout, /^state-invalid .*(not allowed|unable to open)/)
})

test('a folder that cannot be made because its disk is read-only is made later', { skip: NO_DISKS }, async () => {
  const view = new ReadOnlyView()
  view.close()
  await withState(join(view.folder, 'state'), async (state) => {
    assert.match(state.unwritable ?? '', /read-only/)
    view.open()
    assert.deepEqual(await state.recover(AT), [])
    save(state)
  })
  rmSync(join(view.source, 'state', 'signet.db'))
})
