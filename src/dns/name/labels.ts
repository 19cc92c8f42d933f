/**
 * Domain names as octets in a buffer: the walks that hot paths need, without allocation. A name here is uncompressed wire
 * form (RFC 1035 §3.1): length octet, label, …, a zero octet. What comes from outside passes `nameEnd` first; the other
 * functions trust it.
 */

/** Most octets of a name, the root's zero octet counted (RFC 1035 §2.3.4). */
export const MAX_NAME = 255
export const MAX_LABEL = 63
/** Most labels a name of 255 octets can have, the root label not counted. */
export const MAX_LABELS = 127

/** ASCII lower case, octet by octet (RFC 4343): 0x41–0x5A become 0x61–0x7A, all else stays. */
export const LOWER: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet >= 0x41 && octet <= 0x5a ? octet + 32 : octet,
)

/** Offset after the name that starts at `at`, or -1 when it is no uncompressed name within `end`. */
export function nameEnd(octets: Uint8Array, at: number, end: number): number {
  const start = at
  while (at < end) {
    const length = octets[at]!
    if (length === 0) return at + 1 - start <= MAX_NAME ? at + 1 : -1
    if (length > MAX_LABEL) return -1
    at += length + 1
  }
  return -1
}

/** Offset after a name that is known to be well-formed. */
export function skipName(octets: Uint8Array, at: number): number {
  for (let length = octets[at]!; length !== 0; length = octets[at]!) at += length + 1
  return at + 1
}

/** Labels of the name, the root label not counted: 0 for the root (RFC 4034 §3.1.3 counts so, less a leading `*`). */
export function countLabels(octets: Uint8Array, at: number): number {
  let labels = 0
  for (let length = octets[at]!; length !== 0; length = octets[at]!) {
    labels++
    at += length + 1
  }
  return labels
}

/** Whether the leftmost label is `*` (RFC 4592 §2.1.1). */
export function isWildcard(octets: Uint8Array, at: number): boolean {
  return octets[at] === 1 && octets[at + 1] === 0x2a
}

/** Case-insensitive equality (RFC 4343). Length octets are below 64, so that folding them as well changes nothing. */
export function equalNames(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): boolean {
  for (;;) {
    const length = a[aAt]!
    if (length !== b[bAt]) return false
    if (length === 0) return true
    for (let i = 1; i <= length; i++) if (LOWER[a[aAt + i]!] !== LOWER[b[bAt + i]!]) return false
    aAt += length + 1
    bAt += length + 1
  }
}

/** Whether `name` is `ancestor` or below it. */
export function isAtOrBelow(name: Uint8Array, nameAt: number, ancestor: Uint8Array, ancestorAt: number): boolean {
  const skip = countLabels(name, nameAt) - countLabels(ancestor, ancestorAt)
  if (skip < 0) return false
  return equalNames(name, dropLabels(name, nameAt, skip), ancestor, ancestorAt)
}

/** Offset of the name that is left when `n` labels are taken from the left. */
export function dropLabels(octets: Uint8Array, at: number, n: number): number {
  for (let i = 0; i < n; i++) at += octets[at]! + 1
  return at
}

/** How many rightmost labels two names share, the root not counted. */
export function commonLabels(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): number {
  const aLabels = countLabels(a, aAt)
  const bLabels = countLabels(b, bAt)
  const n = Math.min(aLabels, bLabels)
  aAt = dropLabels(a, aAt, aLabels - n)
  bAt = dropLabels(b, bAt, bLabels - n)
  let common = 0
  for (let i = 0; i < n; i++) {
    common = equalLabels(a, aAt, b, bAt) ? common + 1 : 0
    aAt += a[aAt]! + 1
    bAt += b[bAt]! + 1
  }
  return common
}

function equalLabels(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): boolean {
  const length = a[aAt]!
  if (length !== b[bAt]) return false
  for (let i = 1; i <= length; i++) if (LOWER[a[aAt + i]!] !== LOWER[b[bAt + i]!]) return false
  return true
}
