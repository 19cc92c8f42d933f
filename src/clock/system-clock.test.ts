import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { SystemClock } from './system-clock.ts'

const BEGIN = 1_800_000_000

/** A machine whose time passes when the test says so. */
class Machine {
  passed = 0
  setBy = 0
  readonly jumps: number[] = []
  readonly clock: SystemClock

  constructor(begin = BEGIN) {
    const sources = {
      wallMilliseconds: () => Math.floor((begin + this.passed + this.setBy) * 1000),
      milliseconds: () => this.passed * 1000,
      nanoseconds: () => BigInt(Math.round(this.passed * 1e9)) + 77_000_000_000n,
    }
    this.clock = new SystemClock({ boot: 'this', sources })
    this.clock.onJump((seconds) => this.jumps.push(seconds))
  }
}

test('a step is told once, with its direction; time that passes is none', () => {
  const machine = new Machine()
  const { clock, jumps } = machine
  for (const passed of [1, 3600, 400 * 86_400]) {
    machine.passed = passed
    clock.look()
    assert.deepEqual([clock.wall(), clock.steady()], [BEGIN + passed, BEGIN + passed])
  }
  assert.deepEqual(jumps, [])
  for (const step of [86_400, -86_400, -3_650 * 86_400, 2]) {
    machine.setBy += step
    clock.look()
    clock.look()
    assert.equal(jumps.pop(), step)
    assert.deepEqual(jumps, [])
  }
})

test('a leap second is no jump, but a time of the wall clock all the same', () => {
  const machine = new Machine()
  for (const step of [-1, 1]) {
    machine.setBy += step
    machine.clock.look()
    assert.equal(machine.clock.wall(), BEGIN + machine.setBy)
  }
  assert.deepEqual(machine.jumps, [])
})

test('of steps of any size no more than 1.1 seconds is ever left untold', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -5, max: 5, noNaN: true })), (steps) => {
      const machine = new Machine()
      let told = 0
      for (const step of steps) {
        const before = machine.setBy
        machine.setBy += step
        machine.clock.look()
        if (machine.jumps.length > 0) told = machine.setBy
        for (const jump of machine.jumps.splice(0)) assert.ok(Math.sign(jump) !== 0)
        assert.ok(Math.abs(machine.setBy - told) <= 1.1, `${before} ${step}`)
      }
    }),
  )
})

test('however time passes and the wall clock is set: the steady clock is what passed, the wall clock what was set', () => {
  const step = fc.record({
    passes: fc.double({ min: 0, max: 1e7, noNaN: true }),
    set: fc.integer({ min: -1e9, max: 1e9 }),
  })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const machine = new Machine()
      const { clock } = machine
      for (const { passes, set } of steps) {
        machine.passed += passes
        machine.setBy = set
        clock.look()
        assert.ok(Math.abs(clock.steady() - BEGIN - machine.passed) <= 1)
        const right = (BEGIN + machine.passed + set) * 1000
        assert.ok(Math.abs(clock.wallMillisecondsAt(clock.milliseconds()) - right) <= 4)
      }
    }),
  )
})

test('the steady clock begins with the wall clock, but for one that cannot be; the wall clock is as it is', () => {
  assert.equal(new Machine(BEGIN).clock.steady(), BEGIN)
  for (const wall of [0, -5, 86_400, 2 ** 32, 2 ** 40]) {
    const { clock, jumps } = new Machine(wall)
    clock.look()
    assert.deepEqual([clock.steady(), clock.wall(), jumps], [1_000_000_000, wall, []])
  }
})

test('a step is seen within half a second without a question, until the clock is stopped', async () => {
  let setBy = 0
  const clock = new SystemClock({ sources: { wallMilliseconds: () => Date.now() + setBy } })
  const jumps: number[] = []
  clock.onJump((seconds) => jumps.push(seconds))
  clock.start()
  setBy = 3_600_000
  await sleep(700)
  assert.deepEqual(jumps, [3600])
  clock.stop()
  setBy = 0
  await sleep(700)
  assert.deepEqual(jumps, [3600])
})

test('by a mark a later process of the boot knows how far the wall clock was ahead', () => {
  const machine = new Machine()
  machine.setBy = 50
  machine.clock.look()
  const mark = machine.clock.mark()
  const later = new Machine()
  assert.equal(later.clock.aheadAt(mark), 50)
  assert.equal(later.clock.aheadAt(undefined), undefined)
  assert.equal(later.clock.aheadAt({ boot: 'another', ahead: 0 }), undefined)
})
