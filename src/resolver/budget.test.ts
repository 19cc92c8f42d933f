import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Budget } from './budget.ts'
import { DEFAULT_LIMITS } from './settings.ts'

function budgetOf(limits: Partial<typeof DEFAULT_LIMITS>, milliseconds = (): number => 0): Budget {
  return new Budget({ ...DEFAULT_LIMITS, ...limits }, milliseconds)
}

test('each limit has a name, and the first that is hit is told', () => {
  const budget = budgetOf({ exchanges: 1, targets: 0, verifications: 2, hashRounds: 10 })
  assert.equal(budget.sentence, undefined)
  assert.deepEqual([budget.takeExchange(), budget.takeVerification(), budget.takeHash(8)], [true, true, true])
  assert.equal(budget.exhausted, undefined)
  assert.equal(budget.takeHash(0), true)
  assert.equal(budget.takeHash(0), false)
  assert.equal(budget.takeExchange(), false)
  assert.equal(budget.takeTarget(), false)
  assert.equal(budget.exhausted, 'hashes')
  assert.match(budget.sentence ?? '', /NSEC3/)
})

test('after some time no server is asked any more', () => {
  let now = 5000
  const budget = budgetOf({ seconds: 20 }, () => now)
  now += 20_000
  assert.equal(budget.takeExchange(), true)
  now += 1
  assert.equal(budget.takeExchange(), false)
  assert.equal(budget.exhausted, 'time')
})
