/**
 * How far a zone is to be trusted, as a walk from a trust anchor has found it: with which keys, or why not. Each knows the zone
 * through which it was reached, so that the whole chain can be told from its last link.
 */
import type { Name } from '../dns/name/index.ts'
import type { SteadySeconds } from '../dns/presentation/index.ts'
import type { Reason } from './reasons.ts'
import type { Link, Words } from './verdict.ts'
import type { ZoneKey } from './zone-keys.ts'

type Known = {
  /** Of an insecure or bogus one: the name from which on it is so. */
  readonly zone: Name
  readonly expires: SteadySeconds
  /** The zone above, unless a trust anchor stands here. */
  readonly parent: ZoneTrust | undefined
  /** What this zone adds to the chain. */
  readonly links: readonly Link[]
}

export type SecureZone = Known & {
  readonly kind: 'secure'
  /** When the first DS RRset on the way from the trust anchor to it expires: no zone below it is trusted for longer. */
  readonly vouchedUntil: SteadySeconds
  /** When its keys were fetched. */
  readonly since: SteadySeconds
  /** Those that may sign. */
  readonly keys: readonly ZoneKey[]
  /** Each of these algorithms must sign, where the settings ask for it; otherwise empty. */
  readonly algorithms: readonly number[]
}

export type UntrustedZone = Known & {
  readonly kind: 'insecure' | 'bogus'
  readonly reason: Reason
  readonly words: Words
}

export type ZoneTrust = SecureZone | UntrustedZone

/** All links from the anchor down to this zone. */
export function linksTo(trust: ZoneTrust): Link[] {
  const links: Link[] = []
  for (let at: ZoneTrust | undefined = trust; at !== undefined; at = at.parent) links.unshift(...at.links)
  return links
}
