/** The clocks of this process: the system's wall clock, and a steady one that its threads share. */
import type { MarkingClock, SteadySeconds, UnixSeconds, WallMark } from '../ports/index.ts'
import { newSteadyReference, type SteadyReference, SteadyTime } from '../threads/index.ts'

export class SystemClock implements MarkingClock {
  /** With it other threads have the same steady clock. */
  readonly reference: SteadyReference
  readonly #wallMilliseconds: () => number
  readonly #steady: SteadyTime
  readonly #boot: string | undefined
  /** What the steady clock would have said at the boot of the system. */
  readonly #bootedAt: number

  /**
   * `wallMilliseconds`: the wall clock, for those who set it in a test. `boot` identifies the boot of the system; `process.hrtime`
   * counts from it.
   */
  constructor(wallMilliseconds: () => number = Date.now, boot?: string) {
    this.#wallMilliseconds = wallMilliseconds
    this.#boot = boot
    this.reference = newSteadyReference(wallMilliseconds() / 1000)
    this.#steady = new SteadyTime(this.reference)
    this.#bootedAt = this.reference.seconds - Number(this.reference.nanoseconds) / 1e9
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

  mark(): WallMark | undefined {
    return this.#boot === undefined ? undefined : { boot: this.#boot, ahead: Math.round(this.ahead()) + this.#bootedAt }
  }

  aheadAt(mark: WallMark | undefined): number | undefined {
    return mark === undefined || mark.boot !== this.#boot ? undefined : mark.ahead - this.#bootedAt
  }
}
