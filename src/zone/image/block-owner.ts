/**
 * The blocks of one arena from the view of one change: those that it made itself it may write to and free at once; those of the
 * version before it are retired when it is published. A change within it (a savepoint) leaves the blocks of the outer one alone.
 */
import type { Arena } from './arena.ts'
import { type Blocks, noBlocks } from './retired.ts'

export class BlockOwner {
  readonly arena: Arena
  /** Every block of the arena is of this change: a whole version is written. */
  readonly #isFresh: boolean
  /** Octets of the blocks that were made. Not kept of a fresh arena. */
  readonly #made = new Map<number, number>()
  #given = noBlocks()

  constructor(arena: Arena, isFresh: boolean) {
    this.arena = arena
    this.#isFresh = isFresh
  }

  allocate(octets: number): number {
    const unit = this.arena.allocate(octets)
    if (!this.#isFresh) this.#made.set(unit, octets)
    return unit
  }

  owns(unit: number): boolean {
    return this.#isFresh || this.#made.has(unit)
  }

  /** Gives up a block: at once when no version ever held it. */
  drop(unit: number, octets: number): void {
    if (this.#isFresh || this.#made.delete(unit)) this.arena.free(unit, octets)
    else {
      this.#given.units.push(unit)
      this.#given.sizes.push(octets)
      this.#given.octets += octets
    }
  }

  /** A change within this one. It ends with `keep` or `abandon`, before anything else is done with this one. */
  begin(): BlockOwner {
    return new BlockOwner(this.arena, false)
  }

  /** What the inner change did is part of this one. */
  keep(inner: BlockOwner): void {
    if (!this.#isFresh) for (const [unit, octets] of inner.#made) this.#made.set(unit, octets)
    const { units, sizes } = inner.#given
    for (const [i, unit] of units.entries()) this.drop(unit, sizes[i] ?? 0)
  }

  /** Nothing of the change remains: its blocks are free, and those that it gave up stay. */
  abandon(): void {
    if (this.#isFresh) this.arena.release()
    else for (const [unit, octets] of this.#made) this.arena.free(unit, octets)
    this.#made.clear()
    this.#given = noBlocks()
  }

  /** The change is published: nothing is its own any more. Returns the blocks to be retired. */
  publish(): Blocks {
    const given = this.#given
    this.#made.clear()
    this.#given = noBlocks()
    return given
  }
}
