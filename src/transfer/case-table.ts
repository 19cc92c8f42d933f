/**
 * Compression that keeps the case of every name, as a zone transfer asks for (RFC 5936 §3.4): names are equal only when their
 * octets are. Larger and quicker than the table of an ordinary answer, since a message of a transfer holds hundreds of names.
 *
 * A slot holds the offset of a name together with the number of the message it belongs to, so that beginning a new message
 * clears nothing.
 */
import { CompressionTable, MAX_LABELS, MAX_NAME } from '../dns/name/index.ts'

const SLOTS = 4096
/** Names beyond this number are written, but not pointed to. At most half of the slots are ever used. */
const MAX_NAMES: number = SLOTS / 2
/** Pointers have 14 bits (RFC 1035 §4.1.4). */
const OFFSET_BITS = 14
const OFFSET_MASK: number = (1 << OFFSET_BITS) - 1
const LAST_MESSAGE = 0x3ffff

export class CaseTable extends CompressionTable {
  /** Number of the message and offset of a name. What belongs to an earlier message is free. */
  readonly #slots = new Uint32Array(SLOTS)
  readonly #used = new Uint16Array(MAX_NAMES)
  #count = 0
  #message = 1
  /** Where the labels of the name at hand start, the root's too, and the hash of what begins there. */
  readonly #starts = new Uint16Array(MAX_LABELS + 1)
  readonly #hashes = new Int32Array(MAX_LABELS)
  /**
   * What followed the first label of the last name, the zone's apex as a rule: names that end alike are written without looking at
   * it label by label. Its octets, their hash, and where it stands in this message; no octets when there is none.
   */
  readonly #suffix = new Uint8Array(MAX_NAME)
  #suffixLength = 0
  #suffixHash = 0
  #suffixAt = 0

  override clear(): void {
    this.#count = 0
    this.#suffixLength = 0
    if (this.#message++ < LAST_MESSAGE) return
    this.#slots.fill(0)
    this.#message = 1
  }

  override truncate(length: number): void {
    if (this.#suffixAt >= length) this.#suffixLength = 0
    // The newest names go first, so that every probe sequence is as it was before they came.
    while (this.#count > 0) {
      const slot = this.#used[this.#count - 1]!
      if ((this.#slots[slot]! & OFFSET_MASK) < length) return
      this.#slots[slot] = 0
      this.#count--
    }
  }

  override write(name: Uint8Array, nameAt: number, message: Uint8Array, at: number): number {
    if (this.#endsAlike(name, nameAt)) return this.#writeFirstLabel(name, nameAt, message, at)
    const labels = this.#hashSuffixes(name, nameAt)
    const starts = this.#starts
    let known = 0
    let target = -1
    for (; known < labels; known++) {
      target = this.#find(this.#hashes[known]!, name, nameAt + starts[known]!, message)
      if (target >= 0) break
    }
    const written = at
    const end = nameAt + starts[known]!
    for (let i = nameAt; i < end; i++) message[at++] = name[i]!
    if (target < 0) message[at++] = 0
    else {
      message[at++] = 0xc0 | (target >>> 8)
      message[at++] = target
    }
    for (let i = 0; i < known; i++) this.#remember(this.#hashes[i]!, written + starts[i]!)
    if (known > 0 && labels > 1) {
      const suffixAt = known === 1 ? target : written + starts[1]!
      if (suffixAt <= OFFSET_MASK)
        this.#keepSuffix(name, nameAt + starts[1]!, starts[labels]! + 1 - starts[1]!, suffixAt)
    }
    return at
  }

  #keepSuffix(name: Uint8Array, from: number, length: number, suffixAt: number): void {
    for (let i = 0; i < length; i++) this.#suffix[i] = name[from + i]!
    this.#suffixLength = length
    this.#suffixHash = this.#hashes[1]!
    this.#suffixAt = suffixAt
  }

  /** Whether the name is one label and what followed that of the last name. */
  #endsAlike(name: Uint8Array, nameAt: number): boolean {
    const length = this.#suffixLength
    const first = name[nameAt]!
    if (length === 0 || first === 0) return false
    const suffix = this.#suffix
    const from = nameAt + first + 1
    for (let i = 0; i < length; i++) if (name[from + i] !== suffix[i]) return false
    return true
  }

  #writeFirstLabel(name: Uint8Array, nameAt: number, message: Uint8Array, at: number): number {
    const end = nameAt + name[nameAt]!
    let hash = this.#suffixHash
    for (let i = nameAt; i <= end; i++) hash = Math.imul(hash ^ name[i]!, 0x01000193)
    const known = this.#find(hash, name, nameAt, message)
    const target = known >= 0 ? known : this.#suffixAt
    if (known < 0) {
      this.#remember(hash, at)
      for (let i = nameAt; i <= end; i++) message[at++] = name[i]!
    }
    message[at++] = 0xc0 | (target >>> 8)
    message[at++] = target
    return at
  }

  /** Finds the labels and hashes what begins at each, from the right, so that every octet is looked at once. */
  #hashSuffixes(name: Uint8Array, nameAt: number): number {
    const starts = this.#starts
    const hashes = this.#hashes
    let labels = 0
    let at = nameAt
    for (let length = name[at]!; length !== 0; length = name[at]!) {
      starts[labels++] = at - nameAt
      at += length + 1
    }
    starts[labels] = at - nameAt
    let hash = 0x811c9dc5 | 0
    for (let i = labels - 1; i >= 0; i--) {
      const start = nameAt + starts[i]!
      const end = start + name[start]!
      for (let k = start; k <= end; k++) hash = Math.imul(hash ^ name[k]!, 0x01000193)
      hashes[i] = hash
    }
    return labels
  }

  /** Offset of the name in the message, or -1. */
  #find(hash: number, name: Uint8Array, nameAt: number, message: Uint8Array): number {
    const slots = this.#slots
    for (let slot = slotOf(hash); ; slot = (slot + 1) & (SLOTS - 1)) {
      const entry = slots[slot]!
      if (entry >>> OFFSET_BITS !== this.#message) return -1
      if (standsAt(name, nameAt, message, entry & OFFSET_MASK)) return entry & OFFSET_MASK
    }
  }

  #remember(hash: number, offset: number): void {
    if (offset > OFFSET_MASK || this.#count === MAX_NAMES) return
    let slot = slotOf(hash)
    while (this.#slots[slot]! >>> OFFSET_BITS === this.#message) slot = (slot + 1) & (SLOTS - 1)
    this.#slots[slot] = this.#message * (OFFSET_MASK + 1) + offset
    this.#used[this.#count++] = slot
  }
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 15)) & (SLOTS - 1)
}

/** Whether the name equals, octet for octet, the one in the message at `at`, which the table wrote itself. */
function standsAt(name: Uint8Array, nameAt: number, message: Uint8Array, at: number): boolean {
  for (;;) {
    const length = message[at]!
    if (length >= 0xc0) {
      at = ((length & 0x3f) << 8) | message[at + 1]!
      continue
    }
    if (length !== name[nameAt]) return false
    if (length === 0) return true
    for (let i = 1; i <= length; i++) if (name[nameAt + i] !== message[at + i]) return false
    nameAt += length + 1
    at += length + 1
  }
}
