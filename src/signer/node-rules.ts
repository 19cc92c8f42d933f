/**
 * What signing makes of one name, by its kind and its types: the TTL of its RRsets, and what the chain of denial tells of it.
 * The plan of a whole zone and that of a change state none of this themselves. Which RRset is signed: `Zone.isSigned`.
 */
import { DS, NS, NSEC, RRSIG } from '../dns/rr/index.ts'
import { DELEGATION, OCCLUDED } from '../zone/index.ts'

/** The TTL that the `count` records of an RRset get: the lowest that one of them has (RFC 2181 §5.2). */
export function rrsetTtl(count: number, ttlOf: (i: number) => number): number {
  let ttl = ttlOf(0)
  for (let i = 1; i < count; i++) ttl = Math.min(ttl, ttlOf(i))
  return ttl
}

/** The TTL of NSEC and NSEC3 records: the lower of the SOA's TTL and its MINIMUM (RFC 9077 §3). */
export function denialTtl(soaTtl: number, minimum: number): number {
  return Math.min(soaTtl, minimum)
}

/** Whether a chain of denial has a name of this kind that has records (RFC 4035 §2.3, RFC 5155 §7.1). */
export function isChained(kind: number): boolean {
  return kind !== OCCLUDED
}

/** Whether opt-out leaves the name out: a delegation without DS (RFC 5155 §6). */
export function isOptedOut(kind: number, hasDs: boolean): boolean {
  return kind === DELEGATION && !hasDs
}

/** What the NSEC bitmap of a name tells, of all the types that it has but RRSIG. */
export function nsecTypes(kind: number, types: readonly number[]): number[] {
  const told = ownTypes(kind, types)
  told.push(NSEC.number, RRSIG.number)
  return told
}

/** What the NSEC3 bitmap tells. RRSIG is in it where an RRset is signed: everywhere but at delegations without DS. */
export function nsec3Types(kind: number, types: readonly number[]): number[] {
  const told = ownTypes(kind, types)
  if (kind !== DELEGATION || types.includes(DS.number)) told.push(RRSIG.number)
  return told
}

/** At a delegation, types other than NS and DS belong to the child (RFC 4035 §2.3). Makes a new list. */
function ownTypes(kind: number, types: readonly number[]): number[] {
  if (kind !== DELEGATION) return types.slice()
  return types.filter((type) => type === NS.number || type === DS.number)
}
