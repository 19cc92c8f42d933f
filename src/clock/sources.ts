/** The clocks of the system. Only this file reads them. */

/** What a clock is made of; a test gives others. */
export type ClockSources = {
  /** UNIX time, which people and NTP set. */
  wallMilliseconds(): number
  /** CLOCK_MONOTONIC, counted from the start of this thread. */
  milliseconds(): number
  /** CLOCK_MONOTONIC, the same for all threads. */
  nanoseconds(): bigint
}

/** Milliseconds since the start of this thread, with their fraction. Two of one thread make a duration. */
export function monotonicMilliseconds(): number {
  return performance.now()
}

/** CLOCK_MONOTONIC: on Linux the time since the system booted, without the time that it slept. */
export function monotonicNanoseconds(): bigint {
  return process.hrtime.bigint()
}

export const SYSTEM_SOURCES: ClockSources = {
  wallMilliseconds: () => Date.now(),
  milliseconds: monotonicMilliseconds,
  nanoseconds: monotonicNanoseconds,
}

/** A reading is repeated when the thread was interrupted for longer. */
const MOST_GAP_MILLISECONDS = 0.1
const MOST_TRIES = 5

/** Reads a clock, and the milliseconds of this thread at that moment. */
export function readTogether<T>(read: () => T, milliseconds: () => number): { readonly value: T; readonly at: number } {
  for (let tries = 1; ; tries++) {
    const before = milliseconds()
    const value = read()
    const after = milliseconds()
    if (after - before <= MOST_GAP_MILLISECONDS || tries === MOST_TRIES) return { value, at: (before + after) / 2 }
  }
}
