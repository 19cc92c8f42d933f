/**
 * Trust anchors: DS or DNSKEY records that one holds to be true without proof (RFC 4033 §2, RFC 4035 §5). A value; where they
 * come from is not told here (`store/anchor-file.ts` reads files of them).
 */
import type { Name } from '../dns/name/index.ts'
import { equalOctets } from '../dns/octets.ts'
import type { UnixSeconds } from '../dns/presentation/index.ts'
import { findAlgorithm } from './algorithms.ts'
import { findDigestType, matchesDs } from './ds.ts'
import { computeKeyTag } from './key-tag.ts'
import { FLAG_REVOKE } from './signing-key.ts'

export type TrustAnchor = {
  readonly zone: Name
  readonly kind: 'ds' | 'dnskey'
  readonly rdata: Uint8Array
  /** When it begins to count, and when it ends, where that is told (RFC 7958 §2.1.1). */
  readonly validFrom?: UnixSeconds
  readonly validUntil?: UnixSeconds
}

/** Key tag of the key that the anchor speaks of. */
export function anchorTag(anchor: TrustAnchor): number {
  const { kind, rdata } = anchor
  return kind === 'ds' ? ((rdata[0] ?? 0) << 8) | (rdata[1] ?? 0) : computeKeyTag(rdata)
}

/** Whether the anchor counts at this time. */
export function isAnchorValid(anchor: TrustAnchor, at: UnixSeconds): boolean {
  return (anchor.validFrom ?? 0) <= at && at < (anchor.validUntil ?? Number.POSITIVE_INFINITY)
}

/** Whether its algorithm and digest type are such that anything can be proved with it. */
export function isAnchorSupported(anchor: TrustAnchor): boolean {
  const { kind, rdata } = anchor
  const algorithm = rdata[kind === 'ds' ? 2 : 3] ?? 0
  if (findAlgorithm(algorithm) === 'unsupported') return false
  return kind === 'dnskey' || findDigestType(rdata[3] ?? 0) !== 'unsupported'
}

/** Whether the anchor speaks of this DNSKEY of its zone. A key that was revoked since is never trusted (RFC 5011 §2.1). */
export function matchesAnchor(anchor: TrustAnchor, dnskeyRdata: Uint8Array): boolean {
  if (((dnskeyRdata[1] ?? 0) & FLAG_REVOKE) !== 0) return false
  if (anchor.kind === 'dnskey') return equalOctets(anchor.rdata, dnskeyRdata)
  return matchesDs(anchor.rdata, anchor.zone, dnskeyRdata) === true
}
