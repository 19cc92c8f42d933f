/** A primary zone that was changed by other ways than its file, whose state is on a disk that is full for a while. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { StateUnwritable } from '../store/index.ts'
import { NO_DISKS, SmallDisk } from '../store/small-disk.fixture.ts'
import { PrimaryRig, recordsOf } from './primary-zone.fixture.ts'
import { until, zoneText } from './servers.fixture.ts'

const UNSAVED = /not saved: the state cannot be written/
const RECOVERY_SECONDS = 30

/** A zone with a change by another way, the disk of whose state is full. `last`: the serial that it came to. */
async function startFull(): Promise<{ rig: PrimaryRig; disk: SmallDisk; last: number }> {
  const disk = new SmallDisk(8)
  const rig = await PrimaryRig.start(zoneText(1), {}, { data: join(disk.folder, 'state') })
  await rig.change(1, 2, { added: ['new A 192.0.2.1'] })
  disk.fill()
  // What SQLite has room for in its files is still taken.
  for (let last = 2; last < 3000; last++) {
    try {
      await rig.change(last, last + 1, {})
    } catch (error) {
      assert.ok(error instanceof StateUnwritable)
      return { rig, disk, last }
    }
  }
  return assert.fail('the disk is not full')
}

const recover = async ({ server }: PrimaryRig, disk: SmallDisk): Promise<void> => {
  const isTold = (line: string): boolean => line.includes('the state can be written again: all is saved')
  const before = server.lines.filter(isTold).length
  disk.free()
  await until(() => server.lines.filter(isTold).length > before, 'the recovery', RECOVERY_SECONDS)
}

const versionOf = (serial: number, ...lines: string[]): string[] =>
  recordsOf(zoneText(1, `${lines.join('\n')}\n`).replace('admin 1 ', `admin ${serial} `))

test('a change that cannot be saved is refused and nothing of it is served; what was saved before is not lost', {
  skip: NO_DISKS,
}, async () => {
  const { rig, disk, last } = await startFull()
  const expected = versionOf(last, 'new A 192.0.2.1')
  assert.deepEqual(await rig.records(), expected)
  assert.match(rig.zone.status(0).reason ?? '', UNSAVED)
  assert.match((await rig.act('flush')).message, UNSAVED)
  assert.match((await rig.act('freeze')).message, UNSAVED)
  assert.equal(rig.zone.status(0).frozen, false)
  await recover(rig, disk)
  await rig.change(last, last + 1, { added: ['later A 192.0.2.2'] })
  await rig.restart()
  assert.deepEqual(await rig.records(), versionOf(last + 1, 'new A 192.0.2.1', 'later A 192.0.2.2'))
  assert.equal((await rig.differences(1))?.length, last)
})

test('a file that was edited beside changes is not taken while nothing can be saved; a reload takes it once there is room', {
  skip: NO_DISKS,
}, async () => {
  const { rig, disk, last } = await startFull()
  const served = versionOf(last, 'new A 192.0.2.1')
  rig.write(zoneText(1, 'filed A 192.0.2.9\n'))
  const { outcome, message } = await rig.act('reload')
  assert.equal(outcome, 'failed')
  assert.match(message, /cannot be written/)
  assert.deepEqual(await rig.records(), served)
  // Neither by the next start, which serves what is kept.
  await rig.restart()
  assert.deepEqual(await rig.records(), served)
  assert.match(rig.zone.status(0).reason ?? '', /cannot be written/)
  await assert.rejects(rig.change(last, last + 1, {}), StateUnwritable)
  await recover(rig, disk)
  assert.equal((await rig.act('reload')).outcome, 'done')
  const merged = versionOf(last + 1, 'new A 192.0.2.1', 'filed A 192.0.2.9')
  assert.deepEqual(await rig.records(), merged)
  await rig.restart()
  assert.deepEqual(await rig.records(), merged)
  rig.write(zoneText(1))
  assert.equal((await rig.act('reload')).outcome, 'done')
  assert.deepEqual(await rig.records(), versionOf(last + 2, 'new A 192.0.2.1'))
})

test('a version of the file that was served unsaved is the one that later changes go on from', {
  skip: NO_DISKS,
}, async () => {
  const { rig, disk, last } = await startFull()
  disk.free()
  await until(async () => (await rig.act('flush')).outcome === 'done', 'the flush', RECOVERY_SECONDS)
  disk.fill()
  let serial = last
  for (; rig.server.server.state.unwritable === undefined && serial < last + 3000; serial++) {
    rig.write(zoneText(1).replace('admin 1 ', `admin ${serial + 1} `))
    await rig.act('reload')
  }
  assert.match(rig.zone.status(0).reason ?? '', UNSAVED)
  assert.deepEqual(await rig.records(), versionOf(serial))
  await recover(rig, disk)
  await rig.change(serial, serial + 1, { added: ['later A 192.0.2.2'] })
  assert.deepEqual(rig.journal, [`${serial}-${serial + 1} update`])
  await rig.restart()
  assert.deepEqual(await rig.records(), versionOf(serial + 1, 'later A 192.0.2.2'))
})
