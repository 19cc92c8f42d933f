/**
 * Watches the turns of the control thread: while one lasts, no TCP client and no resolver's question is served. One that takes
 * longer than 50 ms is counted, and logged with what ran, one line a minute at most.
 *
 * Parts of the program that may take long report how long they took. The delay of the event loop shows the others, and collections
 * of garbage, too.
 */

import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import { monotonicMilliseconds } from '../clock/index.ts'
import type { Log } from '../ports/log.ts'

/** A turn above this is long. */
export const LONG_TURN_MILLISECONDS = 50
/** How often the delay of the event loop is sampled: it is seen so much longer than it was at most. */
const SAMPLE_MILLISECONDS = 20
const LOOK_MILLISECONDS = 1000
const MINUTE_MILLISECONDS = 60_000

export type LongTurns = {
  /** Since the start. */
  readonly count: number
  /** The longest since the start; 0: there was none. */
  readonly longestMilliseconds: number
}

type Part = { readonly what: string; readonly milliseconds: number }
const NOTHING: Part = { what: 'something that does not report its time', milliseconds: 0 }

export class TurnWatch {
  readonly #log: Log
  readonly #delay = monitorEventLoopDelay({ resolution: SAMPLE_MILLISECONDS })
  readonly #collections = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) this.took('a collection of garbage', duration)
  })
  #timer: NodeJS.Timeout | undefined
  /** The longest part since `look` looked last. */
  #part = NOTHING
  #count = 0
  #longest = 0
  /** What is to be logged when the minute is over. */
  #unsaid = { count: 0, longest: NOTHING }
  #saidAt = Number.NEGATIVE_INFINITY

  constructor(log: Log) {
    this.#log = log
  }

  get turns(): LongTurns {
    return { count: this.#count, longestMilliseconds: this.#longest }
  }

  start(): void {
    this.#delay.enable()
    this.#collections.observe({ entryTypes: ['gc'] })
    this.#timer = setInterval(() => this.look(), LOOK_MILLISECONDS)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#delay.disable()
    this.#collections.disconnect()
  }

  /** Something took so long without a pause. `what`: words of this program, never of a client. */
  took(what: string, milliseconds: number): void {
    if (milliseconds > this.#part.milliseconds) this.#part = { what, milliseconds }
  }

  /** Does something, and notes how long it took. */
  measure<T>(what: string, action: () => T): T {
    const began = monotonicMilliseconds()
    try {
      return action()
    } finally {
      this.took(what, monotonicMilliseconds() - began)
    }
  }

  /** Counts the long turns since it was called last, one at most. `now`: of `monotonicMilliseconds`. */
  look(now = monotonicMilliseconds()): void {
    const part = this.#part
    this.#part = NOTHING
    const sampled = this.#delay.max / 1e6 - SAMPLE_MILLISECONDS
    this.#delay.reset()
    const milliseconds = Math.max(part.milliseconds, sampled)
    if (milliseconds > LONG_TURN_MILLISECONDS) {
      this.#count++
      this.#longest = Math.max(this.#longest, milliseconds)
      // What took less than half of it is not what made it long.
      const what = part.milliseconds >= milliseconds / 2 ? part.what : NOTHING.what
      const { count, longest } = this.#unsaid
      this.#unsaid = {
        count: count + 1,
        longest: milliseconds > longest.milliseconds ? { what, milliseconds } : longest,
      }
    }
    if (this.#unsaid.count > 0 && now - this.#saidAt >= MINUTE_MILLISECONDS) this.#say(now)
  }

  #say(now: number): void {
    const { count, longest } = this.#unsaid
    const fields = { milliseconds: Math.round(longest.milliseconds), ran: longest.what, turns: count }
    this.#log.warn(fields, 'a turn of the control thread was long: clients of TCP and of the resolver waited')
    this.#unsaid = { count: 0, longest: NOTHING }
    this.#saidAt = now
  }
}
