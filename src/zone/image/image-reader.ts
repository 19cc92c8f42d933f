/**
 * Reads one version of the image after the other. Between `enter` and `leave` nothing that it sees changes; a thread that
 * reads all the time leaves now and then, or old versions are never reclaimed.
 */
import { ImageMemory, READER_SLOTS } from './memory.ts'
import { writeFirstLabelKey, writeHashKey, writeKey } from './symbols.ts'
import { blockName, TrieReader } from './trie.ts'
import { HASHES_ROOT, NAMES_ROOT, ROOT_VERSION, ZONES_ROOT } from './zone-entry.ts'

export class ImageReader {
  readonly memory: ImageMemory
  readonly zones: TrieReader
  /** Shares its key with `zones`: keys of names are the same in all tries. */
  readonly names: TrieReader
  readonly hashes: TrieReader
  /** Number of the version that is read: what is remembered of one is good while this stays. */
  edition = 0
  /** Unit of the root block. */
  #root = 0
  readonly #slot: number

  /** `slot`: of the memory's reader slots, this reader's own. */
  constructor(buffer: SharedArrayBuffer, slot: number) {
    if (!Number.isInteger(slot) || slot < 0 || slot >= READER_SLOTS)
      throw new RangeError(`a reader's slot is 0 to ${READER_SLOTS - 1}`)
    this.memory = new ImageMemory(buffer)
    this.zones = new TrieReader(this.memory, 'name')
    this.names = new TrieReader(this.memory, 'name', this.zones.key)
    this.hashes = new TrieReader(this.memory, 'hash')
    this.#slot = slot
  }

  enter(): void {
    this.#root = this.memory.enter(this.#slot)
    // The place of a root's block is used again two versions later: it does not tell versions apart.
    this.edition = this.memory.words[this.#root * 2 + ROOT_VERSION]!
  }

  leave(): void {
    this.memory.leave(this.#slot)
  }

  /** Makes `name[at…]` what `findZone` and `findName` look for. */
  setName(name: Uint8Array, at: number): void {
    const length = writeKey(name, at, this.zones.key)
    this.zones.keyLength = length
    this.names.keyLength = length
  }

  /**
   * The unit of the zone that is nearest to the name: its own or the deepest above it; 0 when none is served here. `above`:
   * not the name's own zone (a DS lies in the parent, RFC 4035 §3.1.4.1).
   */
  findZone(name: Uint8Array, at: number, above = false): number {
    const { zones } = this
    const { words } = this.memory
    if (zones.find(this.#root * 2 + ZONES_ROOT, name, at) && !above) return words[zones.found]!
    return zones.ancestorCount === 0 ? 0 : words[zones.ancestors[zones.ancestorCount - 1]!]!
  }

  /** Looks for the name that was set; what was found and what is near it is told by `names`. */
  findName(zone: number, name: Uint8Array, at: number): boolean {
    return this.names.find(zone * 2 + NAMES_ROOT, name, at)
  }

  /** Cell of the last name before the one that was looked for, 0 when it is the first. */
  nameBefore(zone: number): number {
    return this.names.before(zone * 2 + NAMES_ROOT)
  }

  /** Looks for the NSEC3 record of a hash of 20 octets. */
  findHash(zone: number, hash: Uint8Array, at: number, length: number): boolean {
    this.hashes.keyLength = writeHashKey(hash, at, length, this.hashes.key)
    return this.hashes.find(zone * 2 + HASHES_ROOT)
  }

  /** Looks for an NSEC3 record by its owner name. */
  findHashOwner(zone: number, octets: Uint8Array, at: number): boolean {
    this.hashes.keyLength = writeFirstLabelKey(octets, at, this.hashes.key)
    return this.hashes.find(zone * 2 + HASHES_ROOT)
  }

  /** Cell of the NSEC3 record before the hash that was looked for: around the end, the last one of all. */
  hashBefore(zone: number): number {
    const root = zone * 2 + HASHES_ROOT
    const cell = this.hashes.before(root)
    return cell !== 0 ? cell : this.hashes.last(root)
  }

  /** The octet at which the name of a block stands. */
  nameOf(unit: number): number {
    return blockName(this.memory.words, unit)
  }

  /** Length of the name of a block. */
  nameLength(unit: number): number {
    return this.memory.words[unit * 2 + 1]! & 0xff
  }
}
