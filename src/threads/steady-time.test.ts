import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { newSteadyReference, SteadyTime } from './index.ts'

const READER = new URL('./steady-reader.fixture.ts', import.meta.url)

test('all threads have the same steady clock, whenever they were started', async () => {
  const reference = newSteadyReference(1_800_000_000)
  const own = new SteadyTime(reference)
  await sleep(300)
  for (let round = 0; round < 2; round++) {
    const worker = new Worker(READER, { workerData: reference })
    const before = own.exactly()
    const [read]: number[] = await once(worker, 'message')
    assert.ok(read !== undefined && before <= read && read <= own.exactly(), `${before} ${read}`)
    await worker.terminate()
  }
  assert.equal(own.at(performance.now()), own.now())
})

test('it begins with the wall clock, but for one that cannot be', () => {
  const begin = (wall: number): number => new SteadyTime(newSteadyReference(wall)).now()
  assert.equal(begin(1_800_000_000), 1_800_000_000)
  for (const wall of [0, -5, 86_400, 2 ** 32, 2 ** 40]) assert.equal(begin(wall), 1_000_000_000)
})
