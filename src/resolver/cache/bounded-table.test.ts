import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BoundedTable, SLOT_OCTETS } from './bounded-table.ts'

const COST = SLOT_OCTETS + 8

test('what is asked for outlives a flood of what is asked for once', () => {
  const table = new BoundedTable<number>(100 * COST)
  for (let i = 0; i < 50; i++) table.put(`k${100 + i}`, 1, i, 0, 0)
  for (let round = 0; round < 200; round++) {
    for (let i = 0; i < 50; i++) table.find(`k${100 + i}`, 1)
    for (let i = 0; i < 20; i++) table.put(`f${100 + i}${round}`, 1, i, 0, 0)
  }
  for (let i = 0; i < 50; i++) assert.equal(table.find(`k${100 + i}`, 1), i)
})

test('what is dead goes before what lives, used or not', () => {
  const table = new BoundedTable<number>(10 * COST, (until, now) => until <= now)
  for (let i = 0; i < 10; i++) {
    table.put(`k${100 + i}`, 1, i % 2 === 0 ? 5 : 100, 0, 0)
    table.find(`k${100 + i}`, 1)
  }
  for (let i = 0; i < 5; i++) table.put(`n${100 + i}`, 1, 100, 0, 10)
  assert.deepEqual(
    [...table.values()].filter((until) => until <= 10),
    [],
  )
})

test('what is larger than the ceiling is not kept, and drives nothing out', () => {
  const gone: string[] = []
  const table = new BoundedTable<string>(1000, undefined, (value) => gone.push(value))
  table.put('a', 1, 'first', 10, 0)
  assert.equal(table.put('b', 1, 'huge', 2000, 0), false)
  assert.equal(table.find('a', 1), 'first')
  assert.equal(table.put('a', 1, 'huge', 2000, 0), false)
  assert.deepEqual(gone, ['first'])
  assert.deepEqual(table.counts, { entries: 0, octets: 0, hits: 0, misses: 0, evictions: 0 })
})

test('it is a map, as far as its ceiling lets it be', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e')
  const type = fc.integer({ min: 1, max: 4 })
  const step = fc.oneof(
    fc.record({ do: fc.constant('put' as const), key, type, octets: fc.integer({ min: 0, max: 300 }) }),
    fc.record({ do: fc.constant('find' as const), key, type }),
    fc.record({ do: fc.constant('delete' as const), key, type }),
    fc.record({ do: fc.constant('deleteWhere' as const), key, type }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 0, max: 4000 }), (steps, ceiling) => {
      let kept = 0
      const table = new BoundedTable<{ at: string; n: number }>(ceiling, undefined, () => kept--)
      const model = new Map<string, number>()
      let n = 0
      for (const each of steps) {
        const at = `${each.key} ${each.type}`
        if (each.do === 'put') {
          n++
          if (table.put(each.key, each.type, { at, n }, each.octets, 0)) kept++
          model.set(at, n)
        } else if (each.do === 'find') {
          const found = table.find(each.key, each.type)
          assert.ok(found === undefined || (found.at === at && found.n === model.get(at)))
        } else if (each.do === 'delete') {
          table.delete(each.key, each.type)
          model.delete(at)
        } else {
          table.deleteWhere((value, own) => own === each.type && value.at.startsWith(each.key))
          model.delete(at)
        }
        const { entries, octets } = table.counts
        const values = [...table.values()]
        assert.ok(octets <= ceiling)
        assert.equal(entries, values.length)
        assert.equal(entries, kept)
        for (const value of values) assert.equal(value.n, model.get(value.at))
      }
    }),
  )
})
