/**
 * A map of (key, number) with a ceiling of octets. What is asked for stays, what nobody asks for goes: CLOCK, one bit an entry
 * and a hand that goes round. New entries come in without the bit, so that a flood of names that are asked for once passes
 * through and leaves the others where they are. Everything is O(1), eviction amortised: each step of the hand clears a bit that a
 * find has set, or evicts.
 *
 * What it does not do: time. Who owns a table says what is dead already when room is needed (`isDead`).
 */
import type { SteadySeconds } from '../../dns/presentation/index.ts'

/** What a slot costs beside its value: itself, the map's place for it, its key. Measured with 100,000 of them, rounded up. */
export const SLOT_OCTETS = 160

export class Slot<V> {
  readonly key: string
  readonly type: number
  value: V
  octets: number
  wasUsed = false
  /** Another slot of the same key. */
  sibling: Slot<V> | undefined
  /** The ring in which the hand goes round. */
  before: Slot<V> = this
  after: Slot<V> = this

  constructor(key: string, type: number, value: V, octets: number) {
    this.key = key
    this.type = type
    this.value = value
    this.octets = octets
  }
}

export type TableCounts = {
  readonly entries: number
  readonly octets: number
  readonly hits: number
  readonly misses: number
  /** Entries that went because room was needed. */
  readonly evictions: number
}

export class BoundedTable<V> {
  readonly maxOctets: number
  readonly #isDead: (value: V, now: SteadySeconds) => boolean
  readonly #onRemove: ((value: V) => void) | undefined
  /** The first slot of each key; the others hang on it. */
  readonly #firsts = new Map<string, Slot<V>>()
  #hand: Slot<V> | undefined
  #entries = 0
  #octets = 0
  #evictions = 0
  /** Its owner counts them: only he knows whether what was found is still good. */
  hits = 0
  misses = 0

  /** `isDead`: the hand need not spare it. `onRemove`: called for each value that goes, for whatever reason. */
  constructor(
    maxOctets: number,
    isDead: (value: V, now: SteadySeconds) => boolean = () => false,
    onRemove?: (value: V) => void,
  ) {
    this.maxOctets = maxOctets
    this.#isDead = isDead
    this.#onRemove = onRemove
  }

  get counts(): TableCounts {
    const { hits, misses } = this
    return { entries: this.#entries, octets: this.#octets, hits, misses, evictions: this.#evictions }
  }

  find(key: string, type: number): V | undefined {
    const slot = this.#slot(key, type)
    if (slot === undefined) return undefined
    slot.wasUsed = true
    return slot.value
  }

  #slot(key: string, type: number): Slot<V> | undefined {
    let slot = this.#firsts.get(key)
    while (slot !== undefined && slot.type !== type) slot = slot.sibling
    return slot
  }

  /** All values of a key, unmarked. */
  *ofKey(key: string): Generator<V> {
    for (let slot = this.#firsts.get(key); slot !== undefined; slot = slot.sibling) yield slot.value
  }

  /**
   * Sets the value, which costs `octets` beside the slot. What alone is above the ceiling is not kept (false), and nothing but what
   * stood in its place goes for it.
   */
  put(key: string, type: number, value: V, octets: number, now: SteadySeconds): boolean {
    const cost = octets + SLOT_OCTETS + 2 * key.length
    const old = this.#slot(key, type)
    if (cost > this.maxOctets) {
      if (old !== undefined) this.#remove(old)
      return false
    }
    if (old !== undefined) {
      const replaced = old.value
      this.#octets += cost - old.octets
      old.value = value
      old.octets = cost
      if (replaced !== value) this.#onRemove?.(replaced)
      this.#makeRoom(old, now)
      return true
    }
    const slot = new Slot(key, type, value, cost)
    const first = this.#firsts.get(key)
    if (first === undefined) this.#firsts.set(key, slot)
    else {
      slot.sibling = first.sibling
      first.sibling = slot
    }
    this.#entries++
    this.#octets += cost
    if (this.#hand === undefined) this.#hand = slot
    else {
      // Behind the hand: it has the whole round before it.
      const hand = this.#hand
      slot.after = hand
      slot.before = hand.before
      hand.before.after = slot
      hand.before = slot
    }
    this.#makeRoom(slot, now)
    return true
  }

  /** Evicts until all fits, sparing `kept`. */
  #makeRoom(kept: Slot<V>, now: SteadySeconds): void {
    while (this.#octets > this.maxOctets) {
      const slot = this.#hand
      if (slot === undefined) return
      if (slot === kept || (slot.wasUsed && !this.#isDead(slot.value, now))) {
        slot.wasUsed = false
        this.#hand = slot.after
        continue
      }
      this.#evictions++
      this.#remove(slot)
    }
  }

  delete(key: string, type: number): boolean {
    const slot = this.#slot(key, type)
    if (slot === undefined) return false
    this.#remove(slot)
    return true
  }

  /** Removes what is to go; returns how many went. A walk over everything. */
  deleteWhere(goes: (value: V, type: number) => boolean): number {
    let gone = 0
    for (const first of this.#firsts.values()) {
      let slot: Slot<V> | undefined = first
      while (slot !== undefined) {
        const next: Slot<V> | undefined = slot.sibling
        if (goes(slot.value, slot.type)) {
          this.#remove(slot)
          gone++
        }
        slot = next
      }
    }
    return gone
  }

  clear(): void {
    if (this.#onRemove !== undefined) for (const value of this.values()) this.#onRemove(value)
    this.#firsts.clear()
    this.#hand = undefined
    this.#entries = 0
    this.#octets = 0
  }

  *values(): Generator<V> {
    for (const first of this.#firsts.values()) {
      for (let slot: Slot<V> | undefined = first; slot !== undefined; slot = slot.sibling) yield slot.value
    }
  }

  #remove(slot: Slot<V>): void {
    const first = this.#firsts.get(slot.key)
    if (first === slot) {
      if (slot.sibling === undefined) this.#firsts.delete(slot.key)
      else this.#firsts.set(slot.key, slot.sibling)
    } else {
      let before = first
      while (before !== undefined && before.sibling !== slot) before = before.sibling
      if (before !== undefined) before.sibling = slot.sibling
    }
    if (slot.after === slot) this.#hand = undefined
    else {
      slot.before.after = slot.after
      slot.after.before = slot.before
      if (this.#hand === slot) this.#hand = slot.after
    }
    this.#entries--
    this.#octets -= slot.octets
    this.#onRemove?.(slot.value)
  }
}
