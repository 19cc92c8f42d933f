import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { JumpWatch } from './jump-watch.ts'

class SetClock {
  begin = 1_800_000_000
  passed = 0
  setBy = 0
  readonly jumps: number[] = []
  readonly watch = new JumpWatch(this, (seconds) => this.jumps.push(seconds))

  wall(): number {
    return Math.floor(this.begin + this.passed + this.setBy)
  }
  steady(): number {
    return Math.floor(this.begin + this.passed)
  }
  ahead(): number {
    return this.setBy
  }
}

test('a step is told once, with its direction; time that passes is none', () => {
  const clock = new SetClock()
  for (const passed of [1, 3600, 400 * 86_400]) {
    clock.passed = passed
    clock.watch.look()
  }
  assert.deepEqual(clock.jumps, [])
  for (const step of [86_400, -86_400, -3_650 * 86_400, 2]) {
    clock.setBy += step
    clock.watch.look()
    clock.watch.look()
    assert.equal(clock.jumps.pop(), step)
    assert.deepEqual(clock.jumps, [])
  }
})

test('a leap second is no jump', () => {
  const clock = new SetClock()
  for (const step of [-1, 1]) {
    clock.setBy += step
    clock.watch.look()
  }
  assert.deepEqual(clock.jumps, [])
})

test('of steps of any size no more than 1.1 seconds is ever left untold', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -5, max: 5, noNaN: true })), (steps) => {
      const clock = new SetClock()
      let told = 0
      for (const step of steps) {
        const before = clock.setBy
        clock.setBy += step
        clock.watch.look()
        if (clock.jumps.length > 0) told = clock.setBy
        for (const jump of clock.jumps.splice(0)) assert.ok(Math.sign(jump) !== 0)
        assert.ok(Math.abs(clock.setBy - told) <= 1.1, `${before} ${step}`)
      }
    }),
  )
})
