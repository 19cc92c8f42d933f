/** What a referral brings: the next delegation, and what of it goes to the caches. */
import { A, AAAA, DS } from '../dns/rr/index.ts'
import type { RRset } from '../dnssec/index.ts'
import type { ResolverClock } from './ask-server.ts'
import { type Caches, Rank } from './cache/index.ts'
import type { Sorted } from './classify.ts'
import { type Delegation, serverNames } from './delegation.ts'
import { isProof, staysWithin } from './links.ts'
import type { Routes } from './routes.ts'

export type TakeReferralParts = { readonly caches: Caches; readonly routes: Routes; readonly clock: ResolverClock }

/**
 * Puts what the referral of a server of `from` holds into the caches, and returns the delegation that it leads to. None of it lasts
 * longer than `from`: a delegation that its parent has removed takes those below it with it.
 */
export function takeReferral(
  { caches, routes, clock }: TakeReferralParts,
  { ns, rest }: Extract<Sorted, { kind: 'referral' }>,
  from: Delegation,
): Delegation {
  const now = clock.now()
  const end = from.expires
  caches.rrsets.put(ns, Rank.referral, now, end)
  const names = new Set(serverNames(ns).map(({ key }) => key))
  const glue: RRset[] = []
  const spare: RRset[] = []
  const proofs = rest.filter((set) => isProof(set) && staysWithin(set, from.zone))
  for (const set of proofs) if (set.expires > end) set.expires = end
  if (proofs.length > 0) caches.absentDs.put(ns.owner, proofs, now)
  for (const set of rest) {
    if (set.rdatas.length === 0) continue
    if (set.type === DS.number && set.owner.equals(ns.owner)) {
      caches.rrsets.put(set, Rank.referral, now, end)
    } else if ((set.type === A.number || set.type === AAAA.number) && names.has(set.owner.key)) {
      if (!set.owner.isAtOrBelow(from.zone)) {
        spare.push(set)
        continue
      }
      glue.push(set)
      caches.rrsets.put(set, Rank.additional, now, end)
      caches.glue.put(set, Rank.additional, now, end)
    }
  }
  const delegation = routes.fromNs(ns, glue, 'referral', now)
  delegation.spare.push(...spare)
  return delegation
}
