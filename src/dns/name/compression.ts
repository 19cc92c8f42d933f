/**
 * Name compression in messages (RFC 1035 §4.1.4). Reading: a pointer must go backward, to before the start of the labels
 * that led to it, so that no chain of pointers can loop; the whole stays within 255 octets and 127 pointers. Writing: a small table of
 * offsets of names already in the message, compared against the message itself.
 */
import { LOWER, MAX_NAME } from './labels.ts'

/** Offset after the (possibly compressed) name at `at` in its message, or -1 when it is malformed. Pointers are not followed. */
export function compressedNameEnd(message: Uint8Array, at: number, end: number): number {
  while (at < end) {
    const length = message[at]!
    if (length === 0) return at + 1
    if (length >= 0xc0) return at + 2 <= end ? at + 2 : -1
    if (length > 63) return -1
    at += length + 1
  }
  return -1
}

/** Most pointers that a name may go through: a sender has no use for more than one a label. Keeps a message of pointers cheap. */
const MAX_POINTERS = 127

/**
 * Writes the uncompressed form of the name at `at` to `out` at `to` (255 octets of room) and returns the offset after what
 * was written, or -1 when the name is malformed. `end` bounds the labels before the first pointer; the labels behind a pointer
 * must end before those that led there began, as all do that a sender wrote before. So nothing after `end` is ever read.
 */
export function expandName(message: Uint8Array, at: number, end: number, out: Uint8Array, to: number): number {
  const start = to
  let before = at
  let limit = end
  let pointers = 0
  for (;;) {
    if (at >= limit) return -1
    const length = message[at]!
    if (length < 64) {
      if (to - start + length + 1 > MAX_NAME || at + length + 1 > limit) return -1
      for (let i = 0; i <= length; i++) out[to++] = message[at + i]!
      if (length === 0) return to
      at += length + 1
    } else {
      if (length < 0xc0 || at + 2 > limit) return -1
      const target = ((length & 0x3f) << 8) | message[at + 1]!
      if (target >= before || ++pointers > MAX_POINTERS) return -1
      limit = before
      before = target
      at = target
    }
  }
}

const SLOTS = 256

/**
 * The names that a message holds so far. `write` appends a name, as a pointer to the longest suffix that stands already
 * within the first 16 KiB, or in full. One table serves one message at a time; `clear` makes it ready for the next.
 */
export class CompressionTable {
  /** Offsets of names in the message, open addressing by a hash of their lower-case octets; 0 is free (the header is there). */
  readonly #offsets = new Uint16Array(SLOTS)
  readonly #used = new Uint16Array(SLOTS / 2)
  #count = 0

  clear(): void {
    for (let i = 0; i < this.#count; i++) this.#offsets[this.#used[i]!] = 0
    this.#count = 0
  }

  /** Forgets names that stand at or after `length`: the message was cut back to there. The newest entries go first, so that
   * every probe sequence is as it was before they came. */
  truncate(length: number): void {
    while (this.#count > 0) {
      const slot = this.#used[this.#count - 1]!
      if (this.#offsets[slot]! < length) return
      this.#offsets[slot] = 0
      this.#count--
    }
  }

  /**
   * Writes the well-formed name `name[nameAt…]` into `message` at `at`, which needs 255 octets of room, and returns the
   * offset after it. Names compare without case; the spelling that stands first wins (RFC 1035 §4.1.4 leaves it open).
   */
  write(name: Uint8Array, nameAt: number, message: Uint8Array, at: number): number {
    const written = at
    let suffix = nameAt
    let target = 0
    while (name[suffix] !== 0) {
      target = this.#offsets[this.#find(name, suffix, message)]!
      if (target !== 0) break
      suffix += name[suffix]! + 1
    }
    for (let i = nameAt; i < suffix; i++) message[at++] = name[i]!
    if (target === 0) message[at++] = 0
    else {
      message[at++] = 0xc0 | (target >>> 8)
      message[at++] = target
    }
    // Only now that the name stands in full can its suffixes be compared with others.
    for (let i = nameAt; i < suffix; i += name[i]! + 1) this.#remember(name, i, message, written + i - nameAt)
    return at
  }

  /** Takes note of the uncompressed name that stands in the message at `at`: others may point to it and to its suffixes. */
  note(message: Uint8Array, at: number): void {
    for (let i = at; message[i] !== 0; i += message[i]! + 1) this.#remember(message, i, message, i)
  }

  #remember(name: Uint8Array, nameAt: number, message: Uint8Array, offset: number): void {
    if (offset >= 0x4000 || this.#count === this.#used.length) return
    const slot = this.#find(name, nameAt, message)
    if (this.#offsets[slot] !== 0) return
    this.#offsets[slot] = offset
    this.#used[this.#count++] = slot
  }

  /** The slot that holds this name, or the free slot where it belongs. At most half of the slots are ever used. */
  #find(name: Uint8Array, nameAt: number, message: Uint8Array): number {
    let hash = 0x811c9dc5
    for (let i = nameAt; ; ) {
      const length = name[i]!
      hash = Math.imul(hash ^ length, 0x01000193)
      if (length === 0) break
      for (let k = 1; k <= length; k++) hash = Math.imul(hash ^ LOWER[name[i + k]!]!, 0x01000193)
      i += length + 1
    }
    let slot = (hash ^ (hash >>> 16)) & (SLOTS - 1)
    for (;;) {
      const offset = this.#offsets[slot]!
      if (offset === 0 || standsAt(name, nameAt, message, offset)) return slot
      slot = (slot + 1) & (SLOTS - 1)
    }
  }
}

/** Whether the name equals the one in the message at `at`, which this table wrote itself (its pointers are good). */
function standsAt(name: Uint8Array, nameAt: number, message: Uint8Array, at: number): boolean {
  for (;;) {
    const length = message[at]!
    if (length >= 0xc0) {
      at = ((length & 0x3f) << 8) | message[at + 1]!
      continue
    }
    if (length !== name[nameAt]) return false
    if (length === 0) return true
    for (let i = 1; i <= length; i++) if (LOWER[name[nameAt + i]!] !== LOWER[message[at + i]!]) return false
    nameAt += length + 1
    at += length + 1
  }
}
