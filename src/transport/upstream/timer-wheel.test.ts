import assert from 'node:assert/strict'
import { test } from 'node:test'
import { after, until } from '../talk.fixture.ts'
import { TimerWheel } from './timer-wheel.ts'

/** The wheel keeps nothing alive, and the tests wait for it with timers that do. */
test('calls in time, never early, each once', async () => {
  const wheel = new TimerWheel()
  const waits = [0, 1, 5, 9, 10, 11, 40, 99, 100, 101, 250, 7, 30]
  const called: number[] = []
  for (const wait of waits) {
    const since = performance.now()
    wheel.after(wait, () => {
      const took = performance.now() - since
      assert.ok(took >= wait, `${took} instead of ${wait} ms`)
      assert.ok(took < wait + 100, `${took} instead of ${wait} ms`)
      called.push(wait)
    })
  }
  assert.equal(called.length, 0)
  await until(() => called.length === waits.length, 'all timers')
  await after(30)
  assert.equal(called.length, waits.length)
  assert.equal(called.at(-1), 250)
  wheel.close()
})

test('what is cancelled is not called, be it near or far', async () => {
  const wheel = new TimerWheel()
  let calls = 0
  const cancels = [5, 30, 60_000].map((wait) => wheel.after(wait, () => calls++))
  wheel.after(20, () => calls++)
  for (const cancel of cancels) cancel()
  await after(80)
  assert.equal(calls, 1)
  wheel.close()
})

test('a call may set, cancel and close', async () => {
  const wheel = new TimerWheel()
  const order: string[] = []
  wheel.after(10, () => {
    order.push('first')
    cancel()
    wheel.after(0, () => order.push('second'))
    wheel.after(30, () => {
      order.push('third')
      wheel.close()
      wheel.after(0, () => order.push('never'))
    })
  })
  const cancel = wheel.after(20, () => order.push('cancelled'))
  await after(120)
  assert.deepEqual(order, ['first', 'second', 'third'])
})

test('a call that throws takes no other with it', async () => {
  const wheel = new TimerWheel()
  const errors: unknown[] = []
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', (error) => errors.push(error))
  let calls = 0
  wheel.after(10, () => {
    throw new Error('thrown')
  })
  wheel.after(10, () => calls++)
  wheel.after(40, () => calls++)
  await after(120)
  for (const listener of listeners) process.on('uncaughtException', listener)
  assert.equal(calls, 2)
  assert.equal(errors.length, 1)
  wheel.close()
})

test('long waits, and those set when the process was held up for longer than a turn, end in their time', async () => {
  const wheel = new TimerWheel(32)
  const took: number[] = []
  wheel.after(1, () => took.push(0))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400)
  const held = performance.now()
  wheel.after(200, () => took.push(performance.now() - held))
  wheel.after(450, () => took.push(performance.now() - held))
  await until(() => took.length === 3, 'all timers')
  assert.ok((took[1] ?? 0) >= 200 && (took[1] ?? 0) < 400, String(took))
  assert.ok((took[2] ?? 0) >= 450 && (took[2] ?? 0) < 650, String(took))
  wheel.close()
})
