/** What becomes of a data plane whose workers or sockets fail. */
import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { loadNative, openUdpSockets } from '../transport/index.ts'
import { askAll, checkAnswers, LOCALHOST, Rig } from './data-plane.fixture.ts'
import type { DataPlane } from './index.ts'

const native = await loadNative()
const skip = native === undefined && 'batched sockets need Linux and koffi'
const NAMES = ['n1.example.', 'n2.example.']
/** Of settings: no responder can be made with it. */
const TOO_SHORT = Uint8Array.of(1)

/** Workers in the order in which they were started. */
let workers: Worker[] = []
process.on('worker', (worker) => workers.push(worker))
beforeEach(() => {
  workers = []
})

async function startBatched(rig: Rig, threads = 1): Promise<{ plane: DataPlane; port: number }> {
  assert.ok(native !== undefined)
  const { sockets, bound } = openUdpSockets(native, LOCALHOST, threads)
  const plane = rig.plane({ kind: 'batched', sockets: sockets.map((socket) => [socket]), native })
  after(() => plane.stop())
  await plane.start()
  return { plane, port: bound.port }
}

/** Waits for the message of a worker that has just been started. */
async function untilReady(worker: Worker | undefined): Promise<void> {
  await new Promise<void>((ready) =>
    worker?.on('message', ({ kind }: { kind: string }) => {
      if (kind === 'ready') ready()
    }),
  )
}

async function untilLength(list: readonly unknown[], length: number): Promise<void> {
  for (let tries = 0; list.length < length && tries < 1000; tries++) await sleep(10)
  assert.equal(list.length, length)
}

test('a worker that ends is started again: what came meanwhile is answered, its reader slot is free', {
  skip,
}, async () => {
  const rig = new Rig()
  const { plane, port } = await startBatched(rig)
  await workers[0]?.terminate()
  await untilLength(rig.failures, 1)
  assert.match(String(rig.failures[0]?.error), /ended with exit code 1/)
  assert.equal(rig.takenSlots.size, 0)
  // The socket is the process's: the question waits there for the next worker.
  checkAnswers(await askAll(port, NAMES), NAMES)
  assert.deepEqual([workers.length, rig.takenSlots.size], [2, 1])
  await plane.stop()
  assert.equal(rig.takenSlots.size, 0)
  rig.check()
})

test('a worker that ends in the middle of a reading holds no version of the image any more', { skip }, async () => {
  const rig = new Rig()
  await startBatched(rig)
  const [slot = -1] = rig.takenSlots
  rig.image.memory.enter(slot)
  const held = rig.image.memory.oldestReading()
  rig.image.memory.publish(rig.image.memory.root)
  assert.equal(rig.image.memory.oldestReading(), held)
  await workers[0]?.terminate()
  await untilLength(rig.failures, 1)
  assert.equal(rig.image.memory.oldestReading(), held + 1)
})

test('a worker that ends again and again is started later each time', { skip }, async () => {
  const rig = new Rig()
  await startBatched(rig)
  for (let i = 0; i < 3; i++) {
    await workers[i]?.terminate()
    await untilLength(rig.failures, i + 1)
    await untilLength(workers, i + 2)
    await untilReady(workers[i + 1])
  }
  assert.deepEqual(
    rig.failures.map(({ seconds }) => seconds),
    [0.5, 1, 2],
  )
})

test('one of two workers ends: the other answers meanwhile, and none is left when the data plane stops', {
  skip,
}, async () => {
  const rig = new Rig()
  const { plane, port } = await startBatched(rig, 2)
  await workers[0]?.terminate()
  await untilLength(rig.failures, 1)
  // New settings put workers on all sockets; the restart that is due must not add another.
  await plane.change(rig.settings)
  await sleep(1000)
  assert.equal(rig.takenSlots.size, 2)
  checkAnswers(await askAll(port, NAMES), NAMES)
  await plane.stop()
  assert.equal(rig.takenSlots.size, 0)
})

test('settings that workers cannot start with: those before go on, and no worker or slot is lost', {
  skip,
}, async () => {
  const rig = new Rig()
  const { plane, port } = await startBatched(rig, 2)
  await assert.rejects(plane.change({ ...rig.settings, cookieSecrets: [TOO_SHORT] }))
  assert.equal(rig.takenSlots.size, 2)
  checkAnswers(await askAll(port, NAMES), NAMES)
  await plane.stop()
  assert.equal(rig.takenSlots.size, 0)
  assert.deepEqual(rig.failures, [])
})

test('changes of settings at the same time follow each other: no more than twice the workers', { skip }, async () => {
  const rig = new Rig()
  const { plane, port } = await startBatched(rig)
  await Promise.all([plane.change(rig.settings), plane.change(rig.settings), plane.change(rig.settings)])
  assert.deepEqual([workers.length, rig.takenSlots.size], [4, 1])
  assert.ok(rig.mostSlots <= 2, `${rig.mostSlots} workers at a time`)
  checkAnswers(await askAll(port, NAMES), NAMES)
})

test('a worker on Node’s own sockets that throws is started again on the same port', async () => {
  const rig = new Rig()
  const plane = rig.plane({ kind: 'plain', listen: [LOCALHOST], threads: 1 })
  after(() => plane.stop())
  const [bound] = await plane.bind()
  await plane.start()
  await plane.change({ ...rig.settings, cookieSecrets: [TOO_SHORT] })
  await untilLength(rig.failures, 1)
  await plane.change(rig.settings)
  await untilLength(workers, 2)
  await untilReady(workers[1])
  checkAnswers(await askAll(bound?.port ?? 0, NAMES), NAMES)
  assert.equal(rig.takenSlots.size, 1)
})

test('a socket that fails: its worker does not spin, says so once, and answers on the others', { skip }, async () => {
  assert.ok(native !== undefined)
  const rig = new Rig()
  const { sockets, bound } = openUdpSockets(native, LOCALHOST, 1)
  const [good] = sockets
  assert.ok(good !== undefined)
  // Receiving from what is no socket fails at once, each time.
  const bad = { fd: native.eventfd(1, 0), isIpv6: false, isWildcard: false }
  const plane = rig.plane({ kind: 'batched', sockets: [[bad, good], [bad]], native })
  after(async () => {
    await plane.stop()
    native.close(bad.fd)
  })
  await plane.start()
  await sleep(100)
  const before = process.cpuUsage()
  await sleep(1500)
  const { user, system } = process.cpuUsage(before)
  checkAnswers(await askAll(bound.port, NAMES), NAMES)
  assert.ok(user + system < 500_000, `${(user + system) / 1000} ms of processor time in 1.5 s`)
  assert.deepEqual(
    rig.socketStates.map(({ socket }) => socket),
    [0, 0],
  )
  assert.match(rig.socketStates[0]?.reason ?? '', /ENOTSOCK/)
})
