import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WallTime } from './wall-time.ts'

const HOUR = 3_600_000

test('it is the wall clock, with its fraction, and follows each step of it', ({ mock }) => {
  const real = Date.now.bind(Date)
  let ahead = 0
  mock.method(Date, 'now', () => real() + ahead)
  const time = new WallTime()
  const near = (found: number, expected: number): void =>
    assert.ok(Math.abs(found - expected) < 50, `${found} is not ${expected}`)
  for (const step of [0, 30 * 24 * HOUR, 0, -HOUR, 500, 0]) {
    ahead = step
    near(time.now(), real() + step)
    near(time.at(performance.now() - 10_000), real() + step - 10_000)
  }
})

test('differences of two moments are those of performance.now(), to the microsecond', () => {
  const time = new WallTime()
  const began = performance.now()
  const [first, second] = [time.at(began), time.at(began + 0.125)]
  assert.ok(Math.abs(second - first - 0.125) < 0.001)
})
