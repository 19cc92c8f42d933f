/**
 * A trust point: a zone whose keys are known without proof, and how far each of them may be trusted. A plain value; nothing
 * here changes it. The states are those of RFC 5011 §4.2 under the names that Windows gives them:
 *
 *   configured as DS ──▶ DSPending ──a key agrees──▶ Valid ◀──seen again── Missing
 *                        DSInvalid                    │  ╲──not seen──────▶   │
 *   configured as DNSKEY ─────────────────────────────┘   ╲                   │
 *   a new key is seen ──▶ AddPend ──30 days────────────────┘  revoked ──▶ Revoked ──30 days──▶ revokedKeys
 *                            └────not seen──▶ gone                 ◀──────────┘  not shown
 *
 * A DS that no key has agreed with yet is an anchor too: what Windows calls ineffective would leave the zone without any.
 */
import type { Name } from '../../dns/name/index.ts'
import { equalOctets, readU16 } from '../../dns/octets.ts'
import type { SteadySeconds, UnixSeconds } from '../../dns/presentation/index.ts'
import { computeKeyTag, FLAG_REVOKE, FLAG_SEP, type TrustAnchor } from '../../dnssec/index.ts'

/** How one anchor stands. Only `DSPending`, `Valid` and `Missing` vouch for anything. */
export type AnchorState = 'DSPending' | 'DSInvalid' | 'AddPend' | 'Valid' | 'Missing' | 'Revoked'

/** How a trust point stands as a whole, as Windows counts it. */
export type TrustPointState = 'Initialized' | 'DSPending' | 'Active' | 'DeletePending'

/** `Time`: of the steady clock while the server runs, of the wall clock where it is stored. */
export type PointAnchor<Time = SteadySeconds> = {
  readonly kind: 'ds' | 'dnskey'
  /** Of DS or DNSKEY, the latter with the flags that it was last seen with. */
  readonly rdata: Uint8Array
  readonly state: AnchorState
  /** When it entered this state, of a revoked key when the zone last showed it; 0: before anything was fetched. */
  readonly since: Time
  /** How often a key in `AddPend` was seen. */
  readonly seen: number
  /** How long it stays in `AddPend` (RFC 5011 §2.4.1), in seconds. */
  readonly holdSeconds: number
  /** The keys that signed the RRset in which a key in `AddPend` first stood (§2.2): RDATA. Empty: not known. */
  readonly vouchers: readonly Uint8Array[]
  /** Who named it: a person, or the zone itself. */
  readonly origin: 'configured' | 'added' | 'learned'
  /** When a DS begins and ceases to count, where its source tells (RFC 7958 §2.1.1). */
  readonly validFrom?: UnixSeconds
  readonly validUntil?: UnixSeconds
}

export type TrustPoint<Time = SteadySeconds> = {
  readonly zone: Name
  readonly anchors: readonly PointAnchor<Time>[]
  /** DNSKEY RDATA of revoked keys that are no longer anchors: they never become anchors again (§2.1). The oldest first. */
  readonly revokedKeys: readonly Uint8Array[]
  /** What the configuration named when it was last read: a change there is told from one that the zone made. */
  readonly configured: readonly TrustAnchor[]
  /** Whether the zone may roll its keys by itself (RFC 5011). Without it anchors stay as they were configured. */
  readonly isManaged: boolean
  /** All its keys were revoked: nothing is validated by it until a person names new anchors (§5). */
  readonly isRevoked: boolean
  /** 0: never. */
  readonly lastQueried: Time
  readonly lastSuccess: Time
  /** 0 of a revoked one: no more. */
  readonly nextProbe: Time
  /** Fetches since the last success whose keys did not verify. */
  readonly failures: number
  readonly querySeconds: number
  readonly retrySeconds: number
  /** What came of the last fetch, as a sentence; empty before the first. */
  readonly lastResult: string
}

/** Between two looks at the keys of a zone, until its own TTL tells better. */
export const LEAST_QUERY_SECONDS = 3600

/** A trust point of which nothing but its name is known. */
export function makeTrustPoint(zone: Name): TrustPoint<0> {
  return {
    zone,
    anchors: [],
    revokedKeys: [],
    configured: [],
    isManaged: true,
    isRevoked: false,
    lastQueried: 0,
    lastSuccess: 0,
    nextProbe: 0,
    failures: 0,
    querySeconds: LEAST_QUERY_SECONDS,
    retrySeconds: LEAST_QUERY_SECONDS,
    lastResult: '',
  }
}

/** Whether the anchor may vouch for the keys of its zone. */
export function isEffective(anchor: PointAnchor): boolean {
  return anchor.state === 'Valid' || anchor.state === 'Missing' || anchor.state === 'DSPending'
}

/**
 * What a validator may hold to be true. Anchors whose algorithm or digest nobody here knows are among them only when there
 * are no others: they say that the zone is signed with what cannot be checked (RFC 4035 §5.2).
 */
export function effectiveAnchors(point: TrustPoint): TrustAnchor[] {
  if (point.isRevoked) return []
  let chosen = point.anchors.filter(isEffective)
  if (chosen.length === 0) chosen = point.anchors.filter((anchor) => anchor.state === 'DSInvalid')
  return chosen.map(({ kind, rdata, validFrom, validUntil }) => ({
    zone: point.zone,
    kind,
    rdata,
    ...(validFrom === undefined ? {} : { validFrom }),
    ...(validUntil === undefined ? {} : { validUntil }),
  }))
}

export function stateOfPoint(
  point: Pick<TrustPoint, 'isRevoked'> & { readonly anchors: readonly Pick<PointAnchor, 'state'>[] },
): TrustPointState {
  if (point.isRevoked) return 'DeletePending'
  const has = (state: AnchorState): boolean => point.anchors.some((anchor) => anchor.state === state)
  if (has('Valid') || has('Missing')) return 'Active'
  if (has('DSPending') || has('DSInvalid')) return 'DSPending'
  return has('Revoked') ? 'DeletePending' : 'Initialized'
}

/** The key tag by which a person knows the key: that of the key before it was revoked, as Windows shows it. */
export function tagOf(anchor: { readonly kind: 'ds' | 'dnskey'; readonly rdata: Uint8Array }): number {
  return anchor.kind === 'ds' ? readU16(anchor.rdata, 0) : computeKeyTag(withoutRevoke(anchor.rdata))
}

export function isRevokedKey(rdata: Uint8Array): boolean {
  return (readU16(rdata, 0) & FLAG_REVOKE) !== 0
}

/** Whether DNSKEY RDATA is that of a secure entry point, which alone becomes an anchor by itself (RFC 5011 §4.1). */
export function isEntryPoint(rdata: Uint8Array): boolean {
  return (readU16(rdata, 0) & FLAG_SEP) !== 0
}

/** DNSKEY RDATA as it was before its revocation. */
export function withoutRevoke(rdata: Uint8Array): Uint8Array {
  if (!isRevokedKey(rdata)) return rdata
  const plain = rdata.slice()
  plain[1] = (plain[1] ?? 0) & ~FLAG_REVOKE
  return plain
}

/** Whether two DNSKEY RDATA are one key, revoked or not. */
export function isSameKey(a: Uint8Array, b: Uint8Array): boolean {
  return equalOctets(withoutRevoke(a), withoutRevoke(b))
}
