/** The clocks of this process: the system's wall clock, and a steady one that its threads share. */
import type { Clock, SteadySeconds, UnixSeconds } from '../ports/index.ts'
import { newSteadyReference, type SteadyReference, SteadyTime } from '../threads/index.ts'

export class SystemClock implements Clock {
  /** With it other threads have the same steady clock. */
  readonly reference: SteadyReference
  readonly #wallMilliseconds: () => number
  readonly #steady: SteadyTime

  /** `wallMilliseconds`: the wall clock, for those who set it in a test. */
  constructor(wallMilliseconds: () => number = Date.now) {
    this.#wallMilliseconds = wallMilliseconds
    this.reference = newSteadyReference(wallMilliseconds() / 1000)
    this.#steady = new SteadyTime(this.reference)
  }

  wall(): UnixSeconds {
    return Math.floor(this.#wallMilliseconds() / 1000)
  }

  steady(): SteadySeconds {
    return this.#steady.now()
  }

  ahead(): number {
    return this.#wallMilliseconds() / 1000 - this.#steady.exactly()
  }
}
