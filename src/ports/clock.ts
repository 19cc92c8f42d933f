/**
 * The two clocks of a server, the same for all of its threads.
 *
 * - What is waited for runs by the steady clock: caches, failures, limits of rates, hold-down times, timers.
 * - What is stored, what people read, and what signatures, TSIG and cookies are held to is a time of the wall clock.
 *
 * A time that is stored and waited for is converted where it is loaded and where it is saved. Caches of what was judged by the
 * wall clock are emptied at its jumps. NTP that slews moves both clocks alike: only a step is a jump.
 */
import type { SteadySeconds, UnixSeconds } from '../dns/presentation/index.ts'

/** One moment by both clocks. */
export type Instant = { readonly wall: UnixSeconds; readonly steady: SteadySeconds }

export type Clock = {
  /** In whole seconds. */
  wall(): UnixSeconds
  /** In whole seconds. */
  steady(): SteadySeconds
  /** The seconds by which the wall clock is ahead of the steady one, with their fraction: it changes when the wall clock is set. */
  ahead(): number
}
