/** Threads that have one clock, whose wall clock a test sets. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Followed, ReaderTask, Reading } from './clock-reader.fixture.ts'
import { SystemClock } from './system-clock.ts'
import type { ThreadClock } from './thread-clock.ts'

const READER = new URL('./clock-reader.fixture.ts', import.meta.url)
/** Between two readings of one thread, for the conversions of doubles. */
const ROUNDING = 0.01
const HOUR = 3600

class Wall {
  setBy = 0
  readonly clock = new SystemClock({ sources: { wallMilliseconds: () => Date.now() + this.setBy * 1000 } })

  /** Sets the wall clock, and has the control thread look. */
  set(by: number): void {
    this.setBy = by
    this.clock.look()
  }
}

class Reader {
  readonly #end = new Int32Array(new SharedArrayBuffer(4))
  readonly #worker: Worker

  constructor(clock: SystemClock) {
    const task: ReaderTask = { shared: clock.shared, mustEnd: new SharedArrayBuffer(4) }
    this.#end = new Int32Array(task.mustEnd)
    this.#worker = new Worker(READER, { workerData: task })
    after(() => this.#worker.terminate())
  }

  async read(): Promise<Reading> {
    this.#worker.postMessage('read')
    const [reading]: Reading[] = await once(this.#worker, 'message')
    return reading ?? assert.fail()
  }

  /** What the thread saw while `act` ran. */
  async follow(act: () => Promise<void>): Promise<Followed> {
    this.#worker.postMessage('follow')
    await act()
    Atomics.store(this.#end, 0, 1)
    const [followed]: Followed[] = await once(this.#worker, 'message')
    return followed ?? assert.fail()
  }
}

/** Asserts that the thread reads a time between two readings of this one. */
async function agrees(reader: Reader, clock: ThreadClock): Promise<Reading> {
  const before = clock.milliseconds()
  const reading = await reader.read()
  const late = clock.milliseconds()
  assert.equal(reading.ahead, clock.ahead())
  const [low, high] = [clock.wallMillisecondsAt(before) - ROUNDING, clock.wallMillisecondsAt(late) + ROUNDING]
  const { wallMilliseconds, wall, steady } = reading
  assert.ok(low <= wallMilliseconds && wallMilliseconds <= high, `${low} ${wallMilliseconds} ${high}`)
  assert.ok(clock.steadyAt(before) <= steady && steady <= clock.steadyAt(late))
  assert.equal(wall, Math.floor(wallMilliseconds / 1000))
  return reading
}

test('all threads have the same two clocks, whenever they were started and however the wall clock is set', async () => {
  const wall = new Wall()
  const first = new Reader(wall.clock)
  await agrees(first, wall.clock)
  wall.set(30 * 24 * HOUR)
  await sleep(200)
  const second = new Reader(wall.clock)
  for (const by of [30 * 24 * HOUR, HOUR, -HOUR, -50 * 365 * 24 * HOUR, 0.5, 0]) {
    wall.set(by)
    for (const reader of [first, second]) {
      const { wallMilliseconds } = await agrees(reader, wall.clock)
      assert.ok(Math.abs(wallMilliseconds - Date.now() - by * 1000) < 100)
    }
  }
})

test('after a step of an hour a thread has the new wall time, and its steady clock goes on', async () => {
  const wall = new Wall()
  const reader = new Reader(wall.clock)
  const before = await reader.read()
  wall.set(HOUR)
  const later = await reader.read()
  assert.ok(Math.abs(later.wall - before.wall - HOUR) <= 2, `${before.wall} ${later.wall}`)
  assert.ok(later.steady - before.steady <= 2)
})

test('the time of a thread passes while the control thread does not look', async () => {
  const wall = new Wall()
  const reader = new Reader(wall.clock)
  const before = await reader.read()
  await sleep(1100)
  const later = await reader.read()
  assert.ok(later.wall > before.wall && later.steady > before.steady)
})

test('a thread sees each jump once, and its steady clock never goes back', async () => {
  const wall = new Wall()
  const reader = new Reader(wall.clock)
  await reader.read()
  const steps = [HOUR, -HOUR, 1, -1, 400 * 24 * HOUR, -30]
  const { readings, wentBack, jumps } = await reader.follow(async () => {
    for (const step of steps) {
      wall.set(wall.setBy + step)
      await sleep(30)
    }
  })
  assert.ok(readings > 100)
  assert.equal(wentBack, 0)
  assert.deepEqual(
    jumps,
    steps.filter((step) => Math.abs(step) > 1),
  )
})

test('differences of two moments are those of their milliseconds, to the microsecond', () => {
  const { clock } = new Wall()
  const began = clock.milliseconds()
  const [first, second] = [clock.wallMillisecondsAt(began), clock.wallMillisecondsAt(began + 0.125)]
  assert.ok(Math.abs(second - first - 0.125) < 0.001)
})

test('a step is told once to each that follows jumps, from when it follows them or from when it says', () => {
  const wall = new Wall()
  const { clock } = wall
  const told: string[] = []
  const madeAt = clock.ahead()
  const endFirst = clock.onJump((seconds) => told.push(`first ${seconds}`))
  wall.set(HOUR)
  clock.onJump((seconds) => told.push(`second ${seconds}`))
  clock.onJump((seconds) => told.push(`third ${seconds}`), madeAt)
  for (let i = 0; i < 3; i++) clock.look()
  assert.deepEqual(told.splice(0), [`first ${HOUR}`, `third ${HOUR}`])
  endFirst()
  wall.set(0)
  clock.look()
  assert.deepEqual(told, [`second ${-HOUR}`, `third ${-HOUR}`])
})
