import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sortInSteps } from './sort-in-steps.ts'
import { doAll } from './steps.ts'

test('sorts as an array does, equal items in their order, and does not touch the items', () => {
  const many = fc.array(fc.tuple(fc.nat(40), fc.nat()), { size: 'max', maxLength: 4000 })
  const property = fc.property(many, (items) => {
    const before = [...items]
    const compare = ([a]: [number, number], [b]: [number, number]): number => a - b
    assert.deepEqual(doAll(sortInSteps(items, compare)), items.toSorted(compare))
    assert.deepEqual(items, before)
  })
  fc.assert(property, { numRuns: 60 })
})

test('many items are sorted in steps', () => {
  const steps = sortInSteps(
    Array.from({ length: 10_000 }, (_, i) => (i * 7919) % 10_007),
    (a, b) => a - b,
  )
  let count = 0
  while (steps.next().done !== true) count++
  assert.ok(count > 50)
})
