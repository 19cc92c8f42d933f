import assert from 'node:assert/strict'
import test from 'node:test'
import { SharedRun } from './shared-run.ts'

/** Runs that end when they are told to. */
function gatedRuns() {
  const gates: PromiseWithResolvers<number>[] = []
  const shared = new SharedRun(() => {
    const gate = Promise.withResolvers<number>()
    gates.push(gate)
    return gate.promise
  })
  return { gates, shared }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('one run goes on, one waits, and all that come meanwhile share the one that waits', async () => {
  const { gates, shared } = gatedRuns()
  const first = shared.ask()
  const later = Array.from({ length: 1000 }, () => shared.ask())
  await settle()
  assert.equal(gates.length, 1)
  gates[0]?.resolve(1)
  assert.equal(await first, 1)
  await settle()
  assert.equal(gates.length, 2)
  const last = shared.ask()
  gates[1]?.resolve(2)
  assert.deepEqual(new Set(await Promise.all(later)), new Set([2]))
  await settle()
  assert.equal(gates.length, 3)
  gates[2]?.resolve(3)
  assert.equal(await last, 3)
})

test('a run that fails fails its own callers, and the one that waits goes on', async () => {
  const { gates, shared } = gatedRuns()
  const first = shared.ask()
  const second = shared.ask()
  gates[0]?.reject(new Error('the first one'))
  await assert.rejects(first, /the first one/)
  await settle()
  gates[1]?.resolve(2)
  assert.equal(await second, 2)
  const third = shared.ask()
  await settle()
  gates[2]?.resolve(3)
  assert.equal(await third, 3)
})
