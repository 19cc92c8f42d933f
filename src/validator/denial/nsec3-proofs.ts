/** Proofs by the NSEC3 records of one chain (RFC 5155 §8). Each is undefined when the records do not tell. */
import type { Name } from '../../dns/name/index.ts'
import { DS, NS, SOA } from '../../dns/rr/index.ts'
import type { Nsec3Record } from './nsec3.ts'
import type { DenialProof, NoDsOutcome } from './proof.ts'
import { type Nsec3Chain, setsOf, wildcardBelow } from './records.ts'

/** Ancestors of a name that are tried as its closest encloser. Names that people use have up to 34 labels (`ip6.arpa.`). */
export const MAX_CANDIDATES = 64

const EXCEEDED = { outcome: 'work-exceeded', used: [] } as const

/** The closest encloser of a name that has no record of its own, and the span in which the next closer name would lie. */
type Place = {
  readonly closestEncloser: Name
  readonly at: Nsec3Record
  readonly cover: Nsec3Record
}

/** Names from the one asked for up to the apex, the first of which has a record: the name itself, or its closest encloser. */
function locate(
  chain: Nsec3Chain,
  zone: Name,
  name: Name,
): { readonly match: Nsec3Record } | Place | 'work-exceeded' | undefined {
  let nextCloser: Uint8Array | undefined
  for (let candidate = name, n = 0; ; candidate = candidate.parent, n++) {
    const hash = n < MAX_CANDIDATES ? chain.hash(candidate) : undefined
    if (hash === undefined) return 'work-exceeded'
    const at = chain.findMatch(hash)
    if (at !== undefined) {
      if (nextCloser === undefined) return { match: at }
      // RFC 5155 §8.3: a cut or a DNAME encloses nothing that this zone could speak of.
      const cover = at.types.endsAuthority ? undefined : chain.findCover(nextCloser)
      return cover === undefined ? undefined : { closestEncloser: candidate, at, cover }
    }
    if (candidate.equals(zone)) return undefined
    nextCloser = hash
  }
}

/** RFC 5155 §8.4. */
export function noNameByNsec3(chain: Nsec3Chain, zone: Name, name: Name): DenialProof | undefined {
  const place = locate(chain, zone, name)
  if (place === undefined) return undefined
  if (place === 'work-exceeded') return EXCEEDED
  if ('match' in place) {
    const { match } = place
    if (match.types.saysNoName) return { outcome: 'proved', used: setsOf(match), isCompact: true }
    return { outcome: 'contradicted', used: setsOf(match) }
  }
  const { closestEncloser, at, cover } = place
  const outcome = cover.isOptOut ? 'opt-out' : 'proved'
  const wildcard = wildcardBelow(closestEncloser)
  if (wildcard === undefined) return { outcome, used: setsOf(at, cover), closestEncloser }
  const hash = chain.hash(wildcard)
  if (hash === undefined) return EXCEEDED
  const standIn = chain.findMatch(hash)
  if (standIn !== undefined) {
    return { outcome: 'contradicted', used: setsOf(at, cover, standIn), closestEncloser }
  }
  const denial = chain.findCover(hash)
  return denial === undefined ? undefined : { outcome, used: setsOf(at, cover, denial), closestEncloser }
}

/** RFC 5155 §8.5 to §8.7. */
export function noDataByNsec3(chain: Nsec3Chain, zone: Name, name: Name, type: number): DenialProof | undefined {
  const place = locate(chain, zone, name)
  if (place === undefined) return undefined
  if (place === 'work-exceeded') return EXCEEDED
  if ('match' in place) {
    const { match } = place
    if (match.types.saysNoName) return { outcome: 'proved', used: setsOf(match), isCompact: true }
    const outcome = match.types.judge(type, name.isRoot)
    return outcome === 'unproved' ? undefined : { outcome, used: setsOf(match) }
  }
  const { closestEncloser, at, cover } = place
  // Without the wildcard: an unsigned delegation may stand there, and whatever it says is insecure (§8.6, §9.2).
  const atLeast: DenialProof | undefined = cover.isOptOut
    ? { outcome: 'opt-out', used: setsOf(at, cover), closestEncloser }
    : undefined
  const wildcard = wildcardBelow(closestEncloser)
  if (wildcard === undefined || (cover.isOptOut && type === DS.number)) return atLeast
  const hash = chain.hash(wildcard)
  if (hash === undefined) return EXCEEDED
  const standIn = chain.findMatch(hash)
  const outcome = standIn?.types.judge(type, false) ?? 'unproved'
  if (standIn === undefined || outcome === 'unproved') return atLeast
  const told = outcome === 'proved' && cover.isOptOut ? 'opt-out' : outcome
  return { outcome: told, used: setsOf(at, cover, standIn), closestEncloser }
}

/** RFC 5155 §8.8. */
export function noCloserNameByNsec3(
  chain: Nsec3Chain,
  nextCloser: Name,
  closestEncloser: Name,
): DenialProof | undefined {
  const hash = chain.hash(nextCloser)
  if (hash === undefined) return EXCEEDED
  const match = chain.findMatch(hash)
  if (match !== undefined) return { outcome: 'contradicted', used: setsOf(match), closestEncloser }
  const cover = chain.findCover(hash)
  if (cover === undefined) return undefined
  return { outcome: cover.isOptOut ? 'opt-out' : 'proved', used: setsOf(cover), closestEncloser }
}

/** RFC 5155 §8.9, and for a name that is no delegation as well. */
export function noDsByNsec3(chain: Nsec3Chain, zone: Name, name: Name): DenialProof<NoDsOutcome> | undefined {
  const place = locate(chain, zone, name)
  if (place === undefined) return undefined
  if (place === 'work-exceeded') return EXCEEDED
  if ('match' in place) {
    const { types } = place.match
    if (types.has(SOA.number)) return undefined
    const outcome = types.has(DS.number) ? 'contradicted' : types.has(NS.number) ? 'no-ds' : 'not-a-cut'
    return { outcome, used: setsOf(place.match) }
  }
  const { closestEncloser, at, cover } = place
  return { outcome: cover.isOptOut ? 'opt-out' : 'not-a-cut', used: setsOf(at, cover), closestEncloser }
}
