/** A thread with a clock of its own: it reads it when it is asked, and follows it without a pause while it is told to. */
import { parentPort, workerData } from 'node:worker_threads'
import { ThreadClock } from './thread-clock.ts'

export type ReaderTask = { readonly shared: SharedArrayBuffer; readonly mustEnd: SharedArrayBuffer }
export type Reading = {
  readonly steady: number
  readonly wall: number
  readonly wallMilliseconds: number
  readonly ahead: number
}
export type Followed = { readonly readings: number; readonly wentBack: number; readonly jumps: readonly number[] }

const { shared, mustEnd }: ReaderTask = workerData
const end = new Int32Array(mustEnd)
const clock = new ThreadClock(shared)
const jumps: number[] = []
clock.onJump((seconds) => jumps.push(seconds))

function read(): Reading {
  const at = clock.milliseconds()
  return {
    steady: clock.steadyAt(at),
    wall: clock.wallAt(at),
    wallMilliseconds: clock.wallMillisecondsAt(at),
    ahead: clock.ahead(),
  }
}

function follow(): Followed {
  let [readings, wentBack, last] = [0, 0, 0]
  for (; Atomics.load(end, 0) === 0; readings++) {
    clock.look()
    const ahead = clock.ahead()
    const exactly = clock.wallMillisecondsAt(clock.milliseconds()) - ahead * 1000
    // The wall clock was set between the two readings.
    if (clock.ahead() !== ahead) continue
    // Both are doubles of some 1.8e12: they hold a thousandth of a millisecond.
    if (exactly < last - 0.001) wentBack++
    last = exactly
  }
  clock.look()
  return { readings, wentBack, jumps }
}

parentPort?.on('message', (order: 'read' | 'follow') => parentPort?.postMessage(order === 'read' ? read() : follow()))
