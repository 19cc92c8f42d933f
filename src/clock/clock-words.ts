/**
 * The words in shared memory by which all threads have the same two clocks. The control thread writes them.
 *
 *     i32 generation · i32 unused · i64 CLOCK_MONOTONIC in ns, and i64 the steady clock in µs, both at one moment ·
 *     i64 µs by which the wall clock is ahead of the steady one
 *
 * Only the last one changes. The generation is raised after it: a reader that finds the generation as it was needs nothing else.
 */
const GENERATION = 0
const NANOSECONDS = 1
const STEADY = 2
const AHEAD = 3
const OCTETS = 32

export class ClockWords {
  readonly buffer: SharedArrayBuffer
  readonly #counts: Int32Array
  readonly #times: BigInt64Array

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(OCTETS)) {
    this.buffer = buffer
    this.#counts = new Int32Array(buffer)
    this.#times = new BigInt64Array(buffer)
  }

  /** Words of a steady clock that is at `steady` seconds when CLOCK_MONOTONIC is at `nanoseconds`. */
  static begin(nanoseconds: bigint, steady: number): ClockWords {
    const words = new ClockWords()
    words.#times[NANOSECONDS] = nanoseconds
    words.#times[STEADY] = microseconds(steady)
    return words
  }

  get nanoseconds(): bigint {
    return Atomics.load(this.#times, NANOSECONDS)
  }

  /** Seconds of the steady clock at `nanoseconds`. */
  get steady(): number {
    return Number(Atomics.load(this.#times, STEADY)) / 1e6
  }

  /** Changes with each `publish`. */
  get generation(): number {
    return Atomics.load(this.#counts, GENERATION)
  }

  /** The seconds by which the wall clock is ahead of the steady one; at least as new as the generation that was read before it. */
  get ahead(): number {
    return Number(Atomics.load(this.#times, AHEAD)) / 1e6
  }

  publish(ahead: number): void {
    Atomics.store(this.#times, AHEAD, microseconds(ahead))
    Atomics.add(this.#counts, GENERATION, 1)
  }
}

const microseconds = (seconds: number): bigint => BigInt(Math.round(seconds * 1e6))
