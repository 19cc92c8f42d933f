/**
 * Extents: runs of the image's memory that arenas take and give back. What lies beyond the frontier is taken by any thread; the
 * extents that were given back before are a list of one thread, which joins neighbours.
 */
import type { ImageMemory } from './memory.ts'

export type Extent = { readonly start: number; readonly end: number }

/** Where an arena gets its memory from; in units. */
export type ExtentSource = {
  readonly memory: ImageMemory
  /** An extent of at least `least` units, of `wanted` if possible. Throws DnsError `limit-exceeded`, `memory-exhausted`. */
  take(least: number, wanted: number): Extent
  give(extent: Extent): void
}

export class FreeExtents implements ExtentSource {
  readonly memory: ImageMemory
  /** By ascending start; no two touch each other. */
  readonly #free: Extent[] = []

  /** `free`: extents of the memory that nothing else uses. */
  constructor(memory: ImageMemory, free: readonly Extent[] = []) {
    this.memory = memory
    for (const extent of free) this.give(extent)
  }

  take(least: number, wanted: number): Extent {
    const index = this.#free.findIndex(({ start, end }) => end - start >= least)
    const found = this.#free[index]
    if (found === undefined) {
      const start = this.memory.takeExtent(wanted)
      return { start, end: start + wanted }
    }
    const { start } = found
    const end = Math.min(start + wanted, found.end)
    if (end === found.end) this.#free.splice(index, 1)
    else this.#free[index] = { start: end, end: found.end }
    return { start, end }
  }

  give({ start, end }: Extent): void {
    if (start === end) return
    const at = this.#after(start)
    const [before, after] = [this.#free[at - 1], this.#free[at]]
    const joinsBefore = before?.end === start
    const joinsAfter = after?.start === end
    const joined = { start: joinsBefore ? before.start : start, end: joinsAfter ? after.end : end }
    const from = joinsBefore ? at - 1 : at
    const count = Number(joinsBefore) + Number(joinsAfter)
    if (this.memory.giveExtent(joined.start, joined.end)) this.#free.splice(from, count)
    else this.#free.splice(from, count, joined)
  }

  /** Empties the list and returns it: another thread uses it, and returns what it did not need. */
  takeAll(): Extent[] {
    return this.#free.splice(0)
  }

  get freeOctets(): number {
    return this.#free.reduce((sum, { start, end }) => sum + (end - start) * 8, 0)
  }

  /** The index of the first extent that begins behind a unit. */
  #after(unit: number): number {
    let [low, high] = [0, this.#free.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#free[middle]?.start ?? 0) < unit) low = middle + 1
      else high = middle
    }
    return low
  }
}
