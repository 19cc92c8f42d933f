/**
 * The index of the image: a trie over keys of symbols (`symbols.ts`), read here, written by `trie-writer.ts`.
 *
 * A cell is three words. A branch says at which symbol its keys first differ, has a bit for each symbol that occurs there,
 * and points to its twigs, one cell for each bit, side by side. A leaf points to a block that begins with the name. What all
 * keys below a branch share is not stored: a walk may end at a leaf of another name, and must compare.
 *
 *     leaf     [ unit of the block | flags, bit 31 clear          | 1                 ]
 *     branch   [ symbols 0 to 31   | bit 31, place, symbols 32–47 | unit of the twigs ]
 *     nothing  [ 0                 | 0                            | 0                 ]
 *
 * One walk tells everything that an answer needs: the name itself, its deepest ancestor, the topmost zone cut or DNAME above
 * it, and where its predecessor in canonical order is to be found.
 */
import { LOWER } from '../../dns/name/index.ts'
import type { ImageMemory } from './memory.ts'
import { END, firstDifference, MAX_KEY, writeFirstLabelKey, writeKey } from './symbols.ts'

export const CELL_WORDS = 3
export const BRANCH = 0x80000000 | 0
export const PLACE_SHIFT = 16
export const PLACE_MASK = 0x3ff

/** Flags of a leaf, kept in its cell so that a walk sees them in passing. */
/** The name has NS records and is not the apex: what is below belongs to another zone. */
export const LEAF_CUT = 1
export const LEAF_DNAME = 2
/** A wildcard stands directly below the name. */
export const LEAF_HAS_WILDCARD = 4

export function countBits(v: number): number {
  v -= (v >>> 1) & 0x55555555
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333)
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** Twigs of a branch for symbols below this one. */
export function twigsBelow(low: number, second: number, symbol: number): number {
  if (symbol < 32) return countBits(low & ((1 << symbol) - 1))
  return countBits(low) + countBits(second & ((1 << (symbol - 32)) - 1))
}

export function hasTwig(low: number, second: number, symbol: number): boolean {
  return symbol < 32 ? ((low >>> symbol) & 1) !== 0 : ((second >>> (symbol - 32)) & 1) !== 0
}

export function twigCount(low: number, second: number): number {
  return countBits(low) + countBits(second & 0xffff)
}

/** Octet at which the name of a block stands. */
export function blockName(words: Int32Array, unit: number): number {
  return unit * 8 + (words[unit * 2 + 1]! >>> 8) * 4
}

/** How leaves of a trie are compared: by their whole name, or by its first label (NSEC3 owner names). */
export type KeyKind = 'name' | 'hash'

export class TrieReader {
  readonly #memory: ImageMemory
  readonly #kind: KeyKind
  /** Key of the leaf that the last `find` compared with. */
  readonly #leafKey = new Uint8Array(MAX_KEY)
  #leafLength = 0
  /** The key that is looked for: written by the caller. */
  readonly key: Uint8Array
  keyLength = 0

  /** Word index of the leaf's cell that the last walk ended at; 0 when the trie is empty. */
  found = 0
  /** Where the key first differs from that leaf's, -1 when it is the one. */
  difference = -1
  /** Cells of existing proper ancestors, topmost first, and the length of their keys. */
  readonly ancestors: Int32Array = new Int32Array(130)
  readonly ancestorLengths: Int32Array = new Int32Array(130)
  ancestorCount = 0

  constructor(memory: ImageMemory, kind: KeyKind, key: Uint8Array = new Uint8Array(MAX_KEY)) {
    this.key = key
    this.#memory = memory
    this.#kind = kind
  }

  /**
   * Looks for `key` in the trie whose root cell is at word `root`. Returns whether it is there. `name[at…]` is the name that
   * the key was made from; without it keys are compared.
   */
  find(root: number, name?: Uint8Array, at = 0): boolean {
    const { words } = this.#memory
    const { key, keyLength } = this
    let cell = root
    let second = words[cell + 1]!
    let count = 0
    while (second < 0) {
      const place = (second >>> PLACE_SHIFT) & PLACE_MASK
      const low = words[cell]!
      const twigs = words[cell + 2]! << 1
      const symbol = place < keyLength ? key[place]! : END
      // The first twig is the leaf of an ancestor where a name may end: behind the end of a label.
      if ((low & 1) !== 0 && place < keyLength && (place === 0 || key[place - 1] === END) && words[twigs + 1]! >= 0) {
        this.ancestors[count] = twigs
        this.ancestorLengths[count++] = place
      }
      if (!hasTwig(low, second, symbol)) {
        cell = twigs
        second = words[cell + 1]!
        // Any leaf below shares with the key all that this branch's keys share.
        while (second < 0) {
          cell = words[cell + 2]! << 1
          second = words[cell + 1]!
        }
        break
      }
      cell = twigs + twigsBelow(low, second, symbol) * CELL_WORDS
      second = words[cell + 1]!
    }
    this.ancestorCount = count
    if (words[cell + 2] === 0) {
      this.found = 0
      this.difference = 0
      return false
    }
    this.found = cell
    if (name !== undefined && this.#isName(words[cell]!, name, at)) {
      this.difference = -1
      return true
    }
    return this.#compareKeys(cell)
  }

  #isName(unit: number, name: Uint8Array, at: number): boolean {
    const { words, octets } = this.#memory
    const header = words[unit * 2 + 1]!
    const stored = unit * 8 + (header >>> 8) * 4
    const length = header & 0xff
    for (let i = 0; i < length; i++) if (LOWER[octets[stored + i]!] !== LOWER[name[at + i]!]) return false
    return true
  }

  /** Compares the key with the leaf's, and keeps only true ancestors. */
  #compareKeys(cell: number): boolean {
    const { words, octets } = this.#memory
    const stored = blockName(words, words[cell]!)
    const isHash = this.#kind === 'hash'
    const leafLength = isHash
      ? writeFirstLabelKey(octets, stored, this.#leafKey)
      : writeKey(octets, stored, this.#leafKey)
    this.#leafLength = leafLength
    const difference = firstDifference(this.key, this.keyLength, this.#leafKey, leafLength)
    this.difference = difference
    if (difference < 0) return true
    while (this.ancestorCount > 0 && this.ancestorLengths[this.ancestorCount - 1]! > difference) this.ancestorCount--
    // The leaf itself is an ancestor when its key ends where the two differ.
    if (!isHash && difference === leafLength) {
      const n = this.ancestorCount
      if (n === 0 || this.ancestors[n - 1] !== cell) {
        this.ancestors[n] = cell
        this.ancestorLengths[n] = leafLength
        this.ancestorCount = n + 1
      }
    }
    return false
  }

  /**
   * Cell of the last leaf that sorts before the key of the last `find` in the same trie, or 0 when none does. Where that key
   * is there, the leaf before it.
   */
  before(root: number): number {
    const { words } = this.#memory
    const { key, keyLength } = this
    const difference = this.difference < 0 ? MAX_KEY : this.difference
    let cell = root
    let left = 0
    let second = words[cell + 1]!
    while (second < 0) {
      const place = (second >>> PLACE_SHIFT) & PLACE_MASK
      if (place > difference) break
      const low = words[cell]!
      const twigs = words[cell + 2]! << 1
      const below = twigsBelow(low, second, place < keyLength ? key[place]! : END)
      if (below > 0) left = twigs + (below - 1) * CELL_WORDS
      if (place === difference) return left === 0 ? 0 : this.last(left)
      cell = twigs + below * CELL_WORDS
      second = words[cell + 1]!
    }
    if (words[cell + 2] === 0) return 0
    // All leaves from here on differ from the key at the same place, and in the same way.
    if (this.difference >= 0) {
      const symbol = difference < keyLength ? key[difference]! : END
      const theirs = difference < this.#leafLength ? this.#leafKey[difference]! : END
      if (theirs < symbol) return this.last(cell)
    }
    return left === 0 ? 0 : this.last(left)
  }

  /** Cell of the last leaf at or below a cell. */
  last(cell: number): number {
    const { words } = this.#memory
    for (let second = words[cell + 1]!; second < 0; second = words[cell + 1]!) {
      cell = (words[cell + 2]! << 1) + (twigCount(words[cell]!, second) - 1) * CELL_WORDS
    }
    return cell
  }
}
