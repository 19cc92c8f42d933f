/**
 * The clocks of a server as one thread reads them: the steady clock by the thread's own CLOCK_MONOTONIC, the wall clock by what the
 * control thread published of it. Time passes here while the control thread is busy; only a step of the wall clock waits for it.
 */
import type { Instant, JumpClock, MomentClock, SteadySeconds, UnixSeconds } from '../ports/index.ts'
import { ClockWords } from './clock-words.ts'
import { type ClockSources, readTogether, SYSTEM_SOURCES } from './sources.ts'

/**
 * Steps up to this, as for a leap second, are no jump; they add up. With what is not published, no more than 1.1 s are ever left
 * out. NTP that slews moves both clocks alike.
 */
const MOST_SECONDS = 1.09

type Subscription = {
  readonly jumped: (seconds: number) => void
  /** How far the wall clock was ahead at the last jump that it knows. */
  ahead: number
}

export class ThreadClock implements MomentClock, JumpClock {
  /** Another thread makes its clock of it. */
  readonly shared: SharedArrayBuffer
  readonly #words: ClockWords
  readonly #milliseconds: () => number
  /** The steady clock's seconds when the milliseconds of this thread were 0. */
  readonly #begin: number
  #generation: number
  #ahead: number
  readonly #subscriptions = new Set<Subscription>()

  constructor(
    shared: SharedArrayBuffer,
    { milliseconds, nanoseconds }: Omit<ClockSources, 'wallMilliseconds'> = SYSTEM_SOURCES,
  ) {
    const words = new ClockWords(shared)
    this.shared = shared
    this.#words = words
    this.#milliseconds = milliseconds
    const { value, at } = readTogether(nanoseconds, milliseconds)
    this.#begin = words.steady + Number(value - words.nanoseconds) / 1e9 - at / 1000
    this.#generation = words.generation
    this.#ahead = words.ahead
  }

  milliseconds(): number {
    return this.#milliseconds()
  }

  wall(): UnixSeconds {
    return this.wallAt(this.#milliseconds())
  }

  steady(): SteadySeconds {
    return this.steadyAt(this.#milliseconds())
  }

  instant(): Instant {
    const at = this.#milliseconds()
    return { wall: this.wallAt(at), steady: this.steadyAt(at) }
  }

  steadyAt(milliseconds: number): SteadySeconds {
    return Math.floor(this.#begin + milliseconds / 1000)
  }

  wallAt(milliseconds: number): UnixSeconds {
    return Math.floor(this.#begin + milliseconds / 1000 + this.ahead())
  }

  wallMillisecondsAt(milliseconds: number): number {
    return (this.#begin + this.ahead()) * 1000 + milliseconds
  }

  ahead(): number {
    const { generation } = this.#words
    if (generation !== this.#generation) {
      this.#generation = generation
      this.#ahead = this.#words.ahead
    }
    return this.#ahead
  }

  look(): void {
    if (this.#subscriptions.size === 0) return
    const ahead = this.ahead()
    for (const subscription of this.#subscriptions) {
      const step = ahead - subscription.ahead
      if (step >= -MOST_SECONDS && step <= MOST_SECONDS) continue
      subscription.ahead = ahead
      subscription.jumped(Math.round(step))
    }
  }

  onJump(jumped: (seconds: number) => void, since: number = this.ahead()): () => void {
    const subscription = { jumped, ahead: since }
    this.#subscriptions.add(subscription)
    return () => this.#subscriptions.delete(subscription)
  }
}
