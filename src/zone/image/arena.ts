/**
 * The memory of one zone in the image: extents of its own, from which its blocks are given out and to which they come back. A
 * version that takes the place of the whole zone has a new arena, and the old one is given back in one piece. One thread at a
 * time uses an arena; it is handed from one to another as plain data.
 *
 * A block is never moved or merged; freed ones wait in a list of their size class, classes lying at most an eighth apart.
 */
import type { Extent, ExtentSource } from './extents.ts'
import { type ImageMemory, UNIT } from './memory.ts'

/** Sizes up to this many units have a class each; above, eight classes for each doubling. */
const EXACT = 64
/** Units of the smallest extent and of the largest that is taken in advance. */
const LEAST_EXTENT = 64
const MOST_EXTENT = 1 << 20

/** Counts the octets in blocks that are in use, over all arenas. */
export type Usage = { octets: number }

/** An arena on its way from one thread to another. */
export type ArenaParts = {
  readonly extents: readonly Extent[]
  readonly next: number
  readonly usedOctets: number
  /** Units of freed blocks by size class. */
  readonly free: readonly (Int32Array | undefined)[]
}

export class Arena {
  readonly memory: ImageMemory
  readonly #source: ExtentSource
  readonly #usage: Usage
  readonly #extents: Extent[]
  /** The next unit of the last extent that was never given out, and where that extent ends. */
  #next = 0
  #end = 0
  readonly #free: number[][] = []
  /** Units in all extents. */
  #units = 0
  #usedOctets = 0
  #isReleased = false

  constructor(source: ExtentSource, usage: Usage, parts?: ArenaParts) {
    this.memory = source.memory
    this.#source = source
    this.#usage = usage
    this.#extents = [...(parts?.extents ?? [])]
    if (parts === undefined) return
    this.#next = parts.next
    this.#end = parts.extents.at(-1)?.end ?? 0
    for (const [index, units] of parts.free.entries()) if (units !== undefined) this.#free[index] = [...units]
    for (const { start, end } of parts.extents) this.#units += end - start
    this.#count(parts.usedOctets)
  }

  /** Octets in blocks that are in use. */
  get usedOctets(): number {
    return this.#usedOctets
  }

  /** A block of at least `octets`; its content is whatever was there. Returns its unit. The memory's views may be new ones afterwards. Throws DnsError `limit-exceeded`. */
  allocate(octets: number): number {
    const size = roundUp(Math.ceil(octets / UNIT))
    let unit = this.#free[classOf(size)]?.pop()
    if (unit === undefined) {
      if (this.#next + size > this.#end) this.#grow(size)
      unit = this.#next
      this.#next += size
    }
    this.#count(size * UNIT)
    return unit
  }

  /** Frees a block. Does nothing once the arena was released: all of its blocks are free then. */
  free(unit: number, octets: number): void {
    if (this.#isReleased) return
    const size = roundUp(Math.ceil(octets / UNIT))
    this.#count(-size * UNIT)
    this.#put(unit, classOf(size))
  }

  /** Gives back what was taken in advance. */
  trim(): void {
    const last = this.#extents.pop()
    if (last === undefined) return
    if (this.#next > last.start) this.#extents.push({ start: last.start, end: this.#next })
    this.#units -= this.#end - this.#next
    this.#source.give({ start: this.#next, end: this.#end })
    this.#end = this.#extents.at(-1)?.end ?? 0
    this.#next = this.#end
  }

  /** Gives all of its memory back: nobody reads a block of it any more. */
  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#count(-this.#usedOctets)
    for (const extent of this.#extents.splice(0)) this.#source.give(extent)
    this.#free.length = 0
    this.#next = this.#end = this.#units = 0
  }

  /** Hands the arena to another thread. This one does not use it any more. */
  share(): ArenaParts {
    const free = this.#free.map((units) => Int32Array.from(units))
    const parts = { extents: [...this.#extents], next: this.#next, usedOctets: this.#usedOctets, free }
    this.#count(-this.#usedOctets)
    this.#isReleased = true
    return parts
  }

  #grow(least: number): void {
    const wanted = Math.max(least, Math.min(MOST_EXTENT, Math.max(LEAST_EXTENT, this.#units >>> 2)))
    const extent = this.#source.take(least, wanted)
    this.#freeRest()
    this.#extents.push(extent)
    this.#units += extent.end - extent.start
    this.#next = extent.start
    this.#end = extent.end
  }

  /** What is left of the last extent becomes free blocks. */
  #freeRest(): void {
    while (this.#next < this.#end) {
      const size = roundDown(this.#end - this.#next)
      this.#put(this.#next, classOf(size))
      this.#next += size
    }
  }

  #put(unit: number, index: number): void {
    let list = this.#free[index]
    if (list === undefined) {
      list = []
      this.#free[index] = list
    }
    list.push(unit)
  }

  #count(octets: number): void {
    this.#usedOctets += octets
    this.#usage.octets += octets
  }
}

function step(units: number): number {
  return units <= EXACT ? 1 : 1 << (28 - Math.clz32(units - 1))
}

function roundUp(units: number): number {
  const by = step(units)
  return Math.ceil(units / by) * by
}

/** The largest size of a class that is not above `units`. */
function roundDown(units: number): number {
  if (units <= EXACT) return units
  const by = 1 << (28 - Math.clz32(units))
  return Math.floor(units / by) * by
}

function classOf(rounded: number): number {
  if (rounded <= EXACT) return rounded
  const by = step(rounded)
  return EXACT + (31 - Math.clz32(by)) * 16 + rounded / by
}
