/**
 * The rules of signing at one name, by its kind and its types: the TTL of its RRsets, whether a chain of denial has it, and its type
 * bitmap. The plan of a whole zone and that of a change both use them. `Zone.isSigned` says which RRset is signed.
 */
import { DS, NS, NSEC, NSEC3, NSEC3PARAM, RRSIG } from '../dns/rr/index.ts'
import { DELEGATION, OCCLUDED } from '../zone/index.ts'

/** Types whose records signing makes, and replaces. */
export const MADE_BY_SIGNING: ReadonlySet<number> = new Set([
  RRSIG.number,
  NSEC.number,
  NSEC3.number,
  NSEC3PARAM.number,
])

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

/** Turns the types of a name without RRSIG into those of its NSEC bitmap. Returns the same list. */
export function nsecTypes(kind: number, types: number[]): number[] {
  keepOwnTypes(kind, types)
  types.push(NSEC.number, RRSIG.number)
  return types
}

/** The same for NSEC3. RRSIG is in the bitmap where an RRset is signed: everywhere but at delegations without DS. */
export function nsec3Types(kind: number, types: number[]): number[] {
  keepOwnTypes(kind, types)
  if (kind !== DELEGATION || types.includes(DS.number)) types.push(RRSIG.number)
  return types
}

/** At a delegation, types other than NS and DS belong to the child (RFC 4035 §2.3). */
function keepOwnTypes(kind: number, types: number[]): void {
  if (kind !== DELEGATION) return
  let kept = 0
  for (const type of types) if (type === NS.number || type === DS.number) types[kept++] = type
  types.length = kept
}
