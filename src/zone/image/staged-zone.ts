/**
 * A version of one zone that no reader sees yet: the published one with changes, or a whole one in an arena of its own. What the
 * published version holds is not touched, so that other zones are published meanwhile.
 */
import type { Name } from '../../dns/name/index.ts'
import { doAll, type Steps } from '../steps.ts'
import type { Zone } from '../zone.ts'
import type { ZoneChange } from '../zone-change.ts'
import type { Arena } from './arena.ts'
import { BlockOwner } from './block-owner.ts'
import type { InspectName } from './owner-changes.ts'
import { NAMES_ROOT, ZONE_SLOT, ZONE_WORDS } from './zone-entry.ts'
import type { ZoneWriter } from './zone-writer.ts'

export class StagedZone {
  readonly apex: Name
  /** Its zone block, which a `ZoneView` or a walk can be opened on. */
  readonly unit: number
  readonly arena: Arena
  readonly #words: () => Int32Array
  readonly #writer: ZoneWriter
  /** Owns the zone block. */
  readonly #block: BlockOwner
  #own: BlockOwner
  /** The roots of the version that it was staged over; undefined for a whole version. */
  readonly #base: Int32Array | undefined

  /** `block` owns the zone block at `unit`, a copy of the one that is changed. `isFresh`: the arena holds this version alone. */
  constructor(apex: Name, unit: number, block: BlockOwner, writer: ZoneWriter, arena: Arena, isFresh: boolean) {
    this.apex = apex
    this.unit = unit
    this.arena = arena
    this.#words = () => arena.memory.words
    this.#block = block
    this.#writer = writer
    this.#own = new BlockOwner(arena, isFresh)
    const { words } = arena.memory
    this.#base = isFresh ? undefined : words.slice(unit * 2 + NAMES_ROOT, unit * 2 + ZONE_SLOT)
  }

  /** Puts all records of a zone into a version that has none. Throws DnsError `zone-invalid` without a SOA: then `abandon`. */
  fill(zone: Zone): void {
    doAll(this.fillSteps(zone))
  }

  /** The same in steps. */
  *fillSteps(zone: Zone): Steps {
    yield* this.#writer.fill(this.#own, this.unit, zone)
    this.arena.trim()
  }

  /**
   * Makes a change. Throws DnsError `transfer-failed` when it does not fit, `zone-invalid` when no SOA is left, or what `inspect`
   * throws: then `abandon`, or make it within `attempt`.
   */
  apply(change: ZoneChange, inspect?: InspectName): void {
    doAll(this.applySteps(change, inspect))
  }

  /** The same in steps. */
  applySteps(change: ZoneChange, inspect?: InspectName): Steps {
    return this.#writer.apply(this.#own, this.unit, change, inspect)
  }

  /** Does several things as one: when the action throws, the version is as it was before, and the error is thrown on. */
  attempt<T>(action: () => T): T {
    const outer = this.#own
    const before = this.#words().slice(this.unit * 2, this.unit * 2 + ZONE_WORDS)
    const inner = outer.begin()
    this.#own = inner
    try {
      const result = action()
      outer.keep(inner)
      return result
    } catch (error) {
      inner.abandon()
      this.#words().set(before, this.unit * 2)
      throw error
    } finally {
      this.#own = outer
    }
  }

  /** Whether it may take the place of the version with this zone block: it is whole, or was staged over these records. */
  follows(unit: number): boolean {
    const words = this.#words()
    return this.#base === undefined || this.#base.every((word, i) => words[unit * 2 + NAMES_ROOT + i] === word)
  }

  /** Nothing of it remains. */
  abandon(): void {
    this.#own.abandon()
    this.#block.abandon()
  }

  /** It is published. Returns the blocks of the arena that the version before it held alone. */
  publish(): ReturnType<BlockOwner['publish']> {
    this.#block.publish()
    return this.#own.publish()
  }
}
