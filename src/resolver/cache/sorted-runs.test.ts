import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SortedRuns } from './sorted-runs.ts'

type Item = { readonly order: string; readonly n: number }

test('it finds what a sorted list finds, however large it grows and shrinks', () => {
  const order = fc.integer({ min: 0, max: 700 }).map((n) => String.fromCharCode(n % 256, n >> 8))
  const steps = fc.array(fc.tuple(fc.constantFrom('insert', 'insert', 'remove', 'floor'), order), {
    minLength: 500,
    maxLength: 2000,
  })
  fc.assert(
    fc.property(steps, (list) => {
      const runs = new SortedRuns<Item>()
      const model = new Map<string, Item>()
      let n = 0
      for (const [what, at] of list) {
        if (what === 'insert') {
          const item = { order: at, n: n++ }
          assert.equal(runs.insert(item), model.get(at))
          model.set(at, item)
        } else if (what === 'remove') {
          const item = model.get(at) ?? { order: at, n: -1 }
          assert.equal(runs.remove(item), model.delete(at))
        } else {
          const below = [...model.keys()].filter((each) => each <= at).sort()
          assert.equal(runs.floor(at), model.get(below.at(-1) ?? ''))
        }
        assert.equal(runs.size, model.size)
      }
      assert.equal(runs.last(), model.get([...model.keys()].sort().at(-1) ?? ''))
    }),
    { numRuns: 10 },
  )
})

test('another value of the same place is not removed', () => {
  const runs = new SortedRuns<Item>()
  const item = { order: 'a', n: 1 }
  runs.insert(item)
  assert.equal(runs.remove({ order: 'a', n: 1 }), false)
  assert.equal(runs.floor('b'), item)
})
