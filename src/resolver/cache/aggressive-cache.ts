/**
 * Denials made from proofs that were validated before (RFC 8198): secure NSEC and NSEC3 records, by zone and in their order.
 */
import type { Name } from '../../dns/name/index.ts'
import type { UnixSeconds } from '../../dns/presentation/index.ts'
import type { RRset } from '../../dnssec/index.ts'
import type { TableCounts } from './bounded-table.ts'
import type { RRsetCache } from './rrset-cache.ts'

export type AggressiveCacheSettings = {
  readonly maxOctets: number
  /** NSEC3 records with more iterations are of no use here. */
  readonly maxNsec3Iterations: number
  /** The most that a denial is good for (seconds). */
  readonly maxNegativeTtl: number
}

/** An answer that nobody was asked for. All its RRsets are secure. */
export type Synthesized = {
  readonly kind: 'nxdomain' | 'nodata' | 'wildcard'
  readonly rcode: number
  /** Of `wildcard`: the wildcard's RRset (or its CNAME) under the name asked for. */
  readonly answer: readonly RRset[]
  /** The SOA of a denial, and the proofs, with signatures. */
  readonly authority: readonly RRset[]
  readonly expires: UnixSeconds
}

export class AggressiveCache {
  constructor(_settings: AggressiveCacheSettings, _rrsets: RRsetCache) {}

  get counts(): TableCounts {
    return { entries: 0, octets: 0, hits: 0, misses: 0, evictions: 0 }
  }

  /** Keeps a secure NSEC or NSEC3 RRset of `zone`, the zone whose key has validated it; passes over all others. */
  put(_zone: Name, _rrset: RRset, _now: UnixSeconds): void {}

  /** What `zone` would answer, when what is kept proves it. */
  deny(_name: Name, _type: number, _zone: Name, _now: UnixSeconds): Synthesized | undefined {
    return undefined
  }

  deleteWhere(_goes: (rrset: RRset) => boolean): number {
    return 0
  }

  clear(): void {}
}
