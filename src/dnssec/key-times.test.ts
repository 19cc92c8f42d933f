import assert from 'node:assert/strict'
import test from 'node:test'
import { describeKeyTime, formatKeyTime, isActiveAt, isPublishedAt, parseKeyTime } from './key-times.ts'

test('instants as text, both ways', () => {
  assert.equal(parseKeyTime('20261122003413'), 1795307653)
  assert.equal(formatKeyTime(1795307653), '20261122003413')
  assert.equal(describeKeyTime(1795307653), 'Sun Nov 22 00:34:13 2026')
  assert.equal(formatKeyTime(0), '19700101000000')
  for (const text of [
    '',
    '2026112200341',
    '202611220034130',
    '20261322003413',
    '20260230000000',
    '20261122240000',
    'x',
  ])
    assert.equal(parseKeyTime(text), undefined, text)
})

test('a key without a plan is published and active; otherwise its instants say', () => {
  assert.equal(isPublishedAt({}, 5), true)
  assert.equal(isActiveAt({ created: 3 }, 5), true)
  const times = { publish: 10, activate: 20, inactive: 30, delete: 40 }
  const seen = [9, 10, 20, 29, 30, 39, 40].map((now) => [isPublishedAt(times, now), isActiveAt(times, now)])
  assert.deepEqual(seen, [
    [false, false],
    [true, false],
    [true, true],
    [true, true],
    [true, false],
    [true, false],
    [false, false],
  ])
  assert.equal(isPublishedAt({ activate: 10 }, 10), true)
  assert.equal(isActiveAt({ publish: 10 }, 10), false)
})
