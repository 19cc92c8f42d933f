import assert from 'node:assert/strict'
import test from 'node:test'
import { Worker } from 'node:worker_threads'
import { DnsError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import { StateUnwritable, type StateWrite } from '../store/index.ts'
import { APEX, AT, changeBetween, newFolder, serialOfWhole, versionOf } from '../store/state.fixture.ts'
import { dump, zoneOfLines } from '../zone/zone-versions.fixture.ts'
import { StoreThread } from './store-thread.ts'

const OTHER = Name.parse('other.')

const change = (from: number, to = from + 1, zone = APEX): StateWrite => ({
  kind: 'change',
  zone,
  change: changeBetween(from, to, zone),
  origin: 'update',
  actor: 'a test',
  at: AT,
})

async function withThread<T>(folder: string, run: (state: StoreThread) => Promise<T>): Promise<T> {
  const state = await StoreThread.open(folder, AT)
  try {
    return await run(state)
  } finally {
    await state.close()
  }
}

async function saveCopy(state: StoreThread, serial: number, zone = APEX): Promise<void> {
  const copy = await state.prepareCopy(zone, 'zone', { kind: 'zone', zone: versionOf(serial, zone) })
  await state.commit([{ kind: 'copy', zone, copyKind: 'zone', copy }])
}

test('what was committed is read at once by the thread that asked, and after a restart', async () => {
  const folder = newFolder()
  await withThread(folder, async (state) => {
    assert.equal(state.journal.state(APEX), undefined)
    await saveCopy(state, 1)
    await state.commit([change(1), change(2)])
    assert.equal(state.journal.state(APEX)?.toSerial, 3)
    await state.commit([change(3)])
    assert.equal(state.journal.state(APEX)?.toSerial, 4)
    assert.equal(serialOfWhole(state.copies.load(APEX)), 4)
    await state.commit([{ kind: 'forget-zone', zone: APEX }])
    assert.deepEqual([state.journal.state(APEX), state.listZones()], [undefined, []])
    await saveCopy(state, 7)
    await state.commit([change(7)])
    assert.equal(serialOfWhole(state.copies.load(APEX)), 8)
  })
  await withThread(folder, async (state) => assert.equal(serialOfWhole(state.copies.load(APEX)), 8))
})

test('of several that wait, one that does not fit is refused and takes no other with it', async () => {
  await withThread(newFolder(), async (state) => {
    await Promise.all([saveCopy(state, 1), saveCopy(state, 1, OTHER)])
    const outcomes = await Promise.allSettled([
      state.commit([change(1)]),
      state.commit([change(5)]),
      state.commit([change(1, 2, OTHER)]),
    ])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    const [, refused] = outcomes
    assert.ok(refused?.status === 'rejected' && refused.reason instanceof DnsError)
    assert.match(refused.reason.message, /ends at serial 2, a change from 5 cannot follow/)
    assert.deepEqual(
      [APEX, OTHER].map((zone) => state.journal.state(zone)?.toSerial),
      [2, 2],
    )
  })
})

test('a large copy is written in parts, and counts from its commit on; one that is abandoned never does', async () => {
  const lines = Array.from({ length: 30_000 }, (_, i) => `n${i} 60 A 192.0.2.1`)
  const zone = zoneOfLines(lines, 5)
  await withThread(newFolder(), async (state) => {
    const copy = await state.prepareCopy(APEX, 'zone', { kind: 'zone', zone })
    assert.equal(state.copies.load(APEX).kind, 'absent')
    await state.abandonCopy(copy)
    const late = state.commit([{ kind: 'copy', zone: APEX, copyKind: 'zone', copy }])
    await assert.rejects(late, /the copy that is to count is no longer there/)
    const other = await state.prepareCopy(APEX, 'zone', { kind: 'zone', zone })
    await state.commit([{ kind: 'copy', zone: APEX, copyKind: 'zone', copy: other }])
    const loaded = state.copies.load(APEX)
    assert.ok(loaded.kind === 'loaded')
    assert.deepEqual(dump(loaded.zone), dump(zone))
    assert.ok((state.copies.octetsOf(APEX) ?? 0) > 30_000 * 20)
  })
})

test('what changes of trust is durable once it is said to be saved', async () => {
  const folder = newFolder()
  const name = Name.parse('broken.example.')
  await withThread(folder, async ({ trust }) => {
    assert.equal(trust.load().lastKnown, undefined)
    trust.saveNegative({ name, until: AT + 60, reason: 'a test' })
    trust.saveNegative({ name: OTHER, until: undefined })
    trust.forgetNegative(OTHER)
    trust.noteTime(AT, 'a boot')
    await trust.saved()
    const { negative, lastKnown, lastKnownIn } = trust.load()
    assert.deepEqual(negative, [{ name, until: AT + 60, reason: 'a test' }])
    assert.deepEqual([lastKnown, lastKnownIn], [AT, 'a boot'])
  })
})

test('a folder that another server has is refused, with the words of it', async () => {
  const folder = newFolder()
  await withThread(folder, async () => {
    await assert.rejects(StoreThread.open(folder, AT), (error) => {
      assert.ok(error instanceof DnsError && error.code === 'state-invalid')
      assert.match(error.message, /is in use by process/)
      return true
    })
  })
})

test('closing waits for what was asked for; after it nothing is taken', async () => {
  const folder = newFolder()
  const state = await StoreThread.open(folder, AT)
  await saveCopy(state, 1)
  const committed = state.commit([change(1)])
  await state.close()
  await committed
  await assert.rejects(state.commit([change(2)]), StateUnwritable)
  await withThread(folder, async (again) => assert.equal(serialOfWhole(again.copies.load(APEX)), 2))
})

test('when the store thread ends by itself, what waits is refused, and another one takes its place', async (t) => {
  const workers = new Set<Worker>()
  const { postMessage } = Worker.prototype
  t.mock.method(Worker.prototype, 'postMessage', function (this: Worker, ...args: Parameters<typeof postMessage>) {
    workers.add(this)
    return postMessage.apply(this, args)
  })
  await withThread(newFolder(), async (state) => {
    await saveCopy(state, 1)
    const told: string[] = []
    state.onUnwritable((reason) => told.push(reason))
    const [worker] = workers
    const ended = worker?.terminate()
    await assert.rejects(state.commit([change(1)]), StateUnwritable)
    await ended
    await assert.rejects(state.commit([change(1)]), StateUnwritable)
    assert.equal(told.length, 1)
    assert.match(state.unwritable ?? '', /the store thread ended/)
    assert.notEqual(await state.recover(AT), undefined)
    assert.equal(state.unwritable, undefined)
    await state.commit([change(1)])
    assert.equal(serialOfWhole(state.copies.load(APEX)), 2)
  })
})
