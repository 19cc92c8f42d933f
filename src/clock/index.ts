export { monotonicMilliseconds, monotonicNanoseconds } from './sources.ts'
export { SystemClock, type SystemClockOptions } from './system-clock.ts'
export { ThreadClock } from './thread-clock.ts'
