/** Bounds the lines a minute of a log that strangers can cause lines in, and counts those that are left out. */
import type { SteadySeconds } from '../../ports/index.ts'

export class LineLimit {
  readonly #mostAMinute: number
  readonly #report: (leftOut: number) => void
  #minute = 0
  #lines = 0
  #leftOut = 0

  /** `report` is called in a later minute with the number of lines that were left out. */
  constructor(mostAMinute: number, report: (leftOut: number) => void) {
    this.#mostAMinute = mostAMinute
    this.#report = report
  }

  /** Counts one more line. False: it is left out. */
  take(now: SteadySeconds): boolean {
    const minute = Math.floor(now / 60)
    if (minute !== this.#minute) {
      if (this.#leftOut > 0) this.#report(this.#leftOut)
      this.#minute = minute
      this.#lines = 0
      this.#leftOut = 0
    }
    if (this.#lines++ < this.#mostAMinute) return true
    this.#leftOut++
    return false
  }
}
