/**
 * Growing octet buffers: `OctetWriter` for wire format, and the text tables that parsers and printers share.
 * Callers reserve with `ensure` and then store directly, so that inner loops pay no bounds arithmetic per octet.
 *
 * `octets[i]!` in this project: an index that the code around it has bounded. It is used in octet loops only, where a check
 * for undefined would cost; everywhere else an absent value is handled.
 */
import { DnsError } from './errors.ts'
import { allocate, allocateShared, growShared } from './memory.ts'

/** From this many octets on the language's own copy is the fastest. */
const LONG = 1024
const NO_VIEW: DataView = new DataView(new ArrayBuffer(0))

/** Who answers for memory. `take` is called before octets are allocated and may throw; `give` when they are of no use any more. */
export type MemoryAccount = { take(octets: number): void; give(octets: number): void }

/** Shared memory that has grown to so many octets grows in place from then on, */
const GROWABLE_FROM = 1 << 20
/** to so many times as much, and no more than this: address space is reserved for it. */
const GROWABLE_TIMES = 128
const MOST_GROWABLE = 2 ** 32

export class OctetWriter {
  octets: Uint8Array
  length = 0
  #view: DataView = NO_VIEW
  #viewOf: Uint8Array | undefined
  #firstView: DataView = NO_VIEW
  #firstOf: Uint8Array | undefined
  #secondView: DataView = NO_VIEW
  #secondOf: Uint8Array | undefined
  readonly #shared: boolean
  readonly #limit: number
  readonly #what: string
  readonly #account: MemoryAccount | undefined

  /**
   * `shared`: the memory is a SharedArrayBuffer, so that workers can read it. `limit`: most octets it may ever hold. `what`: what
   * it holds, for the error when there is not enough memory. `account`: answers for the memory before it is allocated.
   */
  constructor(
    capacity = 512,
    options: { shared?: boolean; limit?: number; what?: string; account?: MemoryAccount | undefined } = {},
  ) {
    this.#shared = options.shared ?? false
    this.#limit = options.limit ?? 0xffffffff
    this.#what = options.what ?? 'names and records'
    this.#account = options.account
    this.octets = this.#allocate(Math.min(capacity, this.#limit))
  }

  #allocate(capacity: number): Uint8Array {
    this.#account?.take(capacity)
    return new Uint8Array(this.#shared ? allocateShared(capacity, this.#what) : allocate(capacity, this.#what))
  }

  /** Makes room for `n` more octets. Throws DnsError `limit-exceeded` beyond the limit, `memory-exhausted`, or what the account throws. */
  ensure(n: number): void {
    const need = this.length + n
    if (need <= this.octets.length) return
    if (need > this.#limit)
      throw new DnsError('limit-exceeded', `more than the ${this.#limit} octets that there is room for`)
    const capacity = Math.min(this.#limit, Math.max(need, this.octets.length * 2))
    if (this.#growInPlace(capacity)) return
    const isGrowable = this.#shared && capacity >= GROWABLE_FROM && capacity < MOST_GROWABLE
    const grown = isGrowable ? this.#allocateGrowable(capacity) : this.#allocate(capacity)
    grown.set(this.octets.length === this.length ? this.octets : this.octets.subarray(0, this.length))
    this.#account?.give(this.octets.length)
    this.octets = grown
  }

  /** Large shared memory grows without being copied: to copy 64 MB would hold up the thread for 0.2 s. */
  #growInPlace(capacity: number): boolean {
    const { buffer } = this.octets
    if (!(buffer instanceof SharedArrayBuffer && buffer.growable && capacity <= buffer.maxByteLength)) return false
    this.#account?.take(capacity - this.octets.length)
    growShared(buffer, capacity, this.#what)
    // With its length: a view that follows that of the memory is read half as fast.
    this.octets = new Uint8Array(buffer, 0, capacity)
    return true
  }

  #allocateGrowable(capacity: number): Uint8Array {
    this.#account?.take(capacity)
    const most = Math.min(this.#limit, capacity * GROWABLE_TIMES, MOST_GROWABLE)
    return new Uint8Array(allocateShared(capacity, this.#what, most), 0, capacity)
  }

  u8(value: number): void {
    this.ensure(1)
    this.octets[this.length++] = value
  }

  u16(value: number): void {
    this.ensure(2)
    this.octets[this.length++] = value >>> 8
    this.octets[this.length++] = value
  }

  u32(value: number): void {
    this.ensure(4)
    this.octets[this.length++] = value >>> 24
    this.octets[this.length++] = value >>> 16
    this.octets[this.length++] = value >>> 8
    this.octets[this.length++] = value
  }

  /** 48 bits, from a safe integer (EUI-48, TSIG times). */
  u48(value: number): void {
    this.u16(Math.floor(value / 0x100000000))
    this.u32(value >>> 0)
  }

  bytes(source: Uint8Array, from = 0, to = source.length): void {
    const n = to - from
    this.ensure(n)
    const target = this.octets
    let at = this.length
    this.length += n
    if (n < 32) {
      for (let i = from; i < to; i++) target[at++] = source[i]!
    } else if (n > LONG || this.#viewOf === undefined) {
      target.set(from === 0 && to === source.length ? source : source.subarray(from, to), at)
    } else {
      // Eight octets at a time: three times as fast as one by one, and `set` costs a view for each call.
      const view = this.#viewOfTarget()
      const sourceView = this.#viewOfSource(source)
      let i = from
      for (const last = to - 8; i <= last; i += 8, at += 8)
        view.setBigUint64(at, sourceView.getBigUint64(i, true), true)
      while (i < to) target[at++] = source[i++]!
    }
  }

  /**
   * Writes to this memory from now on, from its start; `view` is one over the same octets, made once for many uses. A writer that
   * was told so copies faster, and keeps hold of what it copied from last.
   */
  use(octets: Uint8Array, view: DataView): void {
    this.octets = octets
    this.#view = view
    this.#viewOf = octets
    this.length = 0
  }

  /** Views over the octets that were copied from last: mostly the same two in turn. */
  #viewOfSource(source: Uint8Array): DataView {
    if (this.#firstOf === source) return this.#firstView
    if (this.#secondOf === source) return this.#secondView
    this.#secondView = this.#firstView
    this.#secondOf = this.#firstOf
    this.#firstView = new DataView(source.buffer, source.byteOffset, source.length)
    this.#firstOf = source
    return this.#firstView
  }

  #viewOfTarget(): DataView {
    if (this.#viewOf !== this.octets) {
      this.#view = new DataView(this.octets.buffer, this.octets.byteOffset, this.octets.length)
      this.#viewOf = this.octets
    }
    return this.#view
  }

  /** Stores a 16-bit value at an earlier place: a length that is known only now. */
  patchU16(at: number, value: number): void {
    this.octets[at] = value >>> 8
    this.octets[at + 1] = value
  }

  /** A copy of what was written, in memory of its own. */
  copy(from = 0): Uint8Array {
    return this.octets.slice(from, this.length)
  }

  clear(): void {
    this.length = 0
  }
}

export function readU16(octets: Uint8Array, at: number): number {
  return (octets[at]! << 8) | octets[at + 1]!
}

export function readU32(octets: Uint8Array, at: number): number {
  return ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0
}

/** Stores 32 bits at `at`, for which there is room. */
export function writeU32(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 24
  octets[at + 1] = value >>> 16
  octets[at + 2] = value >>> 8
  octets[at + 3] = value
}

export function readU48(octets: Uint8Array, at: number): number {
  return readU16(octets, at) * 0x100000000 + readU32(octets, at + 2)
}

/** A copy of `octets[from, to)` in memory of its own. `slice` would do, were it not that a Buffer's slice is no copy. */
export function copyOctets(octets: Uint8Array, from: number, to: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(to - from)
  copy.set(octets.subarray(from, to))
  return copy
}

const SLAB = 1 << 16
/** Above this a piece has memory of its own. */
const PIECE = 4096
/** The rest of it is zero: no piece is given out twice. */
let slab = new Uint8Array(SLAB)
let slabUsed = 0

/**
 * Zero octets in memory that is shared with other pieces: for what is let go of within seconds, such as a packet on its way. Memory of
 * its own costs the collector more than all the octets in it; but whoever keeps one piece keeps its neighbours.
 */
export function shortLivedRoom(size: number): Uint8Array<ArrayBuffer> {
  if (size > PIECE) return new Uint8Array(size)
  if (slabUsed + size > SLAB) {
    slab = new Uint8Array(SLAB)
    slabUsed = 0
  }
  const at = slabUsed
  slabUsed += size
  return slab.subarray(at, slabUsed)
}

/** A copy of `octets[from, to)` in such memory. */
export function shortLivedCopy(octets: Uint8Array, from: number, to: number): Uint8Array<ArrayBuffer> {
  const copy = shortLivedRoom(to - from)
  if (to - from > 512) copy.set(octets.subarray(from, to))
  else for (let i = from, at = 0; i < to; i++, at++) copy[at] = octets[i]!
  return copy
}

/** memcmp of two ranges: negative, 0 or positive; a range that is a prefix of the other comes first. */
export function compareOctets(
  a: Uint8Array,
  aFrom: number,
  aTo: number,
  b: Uint8Array,
  bFrom: number,
  bTo: number,
): number {
  const n = Math.min(aTo - aFrom, bTo - bFrom)
  for (let i = 0; i < n; i++) {
    const d = a[aFrom + i]! - b[bFrom + i]!
    if (d !== 0) return d
  }
  return aTo - aFrom - (bTo - bFrom)
}

export function equalOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareOctets(a, 0, a.length, b, 0, b.length) === 0
}
