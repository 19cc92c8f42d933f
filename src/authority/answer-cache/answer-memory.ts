/**
 * The memory of the answer cache: one SharedArrayBuffer of a fixed size that one thread writes and many read.
 *
 *   head     words: size of the ring, slots, secret of the hash; TAIL on a line of its own
 *   slots    8 to a bucket, a line of the processor's cache: tag · position, 0 when the slot is free
 *   marks    2 octets a slot, written by readers: used since the ring came by · asked to be refreshed
 *   ring     entries one behind the other, in units of 8 octets
 *
 * A position counts units from the beginning of time, in 32 bits that go around; its place is its remainder by the size of the
 * ring, a power of two. Entries are appended; the oldest make room, unless they were used since: then they are appended once more.
 * TAIL is the position of the oldest entry. It is moved on long before what lies behind it is written over, so that a reader who
 * has read an entry and finds TAIL not past it has read what was written there: nothing of this locks.
 *
 *   entry    word 0  units of the entry
 *            word 1  hash
 *            word 2  stored at       word 3  expires at      word 4  to be refreshed from, 0: never    (UNIX seconds)
 *            word 5  type · variant
 *            word 6  octets of the message · its TTLs
 *            word 7  octets of options
 *            then    the message · options for OPT · where each TTL stands in the message, 16 bits each, in the machine's order
 *
 * The message is as it is sent, without OPT; its question is in lower case, and is the key together with type and variant.
 */
import { allocateShared } from '../../dns/memory.ts'
import { LOWER } from '../../dns/name/index.ts'
import type { Random } from '../../ports/index.ts'

export const UNIT = 8
export const ENTRY_WORDS = 8
export const ENTRY_SIZE: number = ENTRY_WORDS * 4
export const ENTRY_HASH = 1
export const ENTRY_STORED = 2
export const ENTRY_EXPIRES = 3
export const ENTRY_REFRESH = 4
export const ENTRY_KEY = 5
export const ENTRY_LENGTHS = 6
export const ENTRY_OPTIONS = 7

export const BUCKET_SLOTS = 8
const FORMAT = 1
const FORMAT_AT = 0
const RING_UNITS_AT = 1
const SLOTS_AT = 2
const SECRET_AT = 3
const TAIL_AT = 16
const HEAD_WORDS = 32
/** Octets of ring for each slot: entries of signed answers have some 300, and slots should stay half empty. */
const OCTETS_PER_SLOT = 128
const LEAST_RING = 1 << 16
const MOST_RING = 1 << 30

/** What of a question changes the octets of its answer, beside name and type. */
export const VARIANT_DO = 1
export const VARIANT_CD = 2

/** The memory with views over its parts. */
export class AnswerMemory {
  readonly buffer: SharedArrayBuffer
  readonly head: Int32Array
  /** Tag and position of each slot. */
  readonly slots: Int32Array
  readonly marks: Uint8Array
  readonly ring: Uint8Array
  readonly ringWords: Int32Array
  readonly ringHalves: Uint16Array
  readonly ringUnits: number
  readonly bucketMask: number
  readonly #secret: number

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    const head = new Int32Array(buffer, 0, HEAD_WORDS)
    this.head = head
    this.ringUnits = head[RING_UNITS_AT] ?? 0
    const slots = head[SLOTS_AT] ?? 0
    const slotsAt = HEAD_WORDS * 4
    const marksAt = slotsAt + slots * 8
    const ringAt = marksAt + slots * 2
    this.slots = new Int32Array(buffer, slotsAt, slots * 2)
    this.marks = new Uint8Array(buffer, marksAt, slots * 2)
    this.ring = new Uint8Array(buffer, ringAt, this.ringUnits * UNIT)
    this.ringWords = new Int32Array(buffer, ringAt, this.ringUnits * 2)
    this.ringHalves = new Uint16Array(buffer, ringAt, this.ringUnits * 4)
    this.bucketMask = slots / BUCKET_SLOTS - 1
    this.#secret = head[SECRET_AT] ?? 0
  }

  /** Memory whose ring has at most `octets`, rounded down to a power of two; 64 KiB at the least. */
  static create(octets: number, random: Random): AnswerMemory {
    const asked = Math.min(Math.max(Math.floor(octets), LEAST_RING), MOST_RING)
    const ring = 2 ** Math.floor(Math.log2(asked))
    const slots = ring / OCTETS_PER_SLOT
    const buffer = allocateShared(HEAD_WORDS * 4 + slots * 10 + ring, 'the answer cache')
    const head = new Int32Array(buffer, 0, HEAD_WORDS)
    head[FORMAT_AT] = FORMAT
    head[RING_UNITS_AT] = ring / UNIT
    head[SLOTS_AT] = slots
    head[SECRET_AT] = random.bytes(4).reduce((word, octet) => (word << 8) | octet, 0)
    return new AnswerMemory(buffer)
  }

  /** Position of the oldest entry. */
  get tail(): number {
    return Atomics.load(this.head, TAIL_AT)
  }

  set tail(position: number) {
    Atomics.store(this.head, TAIL_AT, position)
  }

  /** Whether what was read at this position is still what was written there. */
  holds(position: number): boolean {
    return ((position - Atomics.load(this.head, TAIL_AT)) | 0) >= 0
  }

  /**
   * A number for a question, whose uncompressed name is `name[from, to)`. The secret keeps others from choosing names that push one
   * another out.
   */
  hash(name: Uint8Array, from: number, to: number, key: number): number {
    let hash = this.#secret
    for (let i = from; i < to; i++) hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ LOWER[name[i]!]!, 0x9e3779b1)
    hash = Math.imul(hash ^ key, 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35)
    return hash ^ (hash >>> 13)
  }

  /** First slot of the bucket for a hash. */
  bucket(hash: number): number {
    return (hash & this.bucketMask) * BUCKET_SLOTS
  }

  /** Octet of the ring at which an entry begins. */
  place(position: number): number {
    return (position & (this.ringUnits - 1)) * UNIT
  }
}

/** Type and variant as one number. */
export function keyOf(type: number, dnssecOk: boolean, checkingDisabled: boolean): number {
  return (type << 8) | (dnssecOk ? VARIANT_DO : 0) | (checkingDisabled ? VARIANT_CD : 0)
}
