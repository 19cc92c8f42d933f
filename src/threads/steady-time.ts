/**
 * The steady clock: CLOCK_MONOTONIC of the system, which all threads share, counted from a moment at which it was set to the wall
 * clock. Each thread reads it by its own `performance.now()`, which begins with the thread; the reference ties them together.
 */
import type { SteadySeconds, UnixSeconds } from '../ports/index.ts'

/** Sent from thread to thread: at `nanoseconds` of `process.hrtime` the steady clock was at `seconds`, with their fraction. */
export type SteadyReference = { readonly nanoseconds: bigint; readonly seconds: number }

/**
 * Where the steady clock begins when the wall clock is of no use: a machine without a battery wakes up in 1970. Times near 0 would
 * be taken for none, and those beyond 32 bits do not fit in shared memory.
 */
const LEAST_SECONDS = 1_000_000_000
const MOST_SECONDS = 4_000_000_000

/** A steady clock that begins with the wall clock's time. */
export function newSteadyReference(wall: UnixSeconds): SteadyReference {
  const isUsable = wall >= LEAST_SECONDS && wall <= MOST_SECONDS
  return { nanoseconds: process.hrtime.bigint(), seconds: isUsable ? wall : LEAST_SECONDS }
}

export class SteadyTime {
  /** The clock's seconds when `performance.now()` of this thread was 0. */
  readonly #begin: number

  constructor({ nanoseconds, seconds }: SteadyReference) {
    const elapsed = Number(process.hrtime.bigint() - nanoseconds) / 1e9
    this.#begin = seconds + elapsed - performance.now() / 1000
  }

  now(): SteadySeconds {
    return this.at(performance.now())
  }

  /** With the fraction of the second. */
  exactly(): number {
    return this.#begin + performance.now() / 1000
  }

  /** The clock at a moment of this thread's `performance.now()`. */
  at(milliseconds: number): SteadySeconds {
    return Math.floor(this.#begin + milliseconds / 1000)
  }
}
