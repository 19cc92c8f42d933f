/**
 * RRsets by owner and type, with what they may be believed (RFC 2181 §5.4.1). One object is shared by this cache, the messages
 * that hold it and whoever is about to answer: a verdict on it is a verdict for all of them.
 *
 * Only class IN comes here. What is put with a TTL of 0 serves the transaction that fetched it, by the object that `put` returns;
 * `find` does not give it.
 */
import type { Name } from '../../dns/name/index.ts'
import { equalOctets } from '../../dns/octets.ts'
import type { SteadySeconds } from '../../dns/presentation/index.ts'
import { DNAME, NS } from '../../dns/rr/index.ts'
import type { RRset } from '../../dnssec/index.ts'
import { BoundedTable, type TableCounts } from './bounded-table.ts'
import { octetsOfRrset } from './octet-sizes.ts'
import { Rank } from './rank.ts'

export type RRsetCacheSettings = {
  readonly maxOctets: number
  /** TTLs are raised to this (seconds), but for what a validator has bounded. Above 0 this goes against the wish of the zone. */
  readonly minTtl: number
  /** TTLs are lowered to this (seconds). */
  readonly maxTtl: number
  /** How long after its end an RRset is kept for `findStale` (RFC 8767); 0: it goes. */
  readonly staleSeconds: number
}

export type CachedRRset = { readonly rrset: RRset; readonly rank: Rank }

type Entry = {
  readonly rrset: RRset
  rank: Rank
  readonly since: SteadySeconds
  /** Of NS RRsets: no later set of this delegation, the child's least of all, lasts longer. */
  readonly delegationExpires: SteadySeconds
}

/** In the last tenth of its time a secure RRset gives way to a fresh one, or it could not be fetched before it is gone. */
const PREFETCH_SHARE = 0.1
const NEVER = Number.POSITIVE_INFINITY

export class RRsetCache {
  readonly #settings: RRsetCacheSettings
  readonly #table: BoundedTable<Entry>
  /** Whether there ever was a DNAME: without one nobody need look for them above each name. */
  sawDname = false

  constructor(settings: RRsetCacheSettings) {
    this.#settings = settings
    const { maxOctets, staleSeconds } = settings
    this.#table = new BoundedTable(maxOctets, ({ rrset }, now) => rrset.expires + staleSeconds <= now)
  }

  get counts(): TableCounts {
    return this.#table.counts
  }

  /** The RRset, when it stands there and its time is not over: it may be bogus, or not checked. */
  find(name: Name, type: number, now: SteadySeconds): CachedRRset | undefined {
    const table = this.#table
    const entry = table.find(name.key, type)
    if (entry !== undefined && entry.rrset.expires > now) {
      table.hits++
      return entry
    }
    table.misses++
    if (entry !== undefined && entry.rrset.expires + this.#settings.staleSeconds <= now) table.delete(name.key, type)
    return undefined
  }

  /** The RRset, also when its time was over not more than `maxStaleSeconds` ago (RFC 8767 §5). Bogus ones never come stale. */
  findStale(name: Name, type: number, now: SteadySeconds, maxStaleSeconds: number): CachedRRset | undefined {
    const entry = this.#table.find(name.key, type)
    if (entry === undefined || entry.rrset.expires + maxStaleSeconds <= now) return undefined
    return entry.rrset.expires <= now && entry.rrset.security === 'bogus' ? undefined : entry
  }

  /**
   * Puts the RRset, whose `expires` is bounded by the settings here, and returns what stands in the cache afterwards: this one, or
   * a better one that was there. Without records it is no RRset: it is returned and not kept. `end`: the RRset expires then at the
   * latest, whatever the settings are; when that time is over, it is not kept.
   */
  put(rrset: RRset, rank: Rank, now: SteadySeconds, end: SteadySeconds = NEVER): RRset {
    if (rrset.rdatas.length === 0 && rrset.withheld === undefined) return rrset
    const { owner, type } = rrset
    if (type === DNAME.number) this.sawDname = true
    const old = this.#table.find(owner.key, type)
    if (old?.rrset === rrset) {
      if (rank > old.rank) old.rank = rank
      return rrset
    }
    this.#boundTtl(rrset, now)
    if (rrset.expires > end) rrset.expires = end
    if (end <= now) return rrset
    const isFresh = old !== undefined && old.rrset.expires > now
    if (isFresh && !replaces(rrset, rank, old, now)) return old.rrset
    let delegationExpires = 0
    const wasDelegation = isFresh && old.delegationExpires > 0
    if (type === NS.number || rank === Rank.additional || wasDelegation) {
      // The child must not keep itself alive, nor change its servers or their addresses and with them its end (ghost domains).
      if (wasDelegation && rrset.expires > old.delegationExpires) rrset.expires = old.delegationExpires
      delegationExpires = wasDelegation ? old.delegationExpires : rrset.expires
    }
    const entry = { rrset, rank, since: now, delegationExpires }
    this.#table.put(owner.key, type, entry, octetsOfRrset(rrset), now)
    return rrset
  }

  #boundTtl(rrset: RRset, now: SteadySeconds): void {
    const { minTtl, maxTtl } = this.#settings
    if (rrset.expires > now + maxTtl) rrset.expires = now + maxTtl
    const isBounded = rrset.security === 'secure' || rrset.security === 'bogus'
    if (!isBounded && rrset.expires < now + minTtl) rrset.expires = now + minTtl
  }

  delete(name: Name, type: number): boolean {
    return this.#table.delete(name.key, type)
  }

  deleteWhere(goes: (rrset: RRset) => boolean): number {
    return this.#table.deleteWhere(({ rrset }) => goes(rrset))
  }

  clear(): void {
    this.#table.clear()
  }

  *values(): Generator<CachedRRset> {
    yield* this.#table.values()
  }
}

/** Whether a new RRset takes the place of one whose time is not over. */
function replaces(rrset: RRset, given: Rank, old: Entry, now: SteadySeconds): boolean {
  const isEqual = equalLists(rrset.rdatas, old.rrset.rdatas) && equalLists(rrset.signatures, old.rrset.signatures)
  // Everything but the same once more is better than bogus data: that waits for its end, lest each client ask for it again.
  if (old.rrset.security === 'bogus') return !isEqual || rrset.security === 'secure'
  if (rrset.security === 'bogus') return false
  const rank = rrset.security === 'secure' ? Rank.secure : given
  const isLate = old.rrset.expires - now <= (old.rrset.expires - old.since) * PREFETCH_SHARE
  const oldRank = old.rrset.security === 'secure' && !isLate ? Rank.secure : old.rank
  if (rank !== oldRank) return rank > oldRank
  return !isEqual || (rrset.type !== NS.number && rrset.expires > old.rrset.expires)
}

/** The same RDATA, in whatever order; no list has one twice. */
function equalLists(list: readonly Uint8Array[], others: readonly Uint8Array[]): boolean {
  if (list.length !== others.length) return false
  if (list.length <= FEW) return list.every((rdata) => others.some((other) => equalOctets(rdata, other)))
  const texts = new Set(others.map((other) => other.toHex()))
  return list.every((rdata) => texts.has(rdata.toHex()))
}

/** So many are compared each with each. */
const FEW = 8
