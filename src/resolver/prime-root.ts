/** Asks the root for its servers before anything else is asked of it (RFC 8109). */
import { Name } from '../dns/name/index.ts'
import { NS } from '../dns/rr/index.ts'
import type { ResolverClock } from './ask-server.ts'
import type { Budget } from './budget.ts'
import type { Caches } from './cache/index.ts'
import type { Delegation } from './delegation.ts'
import type { Routes } from './routes.ts'
import type { LookUp } from './server-addresses.ts'
import type { ResolverSettings } from './settings.ts'
import type { Work } from './tasks.ts'

export type PrimingParts = {
  readonly settings: Pick<ResolverSettings, 'prime'>
  readonly caches: Caches
  readonly routes: Routes
  readonly clock: ResolverClock
  readonly lookUp: LookUp
}

/** Whether `delegation` is the root as the hints have it, and its servers are to be looked up before (name, type) is asked. */
export function needsPriming(
  { settings, caches, clock }: PrimingParts,
  { zone, kind }: Delegation,
  name: Name,
  type: number,
): boolean {
  if (!zone.isRoot || kind !== 'root' || !settings.prime || (name.isRoot && type === NS.number)) return false
  return caches.rrsets.find(Name.root, NS.number, clock.now()) === undefined
}

/** Looks up the servers of the root; the hints serve when that fails. */
export function* primeRoot(
  { lookUp, routes, clock }: PrimingParts,
  hints: Delegation,
  budget: Budget,
): Work<Delegation> {
  const outcome = yield* lookUp(hints.zone, NS.number, budget)
  const ns = outcome !== 'loop' && outcome.kind === 'link' ? outcome.link.answer[0] : undefined
  if (ns === undefined || ns.type !== NS.number) return hints
  const primed = routes.fromNs(ns, [], 'root', clock.now())
  return primed.servers.length > 0 ? primed : hints
}
