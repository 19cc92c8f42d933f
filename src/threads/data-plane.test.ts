/** The data plane with a resolver behind it: what is not cached goes to the control thread and comes back, whichever sockets there are. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sumCounters } from '../authority/index.ts'
import { loadNative, openUdpSockets } from '../transport/index.ts'
import { askAll, checkAnswers, LOCALHOST, Rig } from './data-plane.fixture.ts'
import type { DataPlane, DataPlaneSockets } from './index.ts'

const QUERIES = 400

async function exercise(sockets: DataPlaneSockets, portOf: (plane: DataPlane) => Promise<number>): Promise<void> {
  const rig = new Rig()
  const plane = rig.plane(sockets)
  after(() => plane.stop())
  const port = await portOf(plane)
  await plane.start()
  const names = Array.from({ length: QUERIES }, (_, i) => `n${i}.Example.`)
  checkAnswers(await askAll(port, names), names)
  assert.equal(rig.resolved, QUERIES)
  checkAnswers(await askAll(port, names), names)
  assert.equal(rig.resolved, QUERIES)
  const { events } = sumCounters(plane.counters)
  assert.deepEqual([events.get('cacheHit'), events.get('cacheMiss'), events.get('dropped')], [QUERIES, QUERIES, 0])
  const old = ['old1.example.']
  for (let i = 0; i < 3; i++) checkAnswers(await askAll(port, old), old)
  await sleep(20)
  assert.equal(rig.refreshed, 1)
  assert.deepEqual([rig.failures, rig.socketStates], [[], []])
  rig.check()
}

test('with batched sockets', { skip: (await loadNative()) === undefined && 'there are none here' }, async () => {
  const native = await loadNative()
  if (native === undefined) return
  const { sockets, bound } = openUdpSockets(native, LOCALHOST, 1)
  await exercise({ kind: 'batched', sockets: [sockets], native }, async () => bound.port)
})

test('with sockets of Node’s own', async () => {
  await exercise({ kind: 'plain', listen: [LOCALHOST], threads: 1 }, async (plane) => {
    const [bound] = await plane.bind()
    return bound?.port ?? 0
  })
})
