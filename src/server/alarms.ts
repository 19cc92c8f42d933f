/**
 * One timer for all zones: each asks to be woken at a second, and one tick a second wakes those that are due. Ten thousand zones
 * that wait cost a row in a map each.
 */
import type { Clock, SteadySeconds } from '../ports/index.ts'

const TICK_MILLISECONDS = 500
/** Wakings before others get their turn. */
const BATCH = 200

export class Alarms {
  readonly #clock: Clock
  readonly #wakeAt = new Map<() => void, SteadySeconds>()
  readonly #due = new Map<SteadySeconds, Set<() => void>>()
  #timer: NodeJS.Timeout | undefined
  #isWaking = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Has `wake` called once, at this second or soon after; an earlier wish of the same function is forgotten. */
  set(wake: () => void, at: SteadySeconds): void {
    const second = Math.ceil(at)
    if (this.#wakeAt.get(wake) === second) return
    this.clear(wake)
    this.#wakeAt.set(wake, second)
    const others = this.#due.get(second)
    if (others === undefined) this.#due.set(second, new Set([wake]))
    else others.add(wake)
    this.#timer ??= setInterval(() => this.#tick(), TICK_MILLISECONDS).unref()
  }

  clear(wake: () => void): void {
    const second = this.#wakeAt.get(wake)
    if (second === undefined) return
    this.#wakeAt.delete(wake)
    const others = this.#due.get(second)
    others?.delete(wake)
    if (others?.size === 0) this.#due.delete(second)
  }

  /** Forgets all. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#wakeAt.clear()
    this.#due.clear()
  }

  #tick(): void {
    if (this.#isWaking) return
    const now = this.#clock.steady()
    const seconds = [...this.#due.keys()].filter((second) => second <= now).sort((a, b) => a - b)
    if (seconds.length > 0) void this.#wake(seconds)
  }

  async #wake(seconds: readonly SteadySeconds[]): Promise<void> {
    this.#isWaking = true
    let count = 0
    try {
      for (const second of seconds) {
        for (const wake of [...(this.#due.get(second) ?? [])]) {
          // It may have been cleared, or set anew, while others were woken.
          if (this.#wakeAt.get(wake) !== second) continue
          this.clear(wake)
          wake()
          if (++count % BATCH === 0) await new Promise((resolve) => setImmediate(resolve))
        }
      }
    } finally {
      this.#isWaking = false
    }
  }
}
