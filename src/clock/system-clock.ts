/** The clock of the control thread: the only one that reads the wall clock of the system, and publishes it to the other threads. */
import type { MarkingClock, WallMark } from '../ports/index.ts'
import { ClockWords } from './clock-words.ts'
import { type ClockSources, readTogether, SYSTEM_SOURCES } from './sources.ts'
import { ThreadClock } from './thread-clock.ts'

/**
 * Where the steady clock begins when the wall clock is of no use: a machine without a battery wakes up in 1970. Times near 0 would
 * be taken for none, and those beyond 32 bits do not fit in shared memory.
 */
const LEAST_SECONDS = 1_000_000_000
const MOST_SECONDS = 4_000_000_000

/** The wall clock of the system has whole milliseconds: differences up to this are no step. */
const NO_STEP_SECONDS = 0.002
const LOOK_MILLISECONDS = 500

export type SystemClockOptions = {
  /** Identifies the boot of the system; undefined where the system does not identify its boots. */
  readonly boot?: string | undefined
  /** Other clocks than those of the system. */
  readonly sources?: Partial<ClockSources>
}

export class SystemClock extends ThreadClock implements MarkingClock {
  readonly #sources: ClockSources
  readonly #words: ClockWords
  readonly #boot: string | undefined
  /** What the steady clock would have said at the boot of the system. */
  readonly #bootedAt: number
  #timer: NodeJS.Timeout | undefined

  constructor({ boot, sources: others = {} }: SystemClockOptions = {}) {
    const sources = { ...SYSTEM_SOURCES, ...others }
    const wall = sources.wallMilliseconds() / 1000
    const words = ClockWords.begin(
      sources.nanoseconds(),
      wall >= LEAST_SECONDS && wall <= MOST_SECONDS ? wall : LEAST_SECONDS,
    )
    super(words.buffer, sources)
    this.#sources = sources
    this.#words = words
    this.#boot = boot
    this.#bootedAt = words.steady - Number(words.nanoseconds) / 1e9
    this.#measure()
  }

  /** Looks at the wall clock from now on. Until `stop`, no step of it is unknown for longer than half a second. */
  start(): void {
    this.look()
    this.#timer ??= setInterval(() => this.look(), LOOK_MILLISECONDS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Reads the wall clock of the system. A step of it is published to all threads, then those that follow jumps are called. */
  override look(): void {
    this.#measure()
    super.look()
  }

  mark(): WallMark | undefined {
    return this.#boot === undefined ? undefined : { boot: this.#boot, ahead: Math.round(this.ahead()) + this.#bootedAt }
  }

  aheadAt(mark: WallMark | undefined): number | undefined {
    return mark === undefined || mark.boot !== this.#boot ? undefined : mark.ahead - this.#bootedAt
  }

  #measure(): void {
    const { wallMilliseconds, milliseconds } = this.#sources
    if (isNone(this.#step(wallMilliseconds(), milliseconds()))) return
    // The thread may have been interrupted between the two.
    const { value, at } = readTogether(wallMilliseconds, milliseconds)
    const step = this.#step(value, at)
    if (!isNone(step)) this.#words.publish(this.ahead() + step)
  }

  /** The seconds by which the wall clock of the system is ahead of the one that is published. */
  #step(wallMilliseconds: number, at: number): number {
    return (wallMilliseconds - this.wallMillisecondsAt(at)) / 1000
  }
}

const isNone = (step: number): boolean => step >= -NO_STEP_SECONDS && step <= NO_STEP_SECONDS
