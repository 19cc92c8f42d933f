/** Sees that the wall clock was set, by comparing it with the steady one. */
import type { Clock } from '../../ports/index.ts'

/** Steps up to this, as for a leap second, are no jump; they add up. NTP that slews moves both clocks alike. */
const MOST_SECONDS = 1.1
const LOOK_MILLISECONDS = 500

export class JumpWatch {
  readonly #clock: Clock
  readonly #jumped: (seconds: number) => void
  /** How far the wall clock was ahead of the steady one when it was last seen to be set. */
  #ahead: number
  #timer: NodeJS.Timeout | undefined

  /** `jumped` gets the seconds by which the wall clock was set: above 0 forward, below 0 back. */
  constructor(clock: Clock, jumped: (seconds: number) => void) {
    this.#clock = clock
    this.#jumped = jumped
    this.#ahead = clock.ahead()
  }

  start(): void {
    this.#timer ??= setInterval(() => this.look(), LOOK_MILLISECONDS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Compares the clocks now. It costs no more than to read them. */
  look(): void {
    const ahead = this.#clock.ahead()
    const step = ahead - this.#ahead
    if (step >= -MOST_SECONDS && step <= MOST_SECONDS) return
    this.#ahead = ahead
    this.#jumped(Math.round(step))
  }
}
