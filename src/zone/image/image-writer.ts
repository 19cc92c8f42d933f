/**
 * The one writer of the image. A transaction publishes versions of any number of zones at once; `abandon` leaves everything as
 * it was. Readers go on with the version that they hold. A version is staged before (`staged-zone.ts`), for as long as that takes.
 *
 *     root block   word 0 octets · word 1 number of the version · word 2 to 4 root cell of the trie of zones, by apex · word 5 number of zones
 */
import type { Name } from '../../dns/name/index.ts'
import type { Zone } from '../zone.ts'
import type { ZoneChange } from '../zone-change.ts'
import { Arena, type Usage } from './arena.ts'
import { BlockOwner } from './block-owner.ts'
import type { BuiltZone } from './build-zone.ts'
import { type Extent, FreeExtents } from './extents.ts'
import { ImageMemory } from './memory.ts'
import { blockSize } from './node.ts'
import type { InspectName } from './owner-changes.ts'
import { type Retired, RetiredBlocks } from './retired.ts'
import { StagedZone } from './staged-zone.ts'
import { writeKey } from './symbols.ts'
import { TrieWriter } from './trie-writer.ts'
import {
  NAMES_ROOT,
  ROOT_VERSION,
  writeZoneBlock,
  ZONE_EXPIRES,
  ZONE_NAMES,
  ZONE_OPTIONS,
  ZONE_RECORDS,
  ZONE_SERIAL,
  ZONE_SLOT,
  ZONE_STATE,
  ZONE_WORDS,
  ZONES_ROOT,
  zoneBlockSize,
} from './zone-entry.ts'
import { ZoneWriter } from './zone-writer.ts'

const ZONE_COUNT = 5
const ROOT_OCTETS = 24

/** What is served under a name, apart from its records. */
export type ZoneSettings = {
  /** Number of the zone in the counters. */
  readonly slot: number
  /** STATE_… */
  readonly state: number
  /** OPTION_… */
  readonly options: number
  /** When a secondary's copy is no longer good, by the steady clock; 0 for never. */
  readonly expires: number
}

/** What the transaction does to a name. */
type Pending = { readonly apex: Name; readonly staged: StagedZone | 'removed' }

export class ImageWriter {
  readonly memory: ImageMemory
  readonly #usage: Usage = { octets: 0 }
  readonly #extents: FreeExtents
  /** Holds root blocks, zone blocks and the trie of zones. */
  readonly #directory: Arena
  readonly #own: BlockOwner
  readonly #zones: TrieWriter
  readonly #writer: ZoneWriter
  readonly #retired = new RetiredBlocks()
  /** The arena of each zone that is published. */
  readonly #arenas = new Map<string, Arena>()
  /** The transaction. */
  readonly #pending = new Map<string, Pending>()
  #version = 0

  constructor(memory: ImageMemory = ImageMemory.create()) {
    this.memory = memory
    this.#extents = new FreeExtents(memory)
    this.#directory = new Arena(this.#extents, this.#usage)
    this.#own = new BlockOwner(this.#directory, false)
    this.#zones = new TrieWriter(this.#own, 'name')
    this.#writer = new ZoneWriter(this.#own)
    this.#publishRoot([])
  }

  /** A copy of what is published under an apex, to be changed; without records when nothing is. */
  stage(apex: Name): StagedZone {
    const arena = this.#arenas.get(apex.key) ?? new Arena(this.#extents, this.#usage)
    return this.#stage(apex, this.#published(apex), arena, !this.#arenas.has(apex.key))
  }

  /** A version without records and with memory of its own, to be filled. */
  stageAfresh(apex: Name): StagedZone {
    return this.#stage(apex, 0, new Arena(this.#extents, this.#usage), true)
  }

  /** A version that another thread wrote. */
  adopt(apex: Name, { entry, arena }: BuiltZone): StagedZone {
    // The thread may have enlarged the memory.
    this.memory.refresh()
    const staged = this.#stage(apex, 0, new Arena(this.#extents, this.#usage, arena), true)
    const { words } = this.memory
    for (let word = NAMES_ROOT; word < ZONE_WORDS; word++) words[staged.unit * 2 + word] = entry[word]!
    return staged
  }

  /** Extents for a thread that writes a version; what it does not use is given back with `giveExtents`. */
  takeExtents(): Extent[] {
    return this.#extents.takeAll()
  }

  giveExtents(extents: readonly Extent[]): void {
    for (const extent of extents) this.#extents.give(extent)
  }

  /** Makes a staged version part of the transaction, in place of another of the zone. */
  put(staged: StagedZone, settings: ZoneSettings): void {
    const old = this.#pending.get(staged.apex.key)?.staged
    if (old !== undefined && old !== 'removed' && old !== staged) old.abandon()
    this.#set(staged.unit, settings)
    this.#pending.set(staged.apex.key, { apex: staged.apex, staged })
  }

  /** Serves this zone under its apex, in place of what was there. Throws DnsError `zone-invalid` when it has no SOA: then `abandon`. */
  putZone(zone: Zone, settings: ZoneSettings): void {
    const staged = this.stageAfresh(zone.apex)
    this.put(staged, settings)
    staged.fill(zone)
  }

  /**
   * Makes a change to a zone that is there. Throws DnsError `transfer-failed` when it does not fit, or what `inspect` throws: then
   * `abandon`.
   */
  changeZone(apex: Name, change: ZoneChange, inspect?: InspectName): void {
    const staged = this.#open(apex)
    if (staged === undefined) throw new RangeError(`the image has no zone ${apex}`)
    staged.apply(change, inspect)
  }

  /** Sets what is told of a name without touching its records: state, options, expiry. Makes an empty entry where none is. */
  setZone(apex: Name, settings: ZoneSettings): void {
    const staged = this.#open(apex) ?? this.stage(apex)
    this.put(staged, settings)
  }

  removeZone(apex: Name): void {
    const pending = this.#pending.get(apex.key)?.staged
    if (pending !== undefined && pending !== 'removed') pending.abandon()
    if (this.#published(apex) === 0) this.#pending.delete(apex.key)
    else this.#pending.set(apex.key, { apex, staged: 'removed' })
  }

  /** Shows the transaction to all readers at once. */
  publish(): void {
    if (this.#pending.size === 0) return
    const pending = [...this.#pending.values()]
    for (const { apex, staged } of pending) {
      const published = this.#published(apex)
      if (staged !== 'removed' && published !== 0 && !staged.follows(published))
        throw new RangeError(`the staged version of ${apex} was made from another than the published one`)
    }
    this.#pending.clear()
    this.#publishRoot(pending)
  }

  /** Forgets the transaction. */
  abandon(): void {
    for (const { staged } of this.#pending.values()) if (staged !== 'removed') staged.abandon()
    this.#pending.clear()
  }

  /** Frees what only past readings held. To be called now and then while nothing is published. */
  reclaim(): void {
    if (!this.#retired.isEmpty) this.#retired.reclaim(this.memory.oldestReading())
  }

  /** Octets in use, those among them that only past readings hold, and octets of memory that are reached. */
  get usage(): { usedOctets: number; retiredOctets: number; reachedOctets: number } {
    const { reachedOctets } = this.memory
    return { usedOctets: this.#usage.octets, retiredOctets: this.#retired.octets, reachedOctets }
  }

  #stage(apex: Name, published: number, arena: Arena, isFresh: boolean): StagedZone {
    const block = new BlockOwner(this.#directory, false)
    const unit = block.allocate(zoneBlockSize(apex))
    writeZoneBlock(this.memory, unit, apex)
    const { words } = this.memory
    if (published !== 0 && !isFresh) words.copyWithin(unit * 2 + 2, published * 2 + 2, published * 2 + ZONE_WORDS)
    return new StagedZone(apex, unit, block, this.#writer, arena, isFresh)
  }

  /** The version that the transaction has of a zone, or a copy of the published one that it has from now on. */
  #open(apex: Name): StagedZone | undefined {
    const pending = this.#pending.get(apex.key)?.staged
    if (pending === 'removed') return undefined
    if (pending !== undefined) return pending
    if (this.#published(apex) === 0) return undefined
    const staged = this.stage(apex)
    this.#pending.set(apex.key, { apex, staged })
    return staged
  }

  #set(unit: number, { slot, state, options, expires }: ZoneSettings): void {
    const { words } = this.memory
    words[unit * 2 + ZONE_SLOT] = slot
    words[unit * 2 + ZONE_STATE] = state
    words[unit * 2 + ZONE_OPTIONS] = options
    words[unit * 2 + ZONE_EXPIRES] = expires | 0
  }

  #publishRoot(pending: readonly Pending[]): void {
    const old = this.memory.root
    const root = this.#own.allocate(ROOT_OCTETS)
    const { words } = this.memory
    words.fill(0, root * 2, root * 2 + ROOT_OCTETS / 4)
    if (old !== 0) words.copyWithin(root * 2, old * 2, old * 2 + ROOT_OCTETS / 4)
    words[root * 2] = ROOT_OCTETS
    words[root * 2 + ROOT_VERSION] = ++this.#version
    const retired: Retired[] = []
    for (const { apex, staged } of pending) this.#link(root, apex, staged, retired)
    if (old !== 0) this.#own.drop(old, ROOT_OCTETS)
    const blocks = this.#own.publish()
    if (blocks.units.length > 0) retired.push({ arena: this.#directory, blocks })
    this.#retired.add(this.memory.publish(root), retired)
    this.reclaim()
  }

  /** Puts a zone into the trie of zones below a root block, or takes it out. */
  #link(root: number, apex: Name, staged: StagedZone | 'removed', retired: Retired[]): void {
    const zones = this.#zones
    const cell = root * 2 + ZONES_ROOT
    zones.keyLength = writeKey(apex.octets, 0, zones.key)
    const old = staged === 'removed' ? zones.remove(cell) : zones.put(cell, staged.unit, 0)
    if (old !== 0) this.#own.drop(old, blockSize(this.memory.words, old))
    const isNew = staged !== 'removed' && old === 0
    this.memory.words[root * 2 + ZONE_COUNT]! += isNew ? 1 : staged === 'removed' ? -1 : 0
    const arena = this.#arenas.get(apex.key)
    if (staged === 'removed') this.#arenas.delete(apex.key)
    else {
      this.#arenas.set(apex.key, staged.arena)
      const blocks = staged.publish()
      if (blocks.units.length > 0) retired.push({ arena: staged.arena, blocks })
    }
    if (arena !== undefined && (staged === 'removed' || staged.arena !== arena)) retired.push({ arena, blocks: 'all' })
  }

  /** What the newest version has under an apex, or undefined. */
  zone(apex: Name): { serial: number; names: number; records: number; state: number; expires: number } | undefined {
    const pending = this.#pending.get(apex.key)?.staged
    const unit = pending === undefined ? this.#published(apex) : pending === 'removed' ? 0 : pending.unit
    if (unit === 0) return undefined
    const { words } = this.memory
    const at = unit * 2
    return {
      serial: words[at + ZONE_SERIAL]! >>> 0,
      names: words[at + ZONE_NAMES]!,
      records: words[at + ZONE_RECORDS]!,
      state: words[at + ZONE_STATE]!,
      expires: words[at + ZONE_EXPIRES]! >>> 0,
    }
  }

  /** The unit of the published zone block, or 0. */
  #published(apex: Name): number {
    return this.findZone(this.memory, this.memory.root, apex)
  }

  /** The unit of the zone's block in the version whose root block is `root`, or 0. */
  findZone(memory: ImageMemory, root: number, apex: Name): number {
    if (root === 0) return 0
    this.#zones.keyLength = writeKey(apex.octets, 0, this.#zones.key)
    const cell = this.#zones.cellOf(root * 2 + ZONES_ROOT)
    return cell === 0 ? 0 : memory.words[cell]!
  }
}
