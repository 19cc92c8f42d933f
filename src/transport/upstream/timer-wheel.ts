/**
 * Many timers for the price of one: short waits lie in the slots of a wheel, and one timer of the system wakes for the next slot that
 * holds any. Whoever cancels only leaves an empty entry behind. Waits longer than a turn of the wheel are timers of the system.
 *
 * A wait ends up to one tick late, never early. Nothing here keeps the process alive.
 */
import { monotonicMilliseconds } from '../../clock/index.ts'
import type { Timers } from '../../ports/upstream.ts'

const TICK_MILLISECONDS = 10
const SLOTS = 256
/** The most that a timer of the system takes. */
const LONGEST_MILLISECONDS = 0x7fffffff

/** What waits. Empty once it has been called or cancelled. */
export type Waiting = { call: (() => void) | undefined }

export class TimerWheel implements Timers {
  readonly #slots: readonly Waiting[][]
  readonly #start = monotonicMilliseconds()
  /** Ticks since the start whose slots were emptied. */
  #done = 0
  /** The tick that the timer wakes for; none waits when it is infinite. */
  #wakesAt = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #closed = false
  readonly #wake = (): void => this.#turn()

  /** `slots`: what fits a turn, in hundredths of a second. */
  constructor(slots = SLOTS) {
    this.#slots = Array.from({ length: slots }, () => [])
  }

  after(milliseconds: number, call: () => void): () => void {
    if (milliseconds <= (this.#slots.length - 2) * TICK_MILLISECONDS) {
      const waiting = this.add(milliseconds, call)
      return () => {
        waiting.call = undefined
      }
    }
    return this.#afterLong(milliseconds, call)
  }

  /** The cheap form, for waits of seconds. Empty `call` to cancel. */
  add(milliseconds: number, call: () => void): Waiting {
    const waiting: Waiting = { call }
    if (this.#closed) return waiting
    const now = monotonicMilliseconds() - this.#start
    if (this.#wakesAt === Number.POSITIVE_INFINITY)
      this.#done = Math.max(this.#done, Math.floor(now / TICK_MILLISECONDS))
    const tick = Math.max(Math.ceil((now + Math.max(milliseconds, 0)) / TICK_MILLISECONDS), this.#done + 1)
    if (tick < this.#done + this.#slots.length) {
      this.#slots[tick % this.#slots.length]?.push(waiting)
      if (tick < this.#wakesAt) this.#wakeAt(tick, now)
    } else {
      // Too long, or the wheel has not been turned for seconds because something held the process up.
      const timer = setTimeout(
        () => {
          if (!this.#closed) waiting.call?.()
          waiting.call = undefined
        },
        Math.min(Math.ceil(milliseconds) + 1, LONGEST_MILLISECONDS),
      )
      timer.unref()
    }
    return waiting
  }

  /** Nothing is called any more. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    for (const slot of this.#slots) slot.length = 0
  }

  #afterLong(milliseconds: number, call: () => void): () => void {
    if (this.#closed) return () => {}
    const part = Math.min(Math.ceil(milliseconds) + 1, LONGEST_MILLISECONDS)
    let cancelRest = (): void => {}
    const timer = setTimeout(() => {
      if (this.#closed) return
      if (part < milliseconds) cancelRest = this.#afterLong(milliseconds - part, call)
      else call()
    }, part)
    timer.unref()
    return () => {
      clearTimeout(timer)
      cancelRest()
    }
  }

  #wakeAt(tick: number, now: number): void {
    clearTimeout(this.#timer)
    this.#wakesAt = tick
    // The system's clock counts whole milliseconds: one more, so that it does not wake just before the tick.
    this.#timer = setTimeout(this.#wake, Math.max(1, Math.ceil(tick * TICK_MILLISECONDS - now) + 1))
    this.#timer.unref()
  }

  #turn(): void {
    const reached = Math.floor((monotonicMilliseconds() - this.#start) / TICK_MILLISECONDS)
    try {
      while (this.#done < reached && !this.#closed) {
        const slot = this.#slots[(this.#done + 1) % this.#slots.length]
        const waiting = slot?.pop()
        if (waiting === undefined) this.#done++
        else if (waiting.call !== undefined) {
          const { call } = waiting
          waiting.call = undefined
          call()
        }
      }
    } finally {
      this.#wakesAt = Number.POSITIVE_INFINITY
      if (!this.#closed) this.#wakeForNext()
    }
  }

  #wakeForNext(): void {
    for (let tick = this.#done + 1; tick < this.#done + this.#slots.length; tick++) {
      if ((this.#slots[tick % this.#slots.length]?.length ?? 0) === 0) continue
      this.#wakeAt(tick, monotonicMilliseconds() - this.#start)
      return
    }
  }
}
