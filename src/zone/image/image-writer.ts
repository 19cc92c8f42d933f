/**
 * The one writer of the image. A transaction changes any number of zones; `publish` shows all of it at once, `abandon` leaves
 * everything as it was. Readers go on with the version that they hold.
 *
 *     root block   word 0 octets · word 1 number of the version · word 2 to 4 root cell of the trie of zones, by apex · word 5 number of zones
 */
import type { Name } from '../../dns/name/index.ts'
import type { Zone } from '../zone.ts'
import type { ZoneChange } from '../zone-change.ts'
import { Allocator } from './allocator.ts'
import { ImageMemory } from './memory.ts'
import { blockSize } from './node.ts'
import type { InspectName } from './owner-changes.ts'
import { Ownership } from './ownership.ts'
import { writeKey } from './symbols.ts'
import { TrieWriter } from './trie-writer.ts'
import {
  ROOT_VERSION,
  ZONE_EXPIRES,
  ZONE_NAMES,
  ZONE_OPTIONS,
  ZONE_RECORDS,
  ZONE_SERIAL,
  ZONE_SLOT,
  ZONE_STATE,
  ZONE_WORDS,
  ZONES_ROOT,
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

export class ImageWriter {
  readonly memory: ImageMemory
  readonly #allocator: Allocator
  readonly #own: Ownership
  readonly #zones: TrieWriter
  readonly #writer: ZoneWriter
  /** The root block of the transaction, 0 while nothing was changed. */
  #root = 0
  #version = 0

  constructor(memory: ImageMemory = ImageMemory.create()) {
    this.memory = memory
    this.#allocator = new Allocator(memory)
    this.#own = new Ownership(this.#allocator)
    this.#zones = new TrieWriter(this.#allocator, this.#own, 'name')
    this.#writer = new ZoneWriter(this.#allocator, this.#own)
    this.#begin()
    this.publish()
  }

  /** Serves this zone under its apex, in place of what was there. Throws DnsError `zone-invalid` when it has no SOA. */
  putZone(zone: Zone, settings: ZoneSettings): void {
    const unit = this.#openZone(zone.apex, settings)
    this.#writer.clear(unit)
    this.#writer.fill(unit, zone)
  }

  /**
   * Makes a change to a zone that is there. Throws DnsError `transfer-failed` when it does not fit, or what `inspect` throws: then
   * `abandon`.
   */
  changeZone(apex: Name, change: ZoneChange, inspect?: InspectName): void {
    this.#writer.apply(this.#openZone(apex), change, inspect)
  }

  /** Sets what is told of a name without touching its records: state, options, expiry. Makes an empty entry where none is. */
  setZone(apex: Name, settings: ZoneSettings): void {
    this.#openZone(apex, settings)
  }

  removeZone(apex: Name): void {
    const root = this.#begin() * 2 + ZONES_ROOT
    if (!this.#hasZone(apex)) return
    const unit = this.#openZone(apex)
    this.#writer.clear(unit)
    this.#zones.keyLength = writeKey(apex.octets, 0, this.#zones.key)
    this.#zones.remove(root)
    this.#own.drop(unit, blockSize(this.memory.words, unit))
    this.memory.words[this.#root * 2 + ZONE_COUNT]! -= 1
  }

  /** Shows the transaction to all readers at once. */
  publish(): void {
    if (this.#root === 0) return
    const old = this.memory.root
    if (old !== 0) this.#own.drop(old, ROOT_OCTETS)
    const epoch = this.memory.publish(this.#root)
    this.#root = 0
    this.#own.clear()
    this.#allocator.published(epoch)
  }

  /** Forgets the transaction. */
  abandon(): void {
    this.#root = 0
    this.#own.abandon()
    this.#allocator.keepRetiring()
  }

  /** Frees what only past readings held. To be called now and then while nothing is published; does nothing within a transaction. */
  reclaim(): void {
    if (this.#root === 0) this.#allocator.reclaim()
  }

  /** Octets in use, those among them that only past readings hold, and octets of memory that were ever touched. */
  get usage(): { usedOctets: number; retiredOctets: number; reachedOctets: number } {
    const { usedOctets, retiredOctets, reachedOctets } = this.#allocator
    return { usedOctets, retiredOctets, reachedOctets }
  }

  #begin(): number {
    if (this.#root !== 0) return this.#root
    const old = this.memory.root
    const unit = this.#own.allocate(ROOT_OCTETS)
    const { words } = this.memory
    words.fill(0, unit * 2, unit * 2 + ROOT_OCTETS / 4)
    words[unit * 2] = ROOT_OCTETS
    if (old !== 0) words.copyWithin(unit * 2, old * 2, old * 2 + ROOT_OCTETS / 4)
    words[unit * 2 + ROOT_VERSION] = ++this.#version
    this.#root = unit
    return unit
  }

  #hasZone(apex: Name): boolean {
    this.#zones.keyLength = writeKey(apex.octets, 0, this.#zones.key)
    return this.#zones.cellOf(this.#begin() * 2 + ZONES_ROOT) !== 0
  }

  /** The zone's block, writable; a new one when there is none, which only `settings` can make. */
  #openZone(apex: Name, settings?: ZoneSettings): number {
    const root = this.#begin() * 2 + ZONES_ROOT
    const zones = this.#zones
    zones.keyLength = writeKey(apex.octets, 0, zones.key)
    const cell = zones.cellOf(root)
    const old = cell === 0 ? 0 : this.memory.words[cell]!
    if (old === 0 && settings === undefined) throw new RangeError(`the image has no zone ${apex}`)
    const unit = old !== 0 && this.#own.owns(old) ? old : this.#copyZone(apex, old)
    const { words } = this.memory
    if (settings !== undefined) {
      words[unit * 2 + ZONE_SLOT] = settings.slot
      words[unit * 2 + ZONE_STATE] = settings.state
      words[unit * 2 + ZONE_OPTIONS] = settings.options
      words[unit * 2 + ZONE_EXPIRES] = settings.expires | 0
    }
    return unit
  }

  #copyZone(apex: Name, old: number): number {
    const size = ZONE_WORDS * 4 + ((apex.octets.length + 3) & ~3)
    const unit = this.#own.allocate(size)
    const { words, octets } = this.memory
    if (old === 0) {
      words.fill(0, unit * 2, unit * 2 + ZONE_WORDS)
      words[unit * 2] = size
      words[unit * 2 + 1] = apex.octets.length | (ZONE_WORDS << 8)
      octets.set(apex.octets, unit * 8 + ZONE_WORDS * 4)
      words[this.#root * 2 + ZONE_COUNT]! += 1
    } else {
      words.copyWithin(unit * 2, old * 2, old * 2 + Math.ceil(size / 4))
      this.#own.drop(old, size)
    }
    this.#zones.put(this.#root * 2 + ZONES_ROOT, unit, 0)
    return unit
  }

  /** What the newest version has under an apex, or undefined. */
  zone(apex: Name): { serial: number; names: number; records: number; state: number; expires: number } | undefined {
    const unit = this.findZone(this.memory, this.#root !== 0 ? this.#root : this.memory.root, apex)
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

  /** The unit of the zone's block in the version whose root block is `root`, or 0. */
  findZone(memory: ImageMemory, root: number, apex: Name): number {
    this.#zones.keyLength = writeKey(apex.octets, 0, this.#zones.key)
    const cell = this.#zones.cellOf(root * 2 + ZONES_ROOT)
    return cell === 0 ? 0 : memory.words[cell]!
  }
}
