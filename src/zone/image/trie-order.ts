/** Finds the next leaf of a trie in the order of keys. `TrieReader.before` finds the one before. */
import type { ImageMemory } from './memory.ts'
import { END, MAX_KEY, writeKey } from './symbols.ts'
import {
  blockName,
  CELL_WORDS,
  hasTwig,
  PLACE_MASK,
  PLACE_SHIFT,
  type TrieReader,
  twigCount,
  twigsBelow,
} from './trie.ts'

const leafKey = new Uint8Array(MAX_KEY)

/**
 * Cell of the first leaf that sorts after the key of the last `find` in the same trie of names, or 0 when none does. `isBehind`:
 * leaves whose keys begin with that key, which are the names below it, are passed over. A name that has names below it is there
 * itself, if only as an empty non-terminal.
 */
export function leafAfter(memory: ImageMemory, reader: TrieReader, root: number, isBehind: boolean): number {
  const { words } = memory
  const { key, keyLength } = reader
  if (words[root + 2] === 0) return 0
  const difference = reader.difference < 0 ? MAX_KEY : reader.difference
  const end = isBehind ? Math.min(difference, keyLength - 1) : difference
  let right = 0
  let cell = root
  for (let second = words[cell + 1]!; second < 0; second = words[cell + 1]!) {
    const place = (second >>> PLACE_SHIFT) & PLACE_MASK
    if (place > end) break
    const low = words[cell]!
    const twigs = words[cell + 2]! << 1
    const symbol = place < keyLength ? key[place]! : END
    const below = twigsBelow(low, second, symbol)
    const isOnTheWay = hasTwig(low, second, symbol)
    const next = isOnTheWay ? below + 1 : below
    if (next < twigCount(low, second)) right = twigs + next * CELL_WORDS
    if (!isOnTheWay) return firstLeaf(words, right)
    cell = twigs + below * CELL_WORDS
  }
  // All leaves from here on differ from the key at the same place, and in the same way; or they begin with it, and it is there.
  return firstLeaf(words, reader.difference >= 0 && isAfter(memory, reader) ? cell : right)
}

/** Whether the leaf that the last `find` ended at sorts after the key. */
function isAfter(memory: ImageMemory, { key, keyLength, found, difference }: TrieReader): boolean {
  const length = writeKey(memory.octets, blockName(memory.words, memory.words[found]!), leafKey)
  const theirs = difference < length ? leafKey[difference]! : END
  return theirs > (difference < keyLength ? key[difference]! : END)
}

/** The first leaf at or below a cell; 0 for none. */
function firstLeaf(words: Int32Array, cell: number): number {
  if (cell === 0) return 0
  while (words[cell + 1]! < 0) cell = words[cell + 2]! << 1
  return cell
}
