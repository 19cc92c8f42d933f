/**
 * Gives out blocks of the image's memory and takes them back. Only the writer has one.
 *
 * A block is never moved or merged; freed ones wait in a list of their size class, classes lying at most an eighth apart. A
 * block that readers may still see is retired first, and freed when the last reading that could hold it has ended.
 */
import { type ImageMemory, isEarlier, UNIT } from './memory.ts'

/** Sizes up to this many units have a class each; above, eight classes for each doubling. */
const EXACT = 64

export class Allocator {
  readonly memory: ImageMemory
  /** The next unit that was never given out. */
  #next: number
  readonly #free: number[][] = []
  /** Retired since the last publication. */
  #retiring: Retired = newRetired()
  readonly #limbo: (Retired & { readonly epoch: number })[] = []
  /** Octets in blocks that wait for readings to end. */
  retiredOctets = 0
  /** Octets in blocks that are in use, retired ones included. */
  usedOctets = 0

  constructor(memory: ImageMemory) {
    this.memory = memory
    this.#next = memory.firstUnit
  }

  /** The unit that comes next when no freed block fits: blocks from there on were never given out. */
  get nextUnit(): number {
    return this.#next
  }

  /** Forgets all blocks from a unit on, in use or freed; `usedOctets` are in use then. */
  rewind(unit: number, usedOctets: number): void {
    this.#next = unit
    this.usedOctets = usedOctets
    for (const [index, list] of this.#free.entries()) {
      if (list !== undefined) this.#free[index] = list.filter((each) => each < unit)
    }
  }

  /** Octets of memory that were touched so far. */
  get reachedOctets(): number {
    return this.#next * UNIT
  }

  /** A block of at least `octets`; its content is whatever was there. Returns its unit. The memory's views may be new ones afterwards. Throws DnsError `limit-exceeded`. */
  allocate(octets: number): number {
    const size = roundUp(Math.ceil(octets / UNIT))
    let unit = this.#free[classOf(size)]?.pop()
    if (unit === undefined) {
      unit = this.#next
      const end = (unit + size) * UNIT
      if (end > this.memory.octets.length) this.memory.grow(end)
      this.#next += size
    }
    this.usedOctets += size * UNIT
    return unit
  }

  /** Frees a block that no published version ever held. */
  free(unit: number, octets: number): void {
    const size = roundUp(Math.ceil(octets / UNIT))
    this.usedOctets -= size * UNIT
    const index = classOf(size)
    let list = this.#free[index]
    if (list === undefined) {
      list = []
      this.#free[index] = list
    }
    list.push(unit)
  }

  /** Gives up a block that a published version holds. */
  retire(unit: number, octets: number): void {
    this.#retiring.units.push(unit)
    this.#retiring.sizes.push(octets)
    this.#retiring.octets += octets
  }

  /** After a publication: what was retired for it waits for the readings of this epoch to end; what waited long enough is freed. */
  published(epoch: number): void {
    if (this.#retiring.units.length > 0) {
      this.#limbo.push({ epoch, ...this.#retiring })
      this.retiredOctets += this.#retiring.octets
      this.#retiring = newRetired()
    }
    this.reclaim()
  }

  /** A transaction was abandoned: what it gave up is still held by the published version. */
  keepRetiring(): void {
    this.#retiring = newRetired()
  }

  /** Frees what no reading can hold any more. */
  reclaim(): void {
    if (this.#limbo.length === 0) return
    const oldest = this.memory.oldestReading()
    let n = 0
    for (const waiting of this.#limbo) {
      if (!isEarlier(waiting.epoch, oldest)) break
      for (let i = 0; i < waiting.units.length; i++) this.free(waiting.units[i] ?? 0, waiting.sizes[i] ?? 0)
      this.retiredOctets -= waiting.octets
      n++
    }
    this.#limbo.splice(0, n)
  }
}

type Retired = { readonly units: number[]; readonly sizes: number[]; octets: number }

function newRetired(): Retired {
  return { units: [], sizes: [], octets: 0 }
}

function step(units: number): number {
  return units <= EXACT ? 1 : 1 << (28 - Math.clz32(units - 1))
}

function roundUp(units: number): number {
  const by = step(units)
  return Math.ceil(units / by) * by
}

function classOf(rounded: number): number {
  if (rounded <= EXACT) return rounded
  const by = step(rounded)
  return EXACT + (31 - Math.clz32(by)) * 16 + rounded / by
}
