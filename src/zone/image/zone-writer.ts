/**
 * Writes the names of one zone into the image: a whole zone, or what a change touches. Works on a zone block that the
 * transaction owns; whoever reads a published version sees nothing of it.
 *
 * Every name between a name and the apex is there, as an empty non-terminal if it has no records (RFC 4592 §2.2.2).
 */
import { countLabels, dropLabels, equalNames, isWildcard, skipName } from '../../dns/name/index.ts'
import { DNAME, NS } from '../../dns/rr/index.ts'
import type { Steps } from '../steps.ts'
import type { Zone } from '../zone.ts'
import type { ZoneChange } from '../zone-change.ts'
import type { BlockOwner } from './block-owner.ts'
import type { ImageMemory } from './memory.ts'
import { blockSize, findSet, NodeBuilder, visitRecords } from './node.ts'
import {
  applyToRecords,
  changesByOwner,
  type InspectName,
  isHashed,
  type NodeRecord,
  type OwnerChange,
} from './owner-changes.ts'
import { writeFirstLabelKey, writeKey } from './symbols.ts'
import { blockName, LEAF_CUT, LEAF_DNAME, LEAF_HAS_WILDCARD } from './trie.ts'
import { TrieWriter } from './trie-writer.ts'
import { HASHES_ROOT, NAMES_ROOT, ZONE_NAMES, ZONE_RECORDS } from './zone-entry.ts'
import { summarizeZone } from './zone-summary.ts'

/** Names that are written in one step. */
const STEP = 100

export class ZoneWriter {
  readonly #memory: ImageMemory
  #own: BlockOwner
  readonly #names: TrieWriter
  readonly #hashes: TrieWriter
  readonly #builder = new NodeBuilder()
  readonly #hashBuilder = new NodeBuilder()
  readonly #empty = new NodeBuilder()

  constructor(own: BlockOwner) {
    this.#memory = own.arena.memory
    this.#own = own
    this.#names = new TrieWriter(own, 'name')
    this.#hashes = new TrieWriter(own, 'hash')
  }

  /** Goes on with a change: another one may have been made between its steps. */
  #use(own: BlockOwner): void {
    this.#own = own
    this.#names.own = own
    this.#hashes.own = own
  }

  /**
   * Puts all records of a zone into the empty tries of the zone block at `unit`, in the arena of `own`. Throws DnsError
   * `zone-invalid` without a SOA.
   */
  *fill(own: BlockOwner, unit: number, zone: Zone): Steps {
    const { table, records, nodes } = zone
    const apexLabels = zone.apex.labelCount
    this.#use(own)
    for (let node = 0; node < zone.nodeCount; node++) {
      if (node % STEP === STEP - 1) {
        yield
        this.#use(own)
      }
      this.#builder.clear()
      this.#hashBuilder.clear()
      const owner = zone.ownerOf(node)
      const labels = countLabels(table.octets, owner)
      for (let position = nodes[node]!; position < nodes[node + 1]!; position++) {
        const index = records[position]!
        const type = table.type[index]!
        const at = table.rdata[index]!
        const builder = isHashed(type, table.octets, at, labels, apexLabels) ? this.#hashBuilder : this.#builder
        builder.add(type, table.ttl[index]!, table.octets, at, table.rdataEnd(index))
      }
      if (this.#hashBuilder.count > 0) this.#putHash(unit, table.octets, owner, this.#hashBuilder)
      if (this.#builder.count > 0) this.#putName(unit, table.octets, owner, this.#builder)
    }
    this.#builder.release()
    this.#hashBuilder.release()
    summarizeZone(this.#memory, unit, this.#names, this.#hashes)
  }

  /**
   * Applies a change, with blocks of `own`. Throws DnsError `transfer-failed` when a record that goes is not there or one that comes
   * is. `inspect` is called with the records that each changed name has then.
   */
  *apply(own: BlockOwner, unit: number, change: ZoneChange, inspect?: InspectName): Steps {
    const { octets, words } = this.#memory
    const at = blockName(words, unit)
    const owners = yield* changesByOwner(change, octets.slice(at, skipName(octets, at)))
    this.#use(own)
    for (const [index, owner] of owners.entries()) {
      if (index % STEP === STEP - 1) {
        yield
        this.#use(own)
      }
      this.#changeOwner(unit, owner, inspect)
    }
    this.#builder.release()
    this.#hashBuilder.release()
    summarizeZone(this.#memory, unit, this.#names, this.#hashes)
  }

  #changeOwner(unit: number, change: OwnerChange, inspect: InspectName | undefined): void {
    const { owner } = change
    const block = this.#blockOf(unit, owner, change.isHashed)
    const records = applyToRecords(this.#recordsOf(block), change)
    inspect?.(owner, records)
    const builder = this.#builder
    builder.clear()
    for (const { type, ttl, rdata } of records) builder.add(type, ttl, rdata, 0, rdata.length)
    if (records.length === 0) {
      if (block === 0) return
      if (change.isHashed) this.#dropBlock(unit, this.#hashes.remove(unit * 2 + HASHES_ROOT))
      else this.#removeName(unit, owner, 0)
    } else if (change.isHashed) this.#putHash(unit, owner, 0, builder)
    else this.#putName(unit, owner, 0, builder)
  }

  #blockOf(unit: number, owner: Uint8Array, hashed: boolean): number {
    const trie = hashed ? this.#hashes : this.#names
    trie.keyLength = hashed ? writeFirstLabelKey(owner, 0, trie.key) : writeKey(owner, 0, trie.key)
    const cell = trie.cellOf(unit * 2 + (hashed ? HASHES_ROOT : NAMES_ROOT))
    return cell === 0 ? 0 : this.#memory.words[cell]!
  }

  #recordsOf(block: number): NodeRecord[] {
    const records: NodeRecord[] = []
    if (block === 0) return records
    visitRecords(this.#memory, block, (type, ttl, from, to) => {
      records.push({ type, ttl, rdata: this.#memory.octets.slice(from, to) })
    })
    return records
  }

  #putHash(unit: number, octets: Uint8Array, ownerAt: number, builder: NodeBuilder): void {
    const block = this.#writeBlock(octets, ownerAt, builder)
    this.#hashes.keyLength = writeFirstLabelKey(octets, ownerAt, this.#hashes.key)
    this.#count(unit, 1, builder.count)
    this.#dropBlock(unit, this.#hashes.put(unit * 2 + HASHES_ROOT, block, 0))
  }

  #putName(unit: number, octets: Uint8Array, ownerAt: number, builder: NodeBuilder): void {
    const root = unit * 2 + NAMES_ROOT
    const block = this.#writeBlock(octets, ownerAt, builder)
    const isApex = this.#isApex(unit, octets, ownerAt)
    let flags = 0
    if (!isApex && findSet(this.#memory.words, block, NS.number) !== 0) flags |= LEAF_CUT
    if (findSet(this.#memory.words, block, DNAME.number) !== 0) flags |= LEAF_DNAME
    const names = this.#names
    names.keyLength = writeKey(octets, ownerAt, names.key)
    const old = names.cellOf(root)
    if (old !== 0) flags |= this.#memory.words[old + 1]! & LEAF_HAS_WILDCARD
    this.#count(unit, 1, builder.count)
    this.#dropBlock(unit, names.put(root, block, flags))
    if (old === 0 && !isApex) this.#completeAncestors(unit, octets, ownerAt)
  }

  #completeAncestors(unit: number, octets: Uint8Array, ownerAt: number): void {
    const root = unit * 2 + NAMES_ROOT
    const names = this.#names
    for (let child = ownerAt; !this.#isApex(unit, octets, child); ) {
      const parent = dropLabels(octets, child, 1)
      const flag = isWildcard(octets, child) ? LEAF_HAS_WILDCARD : 0
      names.keyLength = writeKey(octets, parent, names.key)
      const cell = names.cellOf(root)
      if (cell !== 0) {
        if (flag !== 0) names.setFlags(root, this.#memory.words[cell + 1]! | flag)
        return
      }
      names.put(root, this.#writeBlock(octets, parent, this.#empty), flag)
      child = parent
    }
  }

  /** Takes the records of a name out: the name goes, with the empty non-terminals that were there for its sake only. */
  #removeName(unit: number, octets: Uint8Array, ownerAt: number): void {
    const root = unit * 2 + NAMES_ROOT
    const names = this.#names
    names.keyLength = writeKey(octets, ownerAt, names.key)
    if (names.hasBelow(root)) {
      const flags = this.#memory.words[names.cellOf(root) + 1]! & LEAF_HAS_WILDCARD
      this.#dropBlock(unit, names.put(root, this.#writeBlock(octets, ownerAt, this.#empty), flags))
      return
    }
    this.#dropBlock(unit, names.remove(root))
    for (let child = ownerAt; !this.#isApex(unit, octets, child); ) {
      const parent = dropLabels(octets, child, 1)
      names.keyLength = writeKey(octets, parent, names.key)
      const cell = names.cellOf(root)
      if (cell === 0) return
      if (isWildcard(octets, child)) names.setFlags(root, this.#memory.words[cell + 1]! & ~LEAF_HAS_WILDCARD)
      const block = this.#memory.words[names.cellOf(root)]!
      if (!this.#isEmpty(block) || this.#isApex(unit, octets, parent) || names.hasBelow(root)) return
      this.#dropBlock(unit, names.remove(root))
      child = parent
    }
  }

  #writeBlock(octets: Uint8Array, ownerAt: number, builder: NodeBuilder): number {
    const length = skipName(octets, ownerAt) - ownerAt
    const size = builder.size(length)
    const block = this.#own.allocate(size)
    builder.write(this.#memory, block, octets, ownerAt, length, size)
    return block
  }

  #dropBlock(unit: number, block: number): void {
    if (block === 0) return
    let records = 0
    visitRecords(this.#memory, block, () => {
      records++
    })
    if (records > 0) this.#count(unit, -1, -records)
    this.#own.drop(block, blockSize(this.#memory.words, block))
  }

  #count(unit: number, names: number, records: number): void {
    const { words } = this.#memory
    words[unit * 2 + ZONE_NAMES]! += names
    words[unit * 2 + ZONE_RECORDS]! += records
  }

  #isEmpty(block: number): boolean {
    return this.#memory.words[block * 2 + 1]! >>> 8 === 2
  }

  #isApex(unit: number, octets: Uint8Array, at: number): boolean {
    return equalNames(octets, at, this.#memory.octets, blockName(this.#memory.words, unit))
  }
}
