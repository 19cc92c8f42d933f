/**
 * Changes a trie of the image without touching what was published: every array of twigs on the way to a change is copied
 * once a transaction, the old one retired. What a reader holds stays as it was.
 */
import type { BlockOwner } from './block-owner.ts'
import type { ImageMemory } from './memory.ts'
import { END, firstDifference, MAX_KEY, writeFirstLabelKey, writeKey } from './symbols.ts'
import {
  BRANCH,
  blockName,
  CELL_WORDS,
  hasTwig,
  type KeyKind,
  PLACE_MASK,
  PLACE_SHIFT,
  twigCount,
  twigsBelow,
} from './trie.ts'

const CELL_OCTETS = CELL_WORDS * 4

export class TrieWriter {
  readonly #memory: ImageMemory
  /** The change that is being made. */
  own: BlockOwner
  readonly #kind: KeyKind
  readonly #leafKey = new Uint8Array(MAX_KEY)
  readonly key: Uint8Array = new Uint8Array(MAX_KEY)
  keyLength = 0

  constructor(own: BlockOwner, kind: KeyKind) {
    this.#memory = own.arena.memory
    this.own = own
    this.#kind = kind
  }

  get #words(): Int32Array {
    return this.#memory.words
  }

  /** Word index of the cell of `key`'s leaf below the root cell, or 0. */
  cellOf(root: number): number {
    const cell = this.#walk(root)
    return this.#words[cell + 2] !== 0 && this.#differenceAt(cell) < 0 ? cell : 0
  }

  /** Whether the trie has a key that begins with `key`, other than `key` itself: for names, something below this name. */
  hasBelow(root: number): boolean {
    const words = this.#words
    let cell = root
    for (let second = words[cell + 1]!; second < 0; second = words[cell + 1]!) {
      const place = (second >>> PLACE_SHIFT) & PLACE_MASK
      if (place >= this.keyLength) break
      const symbol = this.key[place]!
      if (!hasTwig(words[cell]!, second, symbol)) return false
      cell = (words[cell + 2]! << 1) + twigsBelow(words[cell]!, second, symbol) * CELL_WORDS
    }
    if (words[cell + 2] === 0) return false
    let leaf = cell
    while (words[leaf + 1]! < 0) {
      const count = twigCount(words[leaf]!, words[leaf + 1]!)
      leaf = (words[leaf + 2]! << 1) + (count - 1) * CELL_WORDS
    }
    const difference = this.#differenceAt(leaf)
    return difference === this.keyLength
  }

  /** Puts a leaf for `key`, in place of the one that is there. The root cell must be writable. Returns the unit that was replaced, or 0. */
  put(root: number, unit: number, flags: number): number {
    const found = this.#walk(root)
    if (this.#words[found + 2] === 0) {
      this.#setLeaf(root, unit, flags)
      return 0
    }
    const difference = this.#differenceAt(found)
    const theirs = difference < this.#leafLength ? this.#leafKey[difference]! : END
    let cell = root
    for (;;) {
      const second = this.#words[cell + 1]!
      if (second >= 0) break
      const place = (second >>> PLACE_SHIFT) & PLACE_MASK
      if (difference >= 0 && place > difference) break
      const symbol = place < this.keyLength ? this.key[place]! : END
      if (place === difference) {
        this.#addTwig(cell, symbol, unit, flags)
        return 0
      }
      const twigs = this.#ownTwigs(cell)
      cell = (twigs << 1) + twigsBelow(this.#words[cell]!, second, symbol) * CELL_WORDS
    }
    if (difference < 0) {
      const old = this.#words[cell]!
      this.#setLeaf(cell, unit, flags)
      return old
    }
    const symbol = difference < this.keyLength ? this.key[difference]! : END
    this.#split(cell, difference, symbol, theirs, unit, flags)
    return 0
  }

  /** Changes the flags of the leaf of `key`, which must be there. */
  setFlags(root: number, flags: number): void {
    const cell = this.cellOf(root)
    if (cell === 0 || this.#words[cell + 1] === flags) return
    this.put(root, this.#words[cell]!, flags)
  }

  /** Takes the leaf of `key` out. Returns its unit, or 0 when there was none. */
  remove(root: number): number {
    if (this.cellOf(root) === 0) return 0
    let parent = 0
    let cell = root
    let symbol = 0
    for (;;) {
      const second = this.#words[cell + 1]!
      if (second >= 0) break
      const place = (second >>> PLACE_SHIFT) & PLACE_MASK
      symbol = place < this.keyLength ? this.key[place]! : END
      parent = cell
      const twigs = this.#ownTwigs(cell)
      cell = (twigs << 1) + twigsBelow(this.#words[cell]!, second, symbol) * CELL_WORDS
    }
    const unit = this.#words[cell]!
    if (parent === 0) {
      this.#words.fill(0, cell, cell + CELL_WORDS)
      return unit
    }
    this.#removeTwig(parent, symbol, cell)
    return unit
  }

  #leafLength = 0

  /** The cell of a leaf that shares with `key` as much as any does. */
  #walk(root: number): number {
    const words = this.#words
    let cell = root
    for (let second = words[cell + 1]!; second < 0; second = words[cell + 1]!) {
      const place = (second >>> PLACE_SHIFT) & PLACE_MASK
      const symbol = place < this.keyLength ? this.key[place]! : END
      const low = words[cell]!
      const index = hasTwig(low, second, symbol) ? twigsBelow(low, second, symbol) : 0
      cell = (words[cell + 2]! << 1) + index * CELL_WORDS
    }
    return cell
  }

  #differenceAt(cell: number): number {
    const { words, octets } = this.#memory
    const stored = blockName(words, words[cell]!)
    this.#leafLength =
      this.#kind === 'hash'
        ? writeFirstLabelKey(octets, stored, this.#leafKey)
        : writeKey(octets, stored, this.#leafKey)
    return firstDifference(this.key, this.keyLength, this.#leafKey, this.#leafLength)
  }

  #setLeaf(cell: number, unit: number, flags: number): void {
    const words = this.#words
    words[cell] = unit
    words[cell + 1] = flags
    words[cell + 2] = 1
  }

  /** Makes the twigs of a branch writable; returns their unit. */
  #ownTwigs(cell: number): number {
    const twigs = this.#words[cell + 2]!
    if (this.own.owns(twigs)) return twigs
    const count = twigCount(this.#words[cell]!, this.#words[cell + 1]!)
    const copy = this.own.allocate(count * CELL_OCTETS)
    const words = this.#words
    words.copyWithin(copy << 1, twigs << 1, (twigs << 1) + count * CELL_WORDS)
    words[cell + 2] = copy
    this.own.drop(twigs, count * CELL_OCTETS)
    return copy
  }

  #addTwig(cell: number, symbol: number, unit: number, flags: number): void {
    const old = this.#words[cell + 2]! << 1
    const low = this.#words[cell]!
    const second = this.#words[cell + 1]!
    const count = twigCount(low, second)
    const below = twigsBelow(low, second, symbol)
    const grown = this.own.allocate((count + 1) * CELL_OCTETS)
    const words = this.#words
    const at = grown << 1
    words.copyWithin(at, old, old + below * CELL_WORDS)
    this.#setLeaf(at + below * CELL_WORDS, unit, flags)
    words.copyWithin(at + (below + 1) * CELL_WORDS, old + below * CELL_WORDS, old + count * CELL_WORDS)
    if (symbol < 32) words[cell] = low | (1 << symbol)
    else words[cell + 1] = second | (1 << (symbol - 32))
    words[cell + 2] = grown
    this.own.drop(old >>> 1, count * CELL_OCTETS)
  }

  #removeTwig(cell: number, symbol: number, twig: number): void {
    const twigs = this.#words[cell + 2]! << 1
    const low = this.#words[cell]!
    const second = this.#words[cell + 1]!
    const count = twigCount(low, second)
    if (count === 2) {
      // What is left of the branch takes its place.
      const other = twig === twigs ? twigs + CELL_WORDS : twigs
      this.#words.copyWithin(cell, other, other + CELL_WORDS)
    } else {
      const shrunk = this.own.allocate((count - 1) * CELL_OCTETS)
      const words = this.#words
      const at = shrunk << 1
      words.copyWithin(at, twigs, twig)
      words.copyWithin(at + (twig - twigs), twig + CELL_WORDS, twigs + count * CELL_WORDS)
      if (symbol < 32) words[cell] = low & ~(1 << symbol)
      else words[cell + 1] = second & ~(1 << (symbol - 32))
      words[cell + 2] = shrunk
    }
    this.own.drop(twigs >>> 1, count * CELL_OCTETS)
  }

  /** Puts a branch where `cell` stands, with what was there and a new leaf as its twigs. */
  #split(cell: number, place: number, symbol: number, theirs: number, unit: number, flags: number): void {
    const twigs = this.own.allocate(2 * CELL_OCTETS)
    const words = this.#words
    const at = twigs << 1
    const [mine, other] = symbol < theirs ? [at, at + CELL_WORDS] : [at + CELL_WORDS, at]
    words.copyWithin(other, cell, cell + CELL_WORDS)
    this.#setLeaf(mine, unit, flags)
    let low = 0
    let high = 0
    for (const bit of [symbol, theirs]) {
      if (bit < 32) low |= 1 << bit
      else high |= 1 << (bit - 32)
    }
    words[cell] = low
    words[cell + 1] = BRANCH | (place << PLACE_SHIFT) | high
    words[cell + 2] = twigs
  }
}
