/**
 * What is known of zones: their keys, ready to verify with, or that they are insecure or bogus. Bounded by octets; what is asked
 * for stays, the rest goes in the order in which it came (CLOCK: each entry has a bit that a find sets and the hand clears).
 */
import type { Name } from '../dns/name/index.ts'
import type { SteadySeconds } from '../dns/presentation/index.ts'
import type { ZoneTrust } from './zone-trust.ts'

/** An entry without its keys: measured, rounded up. */
const ENTRY_OCTETS = 700
/** An imported key beside its RDATA. */
const KEY_OCTETS = 900
/** Keys of a zone are fetched anew before their time once in so long (seconds). */
const RENEWAL_SECONDS = 60
const MOST_RENEWALS = 10_000
const DEFAULT_MAX_OCTETS = 32 << 20

type Entry = { readonly trust: ZoneTrust; readonly octets: number; wasUsed: boolean }

export class KeyCache implements Iterable<ZoneTrust> {
  readonly #entries = new Map<string, Entry>()
  readonly #maxOctets: number
  #octets = 0
  readonly #renewals = new Map<string, SteadySeconds>()

  constructor(options: { readonly maxOctets?: number } = {}) {
    this.#maxOctets = options.maxOctets ?? DEFAULT_MAX_OCTETS
  }

  get size(): number {
    return this.#entries.size
  }

  get octets(): number {
    return this.#octets
  }

  /** What is known of this very zone; undefined when nothing is, or nothing any more. */
  find(zone: Name, now: SteadySeconds): ZoneTrust | undefined {
    const { key } = zone
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (entry.trust.expires <= now) {
      this.#drop(key, entry)
      return undefined
    }
    entry.wasUsed = true
    return entry.trust
  }

  /** What is known of the nearest zone at or above `name`, no higher than `top`. */
  findNearest(name: Name, top: Name, now: SteadySeconds): ZoneTrust | undefined {
    const highest = top.labelCount
    let zone = name
    for (let labels = name.labelCount; ; labels--) {
      const found = this.find(zone, now)
      if (found !== undefined || labels <= highest) return found
      zone = zone.parent
    }
  }

  add(trust: ZoneTrust): void {
    const { key } = trust.zone
    const old = this.#entries.get(key)
    if (old !== undefined) this.#drop(key, old)
    const octets = octetsOf(trust)
    if (octets > this.#maxOctets) return
    this.#entries.set(key, { trust, octets, wasUsed: false })
    this.#octets += octets
    this.#makeRoom()
  }

  /** Whether the zone's keys may be fetched anew before their time; that counts as done. */
  takeRenewal({ key }: Name, now: SteadySeconds): boolean {
    const last = this.#renewals.get(key)
    if (last !== undefined && now - last < RENEWAL_SECONDS) return false
    if (this.#renewals.size >= MOST_RENEWALS) this.#renewals.clear()
    this.#renewals.set(key, now)
    return true
  }

  /** Forgets the zone, or all at and below it; returns how many entries went. */
  flush(zone: Name, extent: 'zone' | 'subtree' = 'subtree'): number {
    const before = this.#entries.size
    for (const [key, entry] of this.#entries) {
      const own = entry.trust.zone
      if (extent === 'zone' ? own.equals(zone) : own.isAtOrBelow(zone)) this.#drop(key, entry)
    }
    return before - this.#entries.size
  }

  clear(): void {
    this.#entries.clear()
    this.#octets = 0
  }

  /** In the order in which they came, with those that have expired. */
  *[Symbol.iterator](): Iterator<ZoneTrust> {
    for (const entry of this.#entries.values()) yield entry.trust
  }

  #drop(key: string, entry: Entry): void {
    this.#entries.delete(key)
    this.#octets -= entry.octets
  }

  #makeRoom(): void {
    if (this.#octets <= this.#maxOctets) return
    for (const [key, entry] of this.#entries) {
      this.#entries.delete(key)
      if (entry.wasUsed) {
        // Once more round: a map yields what is set again at its end.
        entry.wasUsed = false
        this.#entries.set(key, entry)
      } else {
        this.#octets -= entry.octets
        if (this.#octets <= this.#maxOctets) return
      }
    }
  }
}

function octetsOf(trust: ZoneTrust): number {
  if (trust.kind !== 'secure') return ENTRY_OCTETS
  let octets = ENTRY_OCTETS
  for (const key of trust.keys) octets += KEY_OCTETS + key.rdata.length
  return octets
}
