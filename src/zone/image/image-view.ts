/**
 * A version of a zone in the image as a view: published or staged. The caller keeps the version from being reclaimed while it is
 * in use.
 */
import { Name } from '../../dns/name/index.ts'
import { NSEC3 } from '../../dns/rr/index.ts'
import { groupRecords, hashOfOwner, makesName } from '../view-rrsets.ts'
import type { ViewNode, ViewNsec3, ViewRrset, ZoneView } from '../zone-view.ts'
import type { ImageMemory } from './memory.ts'
import { findSet, firstSet, SET_WORDS, setCount, setRecords, setType, visitRecords } from './node.ts'
import type { NodeRecord } from './owner-changes.ts'
import { writeFirstLabelKey, writeHashKey, writeKey } from './symbols.ts'
import { blockName, TrieReader } from './trie.ts'
import { leafAfter } from './trie-order.ts'
import { HASHES_ROOT, NAMES_ROOT } from './zone-entry.ts'

export class ImageView implements ZoneView {
  readonly apex: Name
  readonly #memory: ImageMemory
  readonly #namesRoot: number
  readonly #hashesRoot: number
  readonly #names: TrieReader
  readonly #hashes: TrieReader

  /** `unit`: the zone's block in the version. */
  constructor(memory: ImageMemory, unit: number) {
    this.#memory = memory
    this.#namesRoot = unit * 2 + NAMES_ROOT
    this.#hashesRoot = unit * 2 + HASHES_ROOT
    this.#names = new TrieReader(memory, 'name')
    this.#hashes = new TrieReader(memory, 'hash')
    this.apex = this.#nameOf(unit)
  }

  node(name: Name): ViewNode | undefined {
    const unit = this.#find(name)
    if (unit === 0) return undefined
    const rrsets = this.#rrsets(unit)
    return rrsets.length === 0 ? undefined : { owner: this.#nameOf(unit), rrsets }
  }

  has(name: Name, type: number): boolean {
    const unit = this.#find(name)
    return unit !== 0 && findSet(this.#memory.words, unit, type) !== 0
  }

  exists(name: Name): boolean {
    const unit = this.#find(name)
    return unit !== 0 && this.#makesName(unit)
  }

  hasBelow(name: Name): boolean {
    return this.nameAfter(name)?.isAtOrBelow(name) ?? false
  }

  nameAfter(name: Name): Name | undefined {
    return this.#nextName(name, false)
  }

  nameBehind(name: Name): Name | undefined {
    return this.#nextName(name, true)
  }

  nameBefore(name: Name): Name | undefined {
    this.#find(name)
    let unit = this.#unitOf(this.#names.before(this.#namesRoot))
    while (unit !== 0 && !this.#makesName(unit)) {
      this.#find(this.#nameOf(unit))
      unit = this.#unitOf(this.#names.before(this.#namesRoot))
    }
    return unit === 0 ? undefined : this.#nameOf(unit)
  }

  nsec3(hash: Uint8Array): ViewRrset | undefined {
    const { key } = this.#hashes
    this.#hashes.keyLength = writeHashKey(hash, 0, hash.length, key)
    return this.#hashes.find(this.#hashesRoot) ? this.#nsec3Of(this.#unitOf(this.#hashes.found)) : undefined
  }

  nsec3Before(hash: Uint8Array): ViewNsec3 | undefined {
    const { octets, words } = this.#memory
    const { key } = this.#hashes
    this.#hashes.keyLength = writeHashKey(hash, 0, hash.length, key)
    let first = 0
    for (;;) {
      this.#hashes.find(this.#hashesRoot)
      const cell = this.#hashes.before(this.#hashesRoot) || this.#hashes.last(this.#hashesRoot)
      const unit = this.#unitOf(cell)
      if (unit === 0 || unit === first) return undefined
      const found = hashOfOwner(octets, blockName(words, unit))
      const rrset = this.#nsec3Of(unit)
      if (found !== undefined && rrset !== undefined) return { hash: found, rrset }
      if (first === 0) first = unit
      this.#hashes.keyLength = writeFirstLabelKey(octets, blockName(words, unit), key)
    }
  }

  /** The unit of the name's block, or 0. An empty non-terminal has one. */
  #find(name: Name): number {
    const names = this.#names
    names.keyLength = writeKey(name.octets, 0, names.key)
    return names.find(this.#namesRoot, name.octets, 0) ? this.#unitOf(names.found) : 0
  }

  #nextName(name: Name, isBehind: boolean): Name | undefined {
    this.#find(name)
    let unit = this.#unitOf(leafAfter(this.#memory, this.#names, this.#namesRoot, isBehind))
    while (unit !== 0 && !this.#makesName(unit)) {
      this.#find(this.#nameOf(unit))
      unit = this.#unitOf(leafAfter(this.#memory, this.#names, this.#namesRoot, false))
    }
    return unit === 0 ? undefined : this.#nameOf(unit)
  }

  /** The unit of the block that the leaf in a cell points to, 0 where there is no leaf. */
  #unitOf(cell: number): number {
    const { words } = this.#memory
    return cell === 0 || words[cell + 2] === 0 ? 0 : words[cell]!
  }

  #nameOf(unit: number): Name {
    return Name.fromOctets(this.#memory.octets, blockName(this.#memory.words, unit))
  }

  #makesName(unit: number): boolean {
    const { words } = this.#memory
    const end = firstSet(unit) + setCount(words, unit) * SET_WORDS
    for (let set = firstSet(unit); set < end; set += SET_WORDS) {
      if (setRecords(words, set) > 0 && makesName(setType(words, set))) return true
    }
    return false
  }

  #rrsets(unit: number): ViewRrset[] {
    const { octets } = this.#memory
    const records: NodeRecord[] = []
    visitRecords(this.#memory, unit, (type, ttl, from, to) => {
      records.push({ type, ttl, rdata: octets.subarray(from, to) })
    })
    return groupRecords(records)
  }

  #nsec3Of(unit: number): ViewRrset | undefined {
    const rrset = this.#rrsets(unit).find(({ type }) => type === NSEC3.number)
    return rrset === undefined || rrset.records.length === 0 ? undefined : rrset
  }
}
