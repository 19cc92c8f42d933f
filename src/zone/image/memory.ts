/**
 * The memory of the image: one growable SharedArrayBuffer that one thread writes and many read.
 *
 *   0      format and version of the layout
 *   4      root: unit of the block that the current version begins with; the one word whose store publishes a version
 *   8      epoch: counts publications
 *   12     frontier: the first unit that no extent holds yet; threads take extents there (`extents.ts`)
 *   64 …   one slot a reader, 64 octets apart: the epoch in which it reads, or 0 while it holds nothing
 *   then   one bit a slot, set for good by the first reading in it: the writer looks at no other slots
 *
 * Everything is counted in units of 8 octets. A reader announces itself in its slot and only then loads the root; what was
 * retired in an epoch is used again when no slot holds that epoch or an earlier one.
 *
 * Views have an explicit length and are made anew when the memory has grown: views that track its length cost double.
 */
import { DnsError } from '../../dns/errors.ts'
import { growShared } from '../../dns/memory.ts'

export const UNIT = 8
const FORMAT = 1
const ROOT = 1
const EPOCH = 2
const FRONTIER = 3
const SLOT_STRIDE = 16
const FIRST_SLOT = 16
/** Readers at one time: threads of the data plane and walks for transfers. */
export const READER_SLOTS = 1600
const USED_SLOTS = FIRST_SLOT + READER_SLOTS * SLOT_STRIDE
const USED_WORDS = Math.ceil(READER_SLOTS / 32)
/** Where blocks begin: in a cache line of their own, since each reading looks at its bit. */
const FIRST_UNIT = (Math.ceil((USED_SLOTS + USED_WORDS) / SLOT_STRIDE) * SLOT_STRIDE * 4) / UNIT
const INITIAL_SIZE = 1 << 20
/** Address space that is reserved, not memory; halved until the system grants it. */
const MOST_RESERVED = 4 * 1024 ** 3 - 65536

/** Both views over the memory, as long as it was when they were made. */
export class ImageMemory {
  readonly buffer: SharedArrayBuffer
  octets: Uint8Array
  words: Int32Array

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.octets = new Uint8Array(0)
    this.words = new Int32Array(0)
    this.refresh()
  }

  static create(buffer: SharedArrayBuffer = reserve()): ImageMemory {
    const memory = new ImageMemory(buffer)
    memory.words[0] = FORMAT
    Atomics.store(memory.words, EPOCH, 1)
    Atomics.store(memory.words, FRONTIER, FIRST_UNIT)
    return memory
  }

  /** Makes the views as long as the memory is now. */
  refresh(): void {
    const { byteLength } = this.buffer
    this.octets = new Uint8Array(this.buffer, 0, byteLength)
    this.words = new Int32Array(this.buffer, 0, byteLength >>> 2)
  }

  /** Makes the views hold at least `octets`. Throws DnsError `limit-exceeded` when no more was reserved, `memory-exhausted`. */
  #ensure(octets: number): void {
    const { byteLength, maxByteLength } = this.buffer
    if (octets > byteLength) {
      const wanted = Math.max(octets, byteLength + Math.max(byteLength >>> 2, 4 << 20))
      growShared(this.buffer, Math.min(Math.ceil(wanted / 65536) * 65536, maxByteLength), 'the zones that are served')
    }
    if (this.buffer.byteLength !== this.octets.length) this.refresh()
  }

  /**
   * Takes an extent of so many units that no other thread gets, and returns its first unit. The views may be new ones afterwards.
   * Throws DnsError `limit-exceeded`, `memory-exhausted`.
   */
  takeExtent(units: number): number {
    const { maxByteLength } = this.buffer
    for (;;) {
      const start = Atomics.load(this.words, FRONTIER)
      const end = (start + units) * UNIT
      if (end > maxByteLength)
        throw new DnsError('limit-exceeded', `the zones need more than the ${maxByteLength} octets reserved for them`)
      if (Atomics.compareExchange(this.words, FRONTIER, start, start + units) !== start) continue
      try {
        this.#ensure(end)
        return start
      } catch (error) {
        this.giveExtent(start, start + units)
        throw error
      }
    }
  }

  /** Gives back an extent that ends at the frontier. Returns false, and nothing has changed, when it ends elsewhere. */
  giveExtent(start: number, end: number): boolean {
    return Atomics.compareExchange(this.words, FRONTIER, end, start) === end
  }

  /** Octets of memory that extents reach to. */
  get reachedOctets(): number {
    return Atomics.load(this.words, FRONTIER) * UNIT
  }

  /** Begins a reading in this slot and returns the unit of the root of the version that it sees until `leave`. */
  enter(slot: number): number {
    const { words } = this
    // Before the epoch: a writer that misses the bit has published before this reading loads the root.
    const used = USED_SLOTS + (slot >>> 5)
    if ((words[used]! & (1 << (slot & 31))) === 0) Atomics.or(words, used, 1 << (slot & 31))
    Atomics.store(words, FIRST_SLOT + slot * SLOT_STRIDE, Atomics.load(words, EPOCH))
    const root = Atomics.load(words, ROOT)
    if (this.buffer.byteLength !== this.octets.length) this.refresh()
    return root
  }

  leave(slot: number): void {
    Atomics.store(this.words, FIRST_SLOT + slot * SLOT_STRIDE, 0)
  }

  /** Publishes a version. Returns the epoch that ended: what the version no longer holds was retired in it. */
  publish(root: number): number {
    const { words } = this
    Atomics.store(words, ROOT, root)
    const epoch = Atomics.load(words, EPOCH)
    // Epochs go around their 32 bits; 0 would look like a slot that holds nothing.
    Atomics.store(words, EPOCH, (epoch + 1) | 0 || 1)
    return epoch
  }

  get epoch(): number {
    return Atomics.load(this.words, EPOCH)
  }

  get root(): number {
    return Atomics.load(this.words, ROOT)
  }

  /** The earliest epoch that a reader may still be in; what was retired before it can be used again. */
  oldestReading(): number {
    const { words } = this
    let oldest = Atomics.load(words, EPOCH)
    for (let group = 0; group < USED_WORDS; group++) {
      for (let used = Atomics.load(words, USED_SLOTS + group); used !== 0; used &= used - 1) {
        const slot = group * 32 + 31 - Math.clz32(used & -used)
        const epoch = Atomics.load(words, FIRST_SLOT + slot * SLOT_STRIDE)
        if (epoch !== 0 && isEarlier(epoch, oldest)) oldest = epoch
      }
    }
    return oldest
  }
}

/** Whether one epoch comes before another: in serial arithmetic, since epochs go around. */
export function isEarlier(epoch: number, other: number): boolean {
  return ((epoch - other) | 0) < 0
}

function reserve(): SharedArrayBuffer {
  for (let most = MOST_RESERVED; ; most = Math.floor(most / 2 / 65536) * 65536) {
    try {
      return new SharedArrayBuffer(INITIAL_SIZE, { maxByteLength: most })
    } catch (error) {
      if (most <= 64 << 20) throw error
    }
  }
}
