/** The wall clock with fractions of a millisecond: of moments of this thread's `performance.now()`, whenever the clock was set. */

/** `Date.now` leaves out the fraction: differences up to this are no step. */
const MOST_MILLISECONDS = 2

export class WallTime {
  /** What the wall clock, as it is set now, would have said when `performance.now()` was 0. */
  #begin = performance.timeOrigin

  /** Milliseconds of UNIX time at a recent moment of `performance.now()`. */
  at(milliseconds: number): number {
    const step = Date.now() - (this.#begin + performance.now())
    if (step > MOST_MILLISECONDS || step < -MOST_MILLISECONDS) this.#begin += step
    return this.#begin + milliseconds
  }

  now(): number {
    return this.at(performance.now())
  }
}
