/**
 * Canonical DNS name order (RFC 4034 §6.1): names sort by their labels from the right, each label as lower-case octets, an
 * absent label before any other. `compareNames` answers for two names; `writeSortKey` writes a key whose plain octet order
 * is the canonical order, for sorting many.
 */
import { LOWER, MAX_LABELS, MAX_NAME } from './labels.ts'

const aStarts = new Uint8Array(MAX_LABELS + 1)
const bStarts = new Uint8Array(MAX_LABELS + 1)

/** Writes where each label starts, relative to the name; returns how many there are. */
function labelStarts(octets: Uint8Array, at: number, starts: Uint8Array): number {
  let n = 0
  let label = at
  for (let length = octets[label]!; length !== 0; length = octets[label]!) {
    starts[n++] = label - at
    label += length + 1
  }
  return n
}

/** Negative, 0 or positive as `a` sorts before, with or after `b`. */
export function compareNames(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): number {
  let i = labelStarts(a, aAt, aStarts)
  let j = labelStarts(b, bAt, bStarts)
  while (i > 0 && j > 0) {
    const aLabel = aAt + aStarts[--i]!
    const bLabel = bAt + bStarts[--j]!
    const aLength = a[aLabel]!
    const bLength = b[bLabel]!
    const n = aLength < bLength ? aLength : bLength
    for (let k = 1; k <= n; k++) {
      const d = LOWER[a[aLabel + k]!]! - LOWER[b[bLabel + k]!]!
      if (d !== 0) return d
    }
    if (aLength !== bLength) return aLength - bLength
  }
  return i - j
}

/** Room that a sort key may need: each octet of a name at most doubled. */
export const MAX_SORT_KEY: number = 2 * MAX_NAME

const keyStarts = new Uint8Array(MAX_LABELS + 1)

/**
 * Writes the sort key of a name without its rightmost `skipLabels` labels (those all names share) and returns the offset
 * after it. Labels follow right to left, each ended by 0; 0 and 1 within a label are written as 1 1 and 1 2, so that the
 * end of a label sorts before any octet of it.
 */
export function writeSortKey(
  octets: Uint8Array,
  at: number,
  skipLabels: number,
  key: Uint8Array,
  keyAt: number,
): number {
  const labels = labelStarts(octets, at, keyStarts)
  for (let i = labels - 1 - skipLabels; i >= 0; i--) {
    const label = at + keyStarts[i]!
    const length = octets[label]!
    for (let k = 1; k <= length; k++) {
      const octet = LOWER[octets[label + k]!]!
      if (octet < 2) {
        key[keyAt++] = 1
        key[keyAt++] = octet + 1
      } else key[keyAt++] = octet
    }
    key[keyAt++] = 0
  }
  return keyAt
}
