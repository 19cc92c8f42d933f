/**
 * Proofs of absence for clients that ask for them: which NSEC (RFC 4035 §3.1.3) or NSEC3 records (RFC 5155 §7.2) go into the
 * authority section in each case. A record that several parts of a proof need is added once.
 *
 * Zones prove absence with what they have: one whose chain has gaps gives the records that there are. The same goes for what one
 * query may cost: with many iterations and names far above which no NSEC3 record stands, a proof stays short.
 */
import { dropLabels, LOWER, MAX_NAME, skipName } from '../dns/name/index.ts'
import { readU16 } from '../dns/octets.ts'
import { NSEC, NSEC3 } from '../dns/rr/index.ts'
import { type MessageBuilder, SECTION_AUTHORITY } from '../dns/wire/index.ts'
import { NSEC3_HASH_LENGTH, nsec3Hash } from '../dnssec/index.ts'
import {
  DENIAL_NONE,
  DENIAL_NSEC,
  DENIAL_TOO_COSTLY,
  findSet,
  type ImageReader,
  LEAF_CUT,
  LEAF_DNAME,
  RECORD_FIXED,
  recordsAt,
  ZONE_APEX,
  ZONE_APEX_NSEC3,
  ZONE_DENIAL,
  ZONE_ITERATIONS,
  ZONE_SALT,
} from '../zone/index.ts'
import { BY_NAME, putReadyBelow, putRrset, writeWildcard } from './rrsets.ts'

/** NSEC3 records of another chain that a search may pass by before it gives up. */
const MOST_FOREIGN = 64
/** Names without an NSEC record that a search may pass by: more than the empty non-terminals above any name. */
const MOST_GAPS = 130
/** Closest enclosers whose part of the proof is remembered. */
const REMEMBERED = 256
/** Digests that one query may take: a millisecond. With 500 iterations, the most for which there are proofs, ten hashes. */
const MOST_DIGESTS = 5010
const NO_SALT = new Uint8Array(0)

export class Proofs {
  readonly #reader: ImageReader
  readonly #builder: MessageBuilder
  /** Blocks that stand in the message already. */
  readonly #added = new Int32Array(64)
  #addedCount = 0
  #digests = 0
  /** Where the apex of the zone stands in the message, BY_NAME when that is not known. */
  apexOffset: number = BY_NAME
  readonly #hash = new Uint8Array(NSEC3_HASH_LENGTH)
  readonly #name = new Uint8Array(MAX_NAME + 2)
  /** Node of an encloser, block of its NSEC3 record, block of that which covers its wildcard. Good for one edition. */
  readonly #enclosers = new Int32Array(REMEMBERED * 3)
  #edition = 0
  #salt = NO_SALT
  #saltOf = 0

  constructor(reader: ImageReader, builder: MessageBuilder) {
    this.#reader = reader
    this.#builder = builder
  }

  /** Before each message. */
  begin(): void {
    this.#addedCount = 0
    this.#digests = 0
    this.apexOffset = BY_NAME
    const { edition } = this.#reader
    if (this.#edition === edition) return
    this.#edition = edition
    this.#enclosers.fill(0)
    this.#saltOf = 0
  }

  /** The name is there (at `node`), the type is not. */
  noData(zone: number, node: number, name: Uint8Array, at: number): void {
    const denial = this.#denial(zone)
    if (denial === DENIAL_NONE) return
    if (denial === DENIAL_NSEC) {
      if (!this.#addSet(node, NSEC.number)) this.#addCoveringNsec(zone, name, at)
    } else if (!this.#addMatching(zone, name, at)) this.#closestProvable(zone, name, at)
  }

  /** Neither the name nor a wildcard that would stand for it is there. `encloser` is the closest encloser's node. */
  noName(zone: number, encloser: number, name: Uint8Array, at: number): void {
    const denial = this.#denial(zone)
    if (denial === DENIAL_NONE) return
    if (denial === DENIAL_NSEC) {
      this.#addCoveringNsec(zone, name, at)
      writeWildcard(this.#reader, encloser, this.#name)
      this.#addCoveringNsec(zone, this.#name, 0)
      return
    }
    const slot = this.#rememberEncloser(zone, encloser)
    const match = this.#enclosers[slot + 1]!
    const nextCloser = this.#nextCloser(name, at, encloser)
    if (match === 0) {
      const provable = this.#closestProvable(zone, name, dropLabels(name, nextCloser, 1))
      if (provable < 0) return
      this.#name[0] = 1
      this.#name[1] = 0x2a
      const end = skipName(name, provable)
      for (let i = provable; i < end; i++) this.#name[2 + i - provable] = name[i]!
      this.#addCovering(zone, this.#name, 0)
      return
    }
    this.#add(match)
    this.#addCovering(zone, name, nextCloser)
    const wildcard = this.#enclosers[slot + 2]!
    if (wildcard !== 0) this.#add(wildcard)
  }

  /** The answer came from a wildcard: the name itself is not there (RFC 4035 §3.1.3.3, RFC 5155 §7.2.6). */
  wildcard(zone: number, encloser: number, name: Uint8Array, at: number): void {
    const denial = this.#denial(zone)
    if (denial === DENIAL_NONE) return
    if (denial === DENIAL_NSEC) this.#addCoveringNsec(zone, name, at)
    else this.#addCovering(zone, name, this.#nextCloser(name, at, encloser))
  }

  /** A wildcard stands for the name, and has no data of the type (RFC 4035 §3.1.3.4, RFC 5155 §7.2.5). */
  wildcardNoData(zone: number, encloser: number, wildcard: number, name: Uint8Array, at: number): void {
    const denial = this.#denial(zone)
    if (denial === DENIAL_NONE) return
    if (denial === DENIAL_NSEC) {
      this.#addCoveringNsec(zone, name, at)
      if (!this.#addSet(wildcard, NSEC.number)) {
        writeWildcard(this.#reader, encloser, this.#name)
        this.#addCoveringNsec(zone, this.#name, 0)
      }
      return
    }
    const slot = this.#rememberEncloser(zone, encloser)
    const match = this.#enclosers[slot + 1]!
    const nextCloser = this.#nextCloser(name, at, encloser)
    if (match === 0) this.#closestProvable(zone, name, dropLabels(name, nextCloser, 1))
    else {
      this.#add(match)
      this.#addCovering(zone, name, nextCloser)
    }
    writeWildcard(this.#reader, encloser, this.#name)
    this.#addMatching(zone, this.#name, 0)
  }

  /** The delegation at `node` has no DS records (RFC 4035 §3.1.4.1, RFC 5155 §7.2.7). */
  noDs(zone: number, node: number, name: Uint8Array, at: number): void {
    this.noData(zone, node, name, at)
  }

  /** How the zone proves absence. Where that costs too much, adds what tells a validator so. */
  #denial(zone: number): number {
    const { words } = this.#reader.memory
    const denial = words[zone * 2 + ZONE_DENIAL]!
    if (denial !== DENIAL_TOO_COSTLY) return denial
    this.#add(words[zone * 2 + ZONE_APEX_NSEC3]!)
    return DENIAL_NONE
  }

  /** Adds the NSEC that covers the name: of the last name before it that has one. */
  #addCoveringNsec(zone: number, name: Uint8Array, at: number): void {
    const reader = this.#reader
    reader.setName(name, at)
    if (reader.findName(zone, name, at) && this.#addSet(reader.memory.words[reader.names.found]!, NSEC.number)) return
    for (let gaps = 0; gaps < MOST_GAPS; gaps++) {
      const cell = reader.nameBefore(zone)
      if (cell === 0) return
      const node = reader.memory.words[cell]!
      if (this.#addSet(node, NSEC.number)) return
      // An empty non-terminal, or a name below a zone cut or a DNAME: that one, which comes before all of these, is next.
      const { octets } = reader.memory
      const before = reader.nameOf(node)
      reader.setName(octets, before)
      reader.findName(zone, octets, before)
      const above = this.#occluder()
      if (above !== 0) {
        this.#addSet(above, NSEC.number)
        return
      }
    }
  }

  /** The node of the topmost zone cut or DNAME above the name that was looked for last, or 0. */
  #occluder(): number {
    const { names, memory } = this.#reader
    for (let i = 0; i < names.ancestorCount; i++) {
      const cell = names.ancestors[i]!
      if ((memory.words[cell + 1]! & (LEAF_CUT | LEAF_DNAME)) !== 0) return memory.words[cell]!
    }
    return 0
  }

  /**
   * The proof where a name that is there has no NSEC3 record, as with opt-out: of the deepest ancestor that has one
   * (RFC 5155 §7.2.1). Returns where that one's name begins, -1 when there is no chain to prove anything with.
   */
  #closestProvable(zone: number, name: Uint8Array, at: number): number {
    const apexLength = this.#reader.nameLength(zone)
    const end = skipName(name, at)
    let next = at
    for (let parent = at; end - parent > apexLength; ) {
      next = parent
      parent = dropLabels(name, parent, 1)
      if (this.#addMatching(zone, name, parent)) {
        this.#addCovering(zone, name, next)
        return parent
      }
    }
    return -1
  }

  /** Where the name begins that is one label longer than its closest encloser. */
  #nextCloser(name: Uint8Array, at: number, encloser: number): number {
    const rest = skipName(name, at) - this.#reader.nameLength(encloser)
    let next = at
    for (let label = at; label < rest; label += name[label]! + 1) next = label
    return next
  }

  /** What an encloser has of a proof: its own NSEC3 record and the one that covers its wildcard. Returns the place in the memory of them. */
  #rememberEncloser(zone: number, encloser: number): number {
    const reader = this.#reader
    const slot = (encloser % REMEMBERED) * 3
    if (this.#enclosers[slot] === encloser) return slot
    const { octets } = reader.memory
    const match = this.#match(zone, octets, reader.nameOf(encloser))
    // Without the first the second is of no use.
    if (match !== 0) writeWildcard(this.#reader, encloser, this.#name)
    this.#enclosers[slot + 2] = match === 0 ? 0 : this.#cover(zone, this.#name, 0)
    // What was cut short is no knowledge.
    this.#enclosers[slot] = this.#digests > MOST_DIGESTS ? 0 : encloser
    this.#enclosers[slot + 1] = match
    return slot
  }

  #addMatching(zone: number, name: Uint8Array, at: number): boolean {
    const block = this.#match(zone, name, at)
    if (block !== 0) this.#add(block)
    return block !== 0
  }

  #addCovering(zone: number, name: Uint8Array, at: number): void {
    const block = this.#cover(zone, name, at)
    if (block !== 0) this.#add(block)
  }

  /** The block of the NSEC3 record whose owner is the hash of the name, or 0. */
  #match(zone: number, name: Uint8Array, at: number): number {
    if (!this.#hashName(zone, name, at)) return 0
    const reader = this.#reader
    return reader.findHash(zone, this.#hash, 0, NSEC3_HASH_LENGTH) ? reader.memory.words[reader.hashes.found]! : 0
  }

  /** The block of the NSEC3 record that covers the hash of the name; the matching one when there is one after all. */
  #cover(zone: number, name: Uint8Array, at: number): number {
    const match = this.#match(zone, name, at)
    if (match !== 0 || this.#digests > MOST_DIGESTS) return match
    const reader = this.#reader
    let cell = reader.hashBefore(zone)
    for (let i = 0; i < MOST_FOREIGN && cell !== 0; i++) {
      const block = reader.memory.words[cell]!
      if (this.#isOfChain(zone, block)) return block
      const { octets } = reader.memory
      reader.findHashOwner(zone, octets, reader.nameOf(block))
      cell = reader.hashBefore(zone)
    }
    return 0
  }

  /** Whether the NSEC3 record of a block has the parameters of the chain that is used. */
  #isOfChain(zone: number, block: number): boolean {
    const { words, octets } = this.#reader.memory
    const set = findSet(words, block, NSEC3.number)
    if (set === 0) return false
    const rdata = recordsAt(words, block, set) + RECORD_FIXED
    if (readU16(octets, rdata + 2) !== words[zone * 2 + ZONE_ITERATIONS]!) return false
    const salt = this.#saltOfZone(zone)
    if (octets[rdata + 4] !== salt.length) return false
    for (let i = 0; i < salt.length; i++) if (octets[rdata + 5 + i] !== salt[i]) return false
    return true
  }

  #saltOfZone(zone: number): Uint8Array {
    const { words, octets } = this.#reader.memory
    const salt = words[zone * 2 + ZONE_SALT]!
    const length = salt >>> 24
    if (length === 0) return NO_SALT
    if (this.#saltOf !== zone) {
      const at = words[zone * 2 + ZONE_APEX]! * 8 + (salt & 0xffffff)
      this.#salt = octets.slice(at, at + length)
      this.#saltOf = zone
    }
    return this.#salt
  }

  /** False when the query has had its share. */
  #hashName(zone: number, name: Uint8Array, at: number): boolean {
    const iterations = this.#reader.memory.words[zone * 2 + ZONE_ITERATIONS]!
    this.#digests += iterations + 1
    if (this.#digests > MOST_DIGESTS) return false
    const end = skipName(name, at)
    for (let i = at; i < end; i++) lower[i - at] = LOWER[name[i]!]!
    nsec3Hash(lower, 0, end - at, this.#saltOfZone(zone), iterations, this.#hash, 0)
    return true
  }

  #add(block: number): void {
    this.#addSet(block, NSEC3.number)
  }

  /** Adds the RRset of a block with its signatures, unless it stands there already. False when the block has none. */
  #addSet(block: number, type: number): boolean {
    const { memory } = this.#reader
    const set = findSet(memory.words, block, type)
    if (set === 0) return false
    for (let i = 0; i < this.#addedCount; i++) if (this.#added[i] === block) return true
    if (this.#addedCount < this.#added.length) this.#added[this.#addedCount++] = block
    const builder = this.#builder
    builder.openGroup(SECTION_AUTHORITY)
    const name = this.#reader.nameOf(block)
    const { apexOffset } = this
    // The owner of an NSEC3 record is one label below the apex.
    if (type === NSEC3.number && apexOffset !== BY_NAME) putReadyBelow(builder, memory, block, set, name, apexOffset)
    else putRrset(builder, memory, block, set, true, BY_NAME, memory.octets, name)
    builder.closeGroup(true)
    return true
  }
}

const lower = new Uint8Array(MAX_NAME)
