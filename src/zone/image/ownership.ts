/**
 * Blocks that a transaction made itself, and may write to and free at once.
 *
 * Most of a large transaction is memory that was never used before: all of that is its own, from the mark on, and needs no
 * list. Only blocks that were used before are listed.
 */
import type { Allocator } from './allocator.ts'

export class Ownership {
  readonly #allocator: Allocator
  /** Units before the mark, and the octets of each. */
  readonly #reused = new Map<number, number>()
  #begun = false
  #mark = 0
  #usedBefore = 0

  constructor(allocator: Allocator) {
    this.#allocator = allocator
  }

  allocate(octets: number): number {
    if (!this.#begun) this.#begin()
    const unit = this.#allocator.allocate(octets)
    if (unit < this.#mark) this.#reused.set(unit, octets)
    return unit
  }

  owns(unit: number): boolean {
    return (this.#begun && unit >= this.#mark) || this.#reused.has(unit)
  }

  /** Gives up a block: at once when no version ever held it. */
  drop(unit: number, octets: number): void {
    if ((this.#begun && unit >= this.#mark) || this.#reused.delete(unit)) this.#allocator.free(unit, octets)
    else this.#allocator.retire(unit, octets)
  }

  /** The transaction is given up: its blocks are free again. */
  abandon(): void {
    for (const [unit, octets] of this.#reused) this.#allocator.free(unit, octets)
    if (this.#begun) this.#allocator.rewind(this.#mark, this.#usedBefore)
    this.clear()
  }

  /** The version is published, or nothing is left of it: nothing is the transaction's own any more. */
  clear(): void {
    this.#reused.clear()
    this.#begun = false
  }

  /** Memory that was never used begins here; what is retired by earlier transactions may be freed until now. */
  #begin(): void {
    this.#begun = true
    this.#mark = this.#allocator.nextUnit
    this.#usedBefore = this.#allocator.usedOctets
  }
}
