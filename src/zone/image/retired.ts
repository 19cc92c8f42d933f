/**
 * Blocks and arenas that published versions no longer hold, but readings that go on may. They are freed when the last reading
 * that began before their publication has ended.
 */
import type { Arena } from './arena.ts'
import { isEarlier } from './memory.ts'

/** Blocks of one arena, or all of it. */
export type Retired = { readonly arena: Arena; readonly blocks: Blocks | 'all' }

/** Units, and the octets of each. */
export type Blocks = { readonly units: number[]; readonly sizes: number[]; octets: number }

export function noBlocks(): Blocks {
  return { units: [], sizes: [], octets: 0 }
}

type Waiting = { readonly epoch: number; readonly retired: readonly Retired[]; readonly octets: number }

export class RetiredBlocks {
  /** By ascending epoch. */
  readonly #waiting: Waiting[] = []
  /** Octets that wait for readings to end. */
  octets = 0

  /** Takes what went with the publication that ended `epoch`. */
  add(epoch: number, retired: readonly Retired[]): void {
    if (retired.length === 0) return
    let octets = 0
    for (const { arena, blocks } of retired) octets += blocks === 'all' ? arena.usedOctets : blocks.octets
    this.#waiting.push({ epoch, retired, octets })
    this.octets += octets
  }

  /** Frees what no reading can hold any more: `oldest` is the earliest epoch that one may be in. */
  reclaim(oldest: number): void {
    let count = 0
    for (const { epoch, retired, octets } of this.#waiting) {
      if (!isEarlier(epoch, oldest)) break
      for (const { arena, blocks } of retired) {
        if (blocks === 'all') arena.release()
        else for (const [i, unit] of blocks.units.entries()) arena.free(unit, blocks.sizes[i] ?? 0)
      }
      this.octets -= octets
      count++
    }
    this.#waiting.splice(0, count)
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }
}
