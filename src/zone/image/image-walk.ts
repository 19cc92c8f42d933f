/**
 * A walk over all records of a zone in the image, for transfers and comparisons. It holds a reader's slot of its own until it is
 * closed, so that the version stays whole however long it takes: unless the memory of old versions is needed. Then the oldest
 * walks are broken off, and reading on throws.
 */
import { DnsError } from '../../dns/errors.ts'
import { compareNames } from '../../dns/name/index.ts'
import { readU16, readU32 } from '../../dns/octets.ts'
import { RRSIG, SOA } from '../../dns/rr/index.ts'
import type { RecordWalk } from '../zone-change.ts'
import { ImageMemory, isEarlier } from './memory.ts'
import {
  findSet,
  firstSet,
  RECORD_FIXED,
  recordsAt,
  SET_WORDS,
  setCount,
  setRecords,
  setSignatures,
  setType,
  signaturesAt,
} from './node.ts'
import { blockName, CELL_WORDS, twigCount } from './trie.ts'
import { HASHES_ROOT, NAMES_ROOT, ZONE_APEX } from './zone-entry.ts'

/** The leaves of a trie in order. */
class LeafWalk {
  readonly #words: Int32Array
  /** Cells still to be visited, the next one last. */
  readonly #waiting: number[]

  constructor(words: Int32Array, root: number) {
    this.#words = words
    this.#waiting = words[root + 2] === 0 ? [] : [root]
  }

  /** The unit of the next leaf's block, 0 behind the last. */
  next(): number {
    const words = this.#words
    for (let cell = this.#waiting.pop(); cell !== undefined; cell = this.#waiting.pop()) {
      const second = words[cell + 1]!
      if (second >= 0) return words[cell]!
      const twigs = words[cell + 2]! << 1
      for (let i = twigCount(words[cell]!, second) - 1; i >= 0; i--) this.#waiting.push(twigs + i * CELL_WORDS)
    }
    return 0
  }
}

/**
 * The records of a block in canonical order: by type, the RRSIGs of all RRsets where type 46 has its place; these by the type that
 * they cover, which is how their RDATA begins.
 */
class BlockWalk {
  readonly #words: Int32Array
  readonly #octets: Uint8Array
  #unit = 0
  #sets = 0
  /** RRsets whose records were walked, and whose signatures were: -1 before it is their turn. */
  #set = 0
  #signedSet = -1
  /** Records of the run at hand that are left, and the octet at which the next one stands. */
  #left = 0
  #at = 0

  constructor(memory: ImageMemory) {
    this.#words = memory.words
    this.#octets = memory.octets
  }

  begin(unit: number): void {
    this.#unit = unit
    this.#sets = setCount(this.#words, unit)
    this.#set = 0
    this.#signedSet = -1
    this.#left = 0
  }

  /** There is no next record. */
  end(): void {
    this.#sets = this.#set = this.#signedSet = this.#left = 0
  }

  /** The octet at which the next record stands, -1 behind the last. */
  next(): number {
    while (this.#left === 0) if (!this.#nextRun()) return -1
    this.#left--
    const at = this.#at
    this.#at = at + RECORD_FIXED + readU16(this.#octets, at + 10)
    return at
  }

  #nextRun(): boolean {
    const words = this.#words
    const first = firstSet(this.#unit)
    if (this.#signedSet >= 0 && this.#signedSet < this.#sets) {
      const set = first + this.#signedSet++ * SET_WORDS
      this.#at = signaturesAt(words, this.#unit, set)
      this.#left = setSignatures(words, set)
      return true
    }
    const set = first + this.#set * SET_WORDS
    const isBehind = this.#set === this.#sets
    if (this.#signedSet < 0 && (isBehind || setType(words, set) > RRSIG.number)) {
      this.#signedSet = 0
      return true
    }
    if (isBehind) return false
    this.#set++
    this.#at = recordsAt(words, this.#unit, set)
    this.#left = setRecords(words, set)
    return true
  }
}

export class ImageWalk implements RecordWalk {
  readonly #memory: ImageMemory
  /** The zone block. */
  readonly unit: number
  readonly #names: LeafWalk
  readonly #hashes: LeafWalk
  readonly #close: () => void
  #name: number
  #hash: number
  /** The records of the name at hand. */
  readonly #block: BlockWalk
  /** The SOA, which comes first and is passed by later. */
  readonly #soa: number
  readonly #apexName: number
  #isFirst = true
  #isBrokenOff = false
  readonly #octets: Uint8Array
  readonly holdsStill: boolean = true
  ownerAt = 0
  type = 0
  ttl = 0
  rdataAt = 0
  rdataEnd = 0

  /** Walks the zone block at `unit` of a version that `close` lets go of. */
  constructor(memory: ImageMemory, unit: number, close: () => void) {
    this.#memory = memory
    this.unit = unit
    this.#close = close
    this.#octets = memory.octets
    this.#block = new BlockWalk(memory)
    const { words } = memory
    this.#names = new LeafWalk(words, unit * 2 + NAMES_ROOT)
    this.#hashes = new LeafWalk(words, unit * 2 + HASHES_ROOT)
    const apex = words[unit * 2 + ZONE_APEX]!
    const set = apex === 0 ? 0 : findSet(words, apex, SOA.number)
    this.#soa = set === 0 ? -1 : recordsAt(words, apex, set)
    this.#apexName = apex === 0 ? 0 : blockName(words, apex)
    this.#name = this.#names.next()
    this.#hash = this.#hashes.next()
  }

  /** Throws DnsError `limit-exceeded` when the walk was broken off: other records may stand there now. */
  get octets(): Uint8Array {
    if (this.#isBrokenOff) throw brokenOff()
    return this.#octets
  }

  /** Throws DnsError `limit-exceeded` when the walk was broken off. */
  step(): boolean {
    if (this.#soa < 0) return false
    if (this.#isBrokenOff) throw brokenOff()
    if (this.#isFirst) {
      this.#isFirst = false
      this.ownerAt = this.#apexName
      this.#show(this.#soa)
      return true
    }
    for (;;) {
      const place = this.#block.next()
      if (place < 0) {
        if (!this.#nextNode()) return false
      } else if (place !== this.#soa) {
        this.#show(place)
        return true
      }
    }
  }

  close(): void {
    this.#name = this.#hash = 0
    this.#block.end()
    this.#close()
  }

  get isBrokenOff(): boolean {
    return this.#isBrokenOff
  }

  /** Lets go of the version, though the walk is not at its end. */
  breakOff(): void {
    this.#isBrokenOff = true
    this.#close()
  }

  #show(place: number): void {
    const { octets } = this
    this.type = readU16(octets, place + 2)
    this.ttl = readU32(octets, place + 6)
    this.rdataAt = place + RECORD_FIXED
    this.rdataEnd = this.rdataAt + readU16(octets, place + 10)
  }

  /** Goes on to the next name of both tries. A name that stands in both has its hashed records behind the others. */
  #nextNode(): boolean {
    const { words } = this.#memory
    if (this.#name === 0 && this.#hash === 0) return false
    const takesName =
      this.#hash === 0 ||
      (this.#name !== 0 &&
        compareNames(this.#octets, blockName(words, this.#name), this.#octets, blockName(words, this.#hash)) <= 0)
    const unit = takesName ? this.#name : this.#hash
    if (takesName) this.#name = this.#names.next()
    else this.#hash = this.#hashes.next()
    this.ownerAt = blockName(words, unit)
    this.#block.begin(unit)
    return true
  }
}

function brokenOff(): DnsError {
  return new DnsError('limit-exceeded', 'the reading of a zone took too long: its version is gone')
}

/** A walk that is open, and the epoch that its slot holds. */
type OpenWalk = { readonly walk: ImageWalk; readonly epoch: number }

/** Opens walks in the image that `buffer` holds; `slots` are reader slots that nobody else uses. */
export class ImageWalks {
  readonly #buffer: SharedArrayBuffer
  readonly #slots: number
  readonly #reserved: number
  readonly #free: number[]
  /** In the order in which they were opened. */
  readonly #open = new Set<OpenWalk>()

  /** `reserved`: of the slots, those that walks for clients leave free. */
  constructor(buffer: SharedArrayBuffer, slots: readonly number[], reserved: number) {
    this.#buffer = buffer
    this.#slots = slots.length
    this.#reserved = reserved
    this.#free = [...slots]
  }

  get openWalks(): number {
    return this.#open.size
  }

  /**
   * A walk over the zone that `find` finds in the version that is current now; undefined when it finds none. `isForClient`: it
   * lasts as long as a client takes. Throws DnsError `limit-exceeded` when too many are open.
   */
  open(find: (memory: ImageMemory, root: number) => number, isForClient: boolean): ImageWalk | undefined {
    const reserved = isForClient ? this.#reserved : 0
    const slot = this.#free.length > reserved ? this.#free.pop() : undefined
    if (slot === undefined)
      throw new DnsError('limit-exceeded', `too many readings of zones go on (${this.#slots - reserved})`)
    const memory = new ImageMemory(this.#buffer)
    const epoch = memory.epoch
    let open: OpenWalk | undefined
    let isClosed = false
    const close = (): void => {
      if (isClosed) return
      isClosed = true
      memory.leave(slot)
      this.#free.push(slot)
      if (open !== undefined) this.#open.delete(open)
    }
    try {
      const unit = find(memory, memory.enter(slot))
      if (unit !== 0) {
        open = { walk: new ImageWalk(memory, unit, close), epoch }
        this.#open.add(open)
        return open.walk
      }
    } catch (error) {
      close()
      throw error
    }
    close()
    return undefined
  }

  /** Breaks off the walks that hold the oldest version. Returns how many; 0 when a version older than theirs is held by others. */
  breakOffOldest(): number {
    const [oldest] = this.#open
    if (oldest === undefined || isEarlier(new ImageMemory(this.#buffer).oldestReading(), oldest.epoch)) return 0
    let count = 0
    for (const { walk, epoch } of this.#open) {
      if (epoch !== oldest.epoch) break
      walk.breakOff()
      count++
    }
    return count
  }
}
