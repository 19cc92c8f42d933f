/**
 * A walk over all records of a zone in the image, for transfers and comparisons. It holds a reader's slot of its own until it is
 * closed, so that the version stays whole however long it takes.
 */
import { compareNames } from '../../dns/name/index.ts'
import { readU16, readU32 } from '../../dns/octets.ts'
import { RRSIG, SOA } from '../../dns/rr/index.ts'
import type { RecordWalk } from '../zone-change.ts'
import { ImageMemory } from './memory.ts'
import { findSet, firstSet, RECORD_FIXED, SET_WORDS, setCount, setRecords, setSignatures, setType } from './node.ts'
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

/** Records of a block in canonical order: by type, RRSIGs as type 46. Places of records, in octets. */
function placesOf(memory: ImageMemory, unit: number): number[] {
  const { words } = memory
  const places: number[] = []
  const sets = setCount(words, unit)
  let signaturesAt = -1
  for (let n = 0; n < sets; n++) {
    const set = firstSet(unit) + n * SET_WORDS
    if (signaturesAt < 0 && setType(words, set) > RRSIG.number) {
      signaturesAt = places.length
      addSignatures(memory, unit, places)
    }
    addRun(memory, unit * 8 + words[set + 2]!, setRecords(words, set), places)
  }
  if (signaturesAt < 0) addSignatures(memory, unit, places)
  return places
}

/** The signatures of all RRsets of a block; by the type they cover, which is how their RDATA begins. */
function addSignatures(memory: ImageMemory, unit: number, places: number[]): void {
  const { words } = memory
  const sets = setCount(words, unit)
  for (let n = 0; n < sets; n++) {
    const set = firstSet(unit) + n * SET_WORDS
    addRun(memory, unit * 8 + words[set + 2]! + words[set + 3]!, setSignatures(words, set), places)
  }
}

function addRun(memory: ImageMemory, from: number, count: number, places: number[]): void {
  let at = from
  for (let i = 0; i < count; i++) {
    places.push(at)
    at += RECORD_FIXED + readU16(memory.octets, at + 10)
  }
}

export class ImageWalk implements RecordWalk {
  readonly #memory: ImageMemory
  readonly #names: LeafWalk
  readonly #hashes: LeafWalk
  readonly #close: () => void
  #name: number
  #hash: number
  #places: number[] = []
  #next = 0
  /** The SOA, which comes first and is passed by later. */
  readonly #soa: number
  readonly #apexName: number
  #isFirst = true
  octets: Uint8Array
  ownerAt = 0
  type = 0
  ttl = 0
  rdataAt = 0
  rdataEnd = 0

  /** Walks the zone block at `unit` of a version that `close` lets go of. */
  constructor(memory: ImageMemory, unit: number, close: () => void) {
    this.#memory = memory
    this.#close = close
    this.octets = memory.octets
    const { words } = memory
    this.#names = new LeafWalk(words, unit * 2 + NAMES_ROOT)
    this.#hashes = new LeafWalk(words, unit * 2 + HASHES_ROOT)
    const apex = words[unit * 2 + ZONE_APEX]!
    const set = apex === 0 ? 0 : findSet(words, apex, SOA.number)
    this.#soa = set === 0 ? -1 : apex * 8 + words[set + 2]!
    this.#apexName = apex === 0 ? 0 : blockName(words, apex)
    this.#name = this.#names.next()
    this.#hash = this.#hashes.next()
  }

  step(): boolean {
    if (this.#soa < 0) return false
    if (this.#isFirst) {
      this.#isFirst = false
      this.ownerAt = this.#apexName
      this.#show(this.#soa)
      return true
    }
    for (;;) {
      const place = this.#places[this.#next++]
      if (place === undefined) {
        if (!this.#nextNode()) return false
      } else if (place !== this.#soa) {
        this.#show(place)
        return true
      }
    }
  }

  close(): void {
    this.#name = this.#hash = 0
    this.#places = []
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
        compareNames(this.octets, blockName(words, this.#name), this.octets, blockName(words, this.#hash)) <= 0)
    const unit = takesName ? this.#name : this.#hash
    if (takesName) this.#name = this.#names.next()
    else this.#hash = this.#hashes.next()
    this.ownerAt = blockName(words, unit)
    this.#places = placesOf(this.#memory, unit)
    this.#next = 0
    return true
  }
}

/** Opens walks in the image that `buffer` holds; `slots` are reader slots that nobody else uses. */
export class ImageWalks {
  readonly #buffer: SharedArrayBuffer
  readonly #free: number[]

  constructor(buffer: SharedArrayBuffer, slots: readonly number[]) {
    this.#buffer = buffer
    this.#free = [...slots]
  }

  /** A walk over the zone that `find` finds in the version that is current now; undefined when it finds none, or all slots are taken. */
  open(find: (memory: ImageMemory, root: number) => number): ImageWalk | undefined {
    const slot = this.#free.pop()
    if (slot === undefined) return undefined
    const memory = new ImageMemory(this.#buffer)
    const unit = find(memory, memory.enter(slot))
    let open = true
    const close = (): void => {
      if (!open) return
      open = false
      memory.leave(slot)
      this.#free.push(slot)
    }
    if (unit !== 0) return new ImageWalk(memory, unit, close)
    close()
    return undefined
  }
}
