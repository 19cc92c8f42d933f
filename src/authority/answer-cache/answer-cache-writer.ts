/**
 * The hand that fills the answer cache: there is one, that of the control thread. What it puts is seen by all readers at once.
 * It holds ready messages and knows nothing of why they are true: whoever takes data back must remove what was made of it.
 */
import { LOWER, type Name } from '../../dns/name/index.ts'
import { readU16 } from '../../dns/octets.ts'
import { CLASS_IN } from '../../dns/rr/index.ts'
import { HEADER_SIZE, RecordCursor } from '../../dns/wire/index.ts'
import type { Random, SteadySeconds } from '../../ports/index.ts'
import {
  AnswerMemory,
  BUCKET_SLOTS,
  ENTRY_EXPIRES,
  ENTRY_HASH,
  ENTRY_KEY,
  ENTRY_LENGTHS,
  ENTRY_OPTIONS,
  ENTRY_REFRESH,
  ENTRY_SIZE,
  ENTRY_STORED,
  keyOf,
  UNIT,
} from './answer-memory.ts'

/** An answer as it is sent to whoever asks. */
export type ReadyAnswer = {
  /**
   * The message: header with AA, AD and RCODE as for a client that knows of AD, one question of class IN, records without OPT.
   * ID, RD, CD and RA are those of the client each time, and so is the case of the question's name: records may point to it.
   */
  readonly octets: Uint8Array
  /** Whether it was made for a client that set DO. */
  readonly dnssecOk: boolean
  /** Whether it was made for a client that set CD. */
  readonly checkingDisabled: boolean
  /** Not given after this time. */
  readonly expires: SteadySeconds
  /** What options of OPT the answer has of its own, in wire form: extended errors (RFC 8914). */
  readonly options?: Uint8Array
  /** From this time on, the first who asks has a copy of his query handed over, so that the answer can be refreshed. */
  readonly refreshFrom?: SteadySeconds
}

/** Used entries that are appended once more for one that is put; beyond them they are lost like others. */
const MOST_KEPT = 16
const NO_OPTIONS = new Uint8Array(0)

export class AnswerCacheWriter {
  readonly memory: AnswerMemory
  /** Where the next entry goes. */
  #head: number
  #entries = 0
  #evicted = 0
  /** Units that stay free between what is written and TAIL. */
  readonly #gap: number
  readonly #cursor = new RecordCursor()
  #ttls = new Uint16Array(64)

  /** A cache of some `octets`, rounded down to a power of two. */
  static create(octets: number, random: Random): AnswerCacheWriter {
    return new AnswerCacheWriter(AnswerMemory.create(octets, random))
  }

  /** `memory` is new: nobody has written to it. `begin`: the first position, a multiple of the units of the ring. */
  constructor(memory: AnswerMemory, begin: number = memory.ringUnits) {
    this.memory = memory
    this.#gap = memory.ringUnits >>> 3
    this.#head = begin
    memory.tail = this.#head
  }

  /** What readers are given. */
  get buffer(): SharedArrayBuffer {
    return this.memory.buffer
  }

  /** Answers that can be found, octets that they and what is left of others take, answers that made room. */
  get figures(): { readonly entries: number; readonly octets: number; readonly evicted: number } {
    const octets = ((this.#head - this.memory.tail) >>> 0) * UNIT
    return { entries: this.#entries, octets, evicted: this.#evicted }
  }

  /** Puts an answer in place of an earlier one to the same question. Returns whether it is there: not when it is malformed or too long. */
  put(answer: ReadyAnswer, now: SteadySeconds): boolean {
    const { octets, options = NO_OPTIONS, expires, refreshFrom = 0 } = answer
    if (expires <= now || octets.length > 65535) return false
    const nameEnd = this.#nameEnd(octets)
    if (nameEnd < 0) return false
    const ttls = this.#findTtls(octets, nameEnd + 4)
    if (ttls < 0) return false
    const { memory } = this
    const key = keyOf(readU16(octets, nameEnd), answer.dnssecOk, answer.checkingDisabled)
    const hash = memory.hash(octets, HEADER_SIZE, nameEnd, key)
    const ttlsAt = evenAfter(ENTRY_SIZE + octets.length + options.length)
    const units = Math.ceil((ttlsAt + ttls * 2) / UNIT)
    if (units > this.#gap || !this.#makeRoom(units, now, MOST_KEPT)) return false
    const at = memory.place(this.#head)
    const words = memory.ringWords
    const word = at >>> 2
    words[word] = units
    words[word + ENTRY_HASH] = hash
    words[word + ENTRY_STORED] = now
    words[word + ENTRY_EXPIRES] = expires
    words[word + ENTRY_REFRESH] = refreshFrom
    words[word + ENTRY_KEY] = key
    words[word + ENTRY_LENGTHS] = octets.length | (ttls << 16)
    words[word + ENTRY_OPTIONS] = options.length
    const { ring } = memory
    ring.set(octets, at + ENTRY_SIZE)
    for (let i = HEADER_SIZE; i < nameEnd; i++) ring[at + ENTRY_SIZE + i] = LOWER[octets[i]!]!
    ring.set(options, at + ENTRY_SIZE + octets.length)
    memory.ringHalves.set(this.#ttls.subarray(0, ttls), (at + ttlsAt) >>> 1)
    this.#enter(hash, key, at + ENTRY_SIZE, nameEnd - HEADER_SIZE, this.#head)
    this.#head = (this.#head + units) | 0
    return true
  }

  /** Takes out the answers to a name: of one type, or of all. Returns how many there were. */
  remove(name: Name, type?: number): number {
    if (type === undefined)
      return this.#removeAll((at, end) => end - at === name.octets.length && this.#endsIn(at, name))
    const { memory } = this
    let removed = 0
    for (const dnssecOk of [false, true]) {
      for (const checkingDisabled of [false, true]) {
        const key = keyOf(type, dnssecOk, checkingDisabled)
        const hash = memory.hash(name.octets, 0, name.octets.length, key)
        const slot = this.#slotOf(hash, key, name.octets, 0, name.octets.length)
        if (slot < 0) continue
        this.#empty(slot)
        removed++
      }
    }
    return removed
  }

  /** Takes out the answers to a name and to all names below it. Returns how many there were. */
  removeSubtree(name: Name): number {
    const { octets } = name
    const { ring } = this.memory
    return this.#removeAll((at, end) => {
      while (end - at > octets.length) at += ring[at]! + 1
      return end - at === octets.length && this.#endsIn(at, name)
    })
  }

  clear(): void {
    for (let slot = 0; slot < this.memory.slots.length / 2; slot++) this.#empty(slot)
    this.memory.tail = this.#head
  }

  #endsIn(at: number, name: Name): boolean {
    const { octets } = name
    for (let i = 0; i < octets.length; i++) if (this.memory.ring[at + i] !== LOWER[octets[i]!]) return false
    return true
  }

  /** Takes out all entries for whose question's name, `ring[at, end)`, `concerns` is true. */
  #removeAll(concerns: (at: number, end: number) => boolean): number {
    const { memory } = this
    let removed = 0
    for (let slot = 0; slot < memory.slots.length / 2; slot++) {
      const position = memory.slots[slot * 2 + 1] ?? 0
      if (position === 0) continue
      const at = memory.place(position) + ENTRY_SIZE + HEADER_SIZE
      let end = at
      while (memory.ring[end] !== 0) end += memory.ring[end]! + 1
      if (!concerns(at, end + 1)) continue
      this.#empty(slot)
      removed++
    }
    return removed
  }

  /** Where the name of the one question ends; -1 when the message is not as it should be. */
  #nameEnd(octets: Uint8Array): number {
    if (octets.length < HEADER_SIZE + 5 || readU16(octets, 4) !== 1) return -1
    let at = HEADER_SIZE
    for (let length = octets[at]!; length !== 0; length = octets[at]!) {
      if (length > 63) return -1
      at += length + 1
      if (at >= octets.length) return -1
    }
    at++
    return at + 4 <= octets.length && readU16(octets, at + 2) === CLASS_IN ? at : -1
  }

  /** Notes where the TTLs of all records stand; returns how many, -1 when the records are not as the header says. */
  #findTtls(octets: Uint8Array, recordsAt: number): number {
    const cursor = this.#cursor
    const [answers, authorities, additionals] = [readU16(octets, 6), readU16(octets, 8), readU16(octets, 10)]
    cursor.start(octets, recordsAt, octets.length, answers, authorities, additionals)
    let count = 0
    while (cursor.step()) {
      if (count === this.#ttls.length) {
        const more = new Uint16Array(count * 2)
        more.set(this.#ttls)
        this.#ttls = more
      }
      this.#ttls[count++] = cursor.rdataAt - 6
    }
    return cursor.malformed || cursor.next !== octets.length ? -1 : count
  }

  /** Frees room for an entry of so many units at the head. */
  #makeRoom(units: number, now: SteadySeconds, mayKeep: number): boolean {
    const { memory } = this
    // An entry lies in one piece, and never at position 0, which means none.
    const left = memory.ringUnits - (this.#head & (memory.ringUnits - 1))
    const skip = left < units ? left : this.#head === 0 ? 1 : 0
    let kept = 0
    while (((this.#head - memory.tail) >>> 0) + skip + units + this.#gap > memory.ringUnits) {
      const keep = kept < mayKeep ? this.#evictOldest(now) : this.#evictOldest(Number.POSITIVE_INFINITY)
      if (keep === undefined) continue
      kept++
      this.#keep(keep)
      // The head has moved on.
      return this.#makeRoom(units, now, mayKeep - kept)
    }
    if (skip > 0) {
      memory.ringWords[memory.place(this.#head) >>> 2] = skip
      this.#head = (this.#head + skip) | 0
    }
    return true
  }

  /** Takes out the oldest entry. Returns its octets when it was used and is good still: it deserves to be kept. */
  #evictOldest(now: SteadySeconds): Uint8Array | undefined {
    const { memory } = this
    const position = memory.tail
    const at = memory.place(position)
    const words = memory.ringWords
    const units = words[at >>> 2]!
    let kept: Uint8Array | undefined
    const slot = this.#slotAt(words[(at >>> 2) + ENTRY_HASH]!, position)
    if (slot >= 0) {
      const isUsed = memory.marks[slot * 2] !== 0 && words[(at >>> 2) + ENTRY_EXPIRES]! > now
      if (isUsed) kept = memory.ring.slice(at, at + units * UNIT)
      else this.#evicted++
      this.#empty(slot)
    }
    memory.tail = (position + units) | 0
    return kept
  }

  /** Appends an entry once more, if it fits into the room that there is. */
  #keep(entry: Uint8Array): void {
    const { memory } = this
    const units = entry.length / UNIT
    const left = memory.ringUnits - (this.#head & (memory.ringUnits - 1))
    const fits = ((this.#head - memory.tail) >>> 0) + units + this.#gap <= memory.ringUnits
    if (left < units || this.#head === 0 || !fits) {
      this.#evicted++
      return
    }
    const at = memory.place(this.#head)
    memory.ring.set(entry, at)
    const words = memory.ringWords
    const word = at >>> 2
    const name = at + ENTRY_SIZE + HEADER_SIZE
    let end = name
    while (memory.ring[end] !== 0) end += memory.ring[end]! + 1
    this.#enter(words[word + ENTRY_HASH]!, words[word + ENTRY_KEY]!, at + ENTRY_SIZE, end + 1 - name, this.#head)
    this.#head = (this.#head + units) | 0
  }

  /** Lets the entry at `position` be found; its message stands at `message`. */
  #enter(hash: number, key: number, message: number, nameLength: number, position: number): void {
    const { memory } = this
    const { slots, marks } = memory
    const from = message + HEADER_SIZE
    let slot = this.#slotOf(hash, key, memory.ring, from, from + nameLength)
    if (slot < 0) {
      slot = this.#freeSlot(memory.bucket(hash))
      this.#entries++
    }
    marks[slot * 2] = 0
    marks[slot * 2 + 1] = 0
    // Whoever sees the new tag with the old position finds another question there.
    slots[slot * 2] = hash
    Atomics.store(slots, slot * 2 + 1, position)
  }

  /** A slot of the bucket that is free, or is freed. */
  #freeSlot(bucket: number): number {
    const { slots, marks } = this.memory
    let unused = -1
    for (let slot = bucket; slot < bucket + BUCKET_SLOTS; slot++) {
      if (slots[slot * 2 + 1] === 0) return slot
      if (unused < 0 && marks[slot * 2] === 0) unused = slot
    }
    if (unused < 0) {
      unused = bucket + (this.#head & (BUCKET_SLOTS - 1))
      for (let slot = bucket; slot < bucket + BUCKET_SLOTS; slot++) marks[slot * 2] = 0
    }
    this.#evicted++
    this.#empty(unused)
    return unused
  }

  /** The slot of a question, -1 when it is not there. */
  #slotOf(hash: number, key: number, name: Uint8Array, from: number, to: number): number {
    const { memory } = this
    const { slots, ring, ringWords } = memory
    const bucket = memory.bucket(hash)
    for (let slot = bucket; slot < bucket + BUCKET_SLOTS; slot++) {
      const position = slots[slot * 2 + 1]!
      if (position === 0 || slots[slot * 2] !== hash) continue
      const at = memory.place(position)
      if (ringWords[(at >>> 2) + ENTRY_KEY] !== key) continue
      if (isName(ring, at + ENTRY_SIZE + HEADER_SIZE, name, from, to)) return slot
    }
    return -1
  }

  #slotAt(hash: number, position: number): number {
    const { slots, bucket } = { slots: this.memory.slots, bucket: this.memory.bucket(hash) }
    for (let slot = bucket; slot < bucket + BUCKET_SLOTS; slot++) if (slots[slot * 2 + 1] === position) return slot
    return -1
  }

  #empty(slot: number): void {
    const { slots, marks } = this.memory
    if (slots[slot * 2 + 1] !== 0) this.#entries--
    Atomics.store(slots, slot * 2 + 1, 0)
    marks[slot * 2] = 0
    marks[slot * 2 + 1] = 0
  }
}

function evenAfter(at: number): number {
  return (at + 1) & ~1
}

/** Whether the name in lower case that stands at `at` of the ring is `name[from, to)` in any case. */
function isName(ring: Uint8Array, at: number, name: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++, at++) if (ring[at] !== LOWER[name[i]!]) return false
  return true
}
