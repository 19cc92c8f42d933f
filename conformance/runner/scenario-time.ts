/**
 * Time of a scenario: it stands still but for TIME_PASSES. Waiting for servers that say nothing takes time too; such waiting moves
 * the clock of milliseconds, by which round trips and retries are measured, and never the clock by which data ages.
 */
import type { UnixSeconds } from '../../src/ports/index.ts'
import type { Timers } from '../../src/ports/upstream.ts'

type Timer = { readonly due: number; readonly call: () => void }

export class ScenarioTime implements Timers {
  #seconds = 0
  #waited = 0
  readonly #timers = new Set<Timer>()
  readonly #onPass: (() => void)[] = []
  /** What signatures are measured with; undefined: the loop clock. */
  readonly #validationTime: UnixSeconds | undefined

  constructor(validationTime?: UnixSeconds) {
    this.#validationTime = validationTime
  }

  /** Of both clocks: a scenario sets none of them. */
  now(): number {
    return Math.floor(this.#seconds)
  }

  validationNow(): UnixSeconds {
    return this.#validationTime ?? this.now()
  }

  milliseconds(): number {
    return Math.round(this.#seconds * 1000) + this.#waited
  }

  after(milliseconds: number, call: () => void): () => void {
    const timer = { due: this.milliseconds() + Math.max(0, milliseconds), call }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Milliseconds until the next timer; undefined: there is none. */
  untilNext(): number | undefined {
    const next = this.#next()
    return next === undefined ? undefined : Math.max(0, next.due - this.milliseconds())
  }

  /** Calls back when the loop clock moves for the first time from now on, whatever is waited for before. */
  onPass(call: () => void): void {
    this.#onPass.push(call)
  }

  /** Moves the loop clock at once, then runs the timers that are due, the oldest first. */
  pass(seconds: number): void {
    this.#seconds += seconds
    for (const call of this.#onPass.splice(0)) call()
    this.runDue()
  }

  /** Waits without data getting older. */
  wait(milliseconds: number): void {
    this.#waited += milliseconds
    this.runDue()
  }

  runDue(): void {
    // A timer that sets itself anew for at once would never let go.
    for (let left = 1000; left > 0; left--) {
      const next = this.#next()
      if (next === undefined || next.due > this.milliseconds()) return
      this.#timers.delete(next)
      next.call()
    }
  }

  #next(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) if (first === undefined || timer.due < first.due) first = timer
    return first
  }
}
