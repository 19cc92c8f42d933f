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

/**
 * A clock that is read once for many questions. Its moments are milliseconds since the start of one thread, with their fraction: two
 * of them make a duration. None is sent to another thread.
 */
export type MomentClock = Clock & {
  instant(): Instant
  milliseconds(): number
  /** In whole seconds. */
  wallAt(milliseconds: number): UnixSeconds
  /** In whole seconds. */
  steadyAt(milliseconds: number): SteadySeconds
  /** UNIX time in milliseconds, as the wall clock is set now. */
  wallMillisecondsAt(milliseconds: number): number
}

/** A clock by which one learns that the wall clock was set. */
export type JumpClock = Clock & {
  /** Compares the clocks now. Those that follow jumps are called before it returns. */
  look(): void
  /**
   * Calls at each jump of the wall clock with the seconds by which it was set: above 0 forward, below 0 back. `since`: what `ahead`
   * was when that which depends on it was made; now, without it. Returns what ends that.
   */
  onJump(jumped: (seconds: number) => void, since?: number): () => void
}

/**
 * Where the wall clock stood within a boot of the system, as it is stored beside times of the wall clock. By it a later process of
 * the same boot knows how long ago they were, however the wall clock was set meanwhile.
 */
export type WallMark = {
  /** Identifies the boot. */
  readonly boot: string
  /** The seconds by which the wall clock was ahead of the time since the boot. */
  readonly ahead: number
}

/** A clock whose stored times outlive the process. */
export type MarkingClock = Clock & {
  /**
   * To be stored beside times of the wall clock as it is set now, whole seconds ahead of those of the steady clock; undefined where
   * the system does not identify its boots.
   */
  mark(): WallMark | undefined
  /**
   * The seconds by which times stored with this mark are ahead of the steady clock; undefined without a mark, and for one of another
   * boot: only the wall clock then says how long ago they were.
   */
  aheadAt(mark: WallMark | undefined): number | undefined
}

/** The clock of the control thread. */
export type ControlClock = MomentClock & JumpClock & MarkingClock
