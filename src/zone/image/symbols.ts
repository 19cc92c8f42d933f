/**
 * Names as keys of the trie: a row of symbols from 0 to 47 whose order is the canonical order of names (RFC 4034 §6.1).
 *
 * Labels come from the right, folded to lower case, and each ends with symbol 0. Letters, digits, `-`, `_` and `*` are one
 * symbol; every other octet is two, the first of which stands for a range. 48 symbols fit a bitmap of 48 bits, so that a
 * branch of the trie can tell a whole octet of a usual name apart.
 */
import { MAX_LABELS } from '../../dns/name/index.ts'

/** Most symbols of a key: a name of 255 octets that are all written as two. */
export const MAX_KEY = 512
/** Ends a label. Behind the last label every further symbol counts as 0, so that a name sorts before what is below it. */
export const END = 0

/** First symbol of each octet. */
const FIRST = new Uint8Array(256)
/** Second symbol, or 0 when the octet is one symbol. */
const SECOND = new Uint8Array(256)

fillTables()

function fillTables(): void {
  let symbol = 1
  let within = 0
  const single = (octet: number): boolean => /[-_*0-9a-z]/.test(String.fromCharCode(octet))
  let inRange = false
  for (let octet = 0; octet < 256; octet++) {
    if (octet >= 0x41 && octet <= 0x5a) continue
    if (single(octet)) {
      if (inRange) symbol++
      FIRST[octet] = symbol++
      inRange = false
      continue
    }
    if (!inRange || within === 47) {
      if (inRange) symbol++
      within = 0
      inRange = true
    }
    FIRST[octet] = symbol
    SECOND[octet] = ++within
  }
  for (let octet = 0x41; octet <= 0x5a; octet++) FIRST[octet] = FIRST[octet + 32]!
}

/** Where each label of a name begins: anywhere in the memory of the image. */
const starts = new Float64Array(MAX_LABELS + 1)

/** Writes the key of the name at `octets[at]` to `key` (MAX_KEY symbols of room) and returns its length. */
export function writeKey(octets: Uint8Array, at: number, key: Uint8Array): number {
  let labels = 0
  for (let label = at, length = octets[label]!; length !== 0; length = octets[label]!) {
    starts[labels++] = label
    label += length + 1
  }
  let n = 0
  while (labels > 0) {
    const label = starts[--labels]!
    const end = label + octets[label]!
    for (let i = label + 1; i <= end; i++) {
      const octet = octets[i]!
      key[n++] = FIRST[octet]!
      const second = SECOND[octet]!
      if (second !== 0) key[n++] = second
    }
    key[n++] = END
  }
  return n
}

/** Symbols of the 32 digits of base32hex, in which NSEC3 owner names are written. */
const DIGITS: Uint8Array = Uint8Array.from('0123456789abcdefghijklmnopqrstuv', (digit) => FIRST[digit.charCodeAt(0)]!)

/** The key of an NSEC3 record in the trie of its zone: its hash, whose octet order is the order of the owner names. Returns its length. */
export function writeHashKey(hash: Uint8Array, at: number, length: number, key: Uint8Array): number {
  let bits = 0
  let held = 0
  let n = 0
  for (let i = at; i < at + length; i++) {
    held = ((held << 8) | hash[i]!) & 0xffff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      key[n++] = DIGITS[(held >>> bits) & 31]!
    }
  }
  if (bits > 0) key[n++] = DIGITS[(held << (5 - bits)) & 31]!
  return n
}

/** The key of an NSEC3 record from its owner name, the first label of which is the hash. Returns its length. */
export function writeFirstLabelKey(octets: Uint8Array, at: number, key: Uint8Array): number {
  let n = 0
  for (let i = at + 1; i <= at + octets[at]!; i++) {
    const octet = octets[i]!
    key[n++] = FIRST[octet]!
    const second = SECOND[octet]!
    if (second !== 0) key[n++] = second
  }
  return n
}

/** The first place where two keys differ, or -1 when they are equal. */
export function firstDifference(a: Uint8Array, aLength: number, b: Uint8Array, bLength: number): number {
  const n = aLength < bLength ? aLength : bLength
  for (let i = 0; i < n; i++) if (a[i] !== b[i]) return i
  return aLength === bLength ? -1 : n
}
