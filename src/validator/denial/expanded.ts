/** Records of denial that a wildcard gave another owner: the zone did sign them, but for the wildcard, not for the span that they seem to tell of. */
import { countLabels, isWildcard } from '../../dns/name/index.ts'
import { RRSIG_LABELS, type RRset } from '../../dnssec/index.ts'

/**
 * Whether any signature counts fewer labels than the owner has (RFC 4035 §5.3.2): one that does shows the expansion, whichever of
 * them is the good one.
 */
export function isExpanded(set: RRset): boolean {
  const owner = set.owner.octets
  const labels = countLabels(owner, 0) - (isWildcard(owner, 0) ? 1 : 0)
  return set.signatures.some((rrsig) => (rrsig[RRSIG_LABELS] ?? 0) < labels)
}
