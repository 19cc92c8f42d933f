/**
 * What a server's reply amounts to, seen from the zone that it was asked as a server of. The rules are those of RFC 1034 §5.3.3
 * and §4.3.1, with what servers are seen to do.
 */
import type { Name } from '../dns/name/index.ts'
import { CNAME, DNAME, DS, NS, NSEC, NSEC3, SOA } from '../dns/rr/index.ts'
import { RCODE_NOERROR, RCODE_NXDOMAIN, RCODE_YXDOMAIN } from '../dns/wire/index.ts'
import type { RRset } from '../dnssec/index.ts'
import { type Chain, followAliases, staysWithin } from './links.ts'
import type { Reply } from './reply.ts'

export type Asked = {
  readonly name: Name
  readonly type: number
  readonly zone: Name
  readonly isForwarded: boolean
  /** Whether a name within the zone is known to belong to a zone below it. */
  readonly isBelowCut: (name: Name) => boolean
}

/** What a fetch may end with. */
export type AnswerKind = 'answer' | 'nodata' | 'nxdomain'
export type AnswerSorted = Extract<Sorted, { readonly kind: AnswerKind }>

export type Sorted =
  /** Data or aliases. */
  | { readonly kind: 'answer'; readonly chain: Chain }
  /** The name, or the end of the aliases, has nothing of the type, or is not there. SOA and proofs that the zone may give. */
  | { readonly kind: 'nodata' | 'nxdomain'; readonly chain: Chain; readonly authority: readonly RRset[] }
  | { readonly kind: 'referral'; readonly zone: Name; readonly ns: RRset; readonly rest: readonly RRset[] }
  /** It does not serve the zone. */
  | { readonly kind: 'lame' }
  /** It resolves, and speaks from a cache: good for nothing but the last resort. */
  | { readonly kind: 'recursion-lame'; readonly otherwise: Sorted }
  /** NOERROR without any record, or with NS records of another zone only: broken servers answer so, and some whose name has no data. */
  | { readonly kind: 'empty'; readonly otherwise: AnswerSorted }
  /** It fails, or what it says makes no sense. */
  | { readonly kind: 'broken'; readonly rcode: number }

export function sortReply(reply: Reply, asked: Asked): Sorted {
  const sorted = sort(reply, asked)
  if (asked.isForwarded || reply.isAuthoritative || !reply.recursionAvailable) return sorted
  if (sorted.kind === 'answer' || sorted.kind === 'nodata' || sorted.kind === 'nxdomain') {
    return { kind: 'recursion-lame', otherwise: sorted }
  }
  return sorted
}

function sort(reply: Reply, asked: Asked): Sorted {
  const { rcode } = reply
  const { zone } = asked
  const isAlias = (set: RRset): boolean => set.type === CNAME.number || set.type === DNAME.number
  // YXDOMAIN: the alias would be too long; the DNAME says so itself (RFC 6672 §2.2).
  const isYxdomain = rcode === RCODE_YXDOMAIN && reply.answer.some(isAlias)
  if (rcode !== RCODE_NOERROR && rcode !== RCODE_NXDOMAIN && !isYxdomain) return { kind: 'broken', rcode }
  const chain = followAliases(asked, dataOf(reply, asked), reply.authority, reply.isAuthoritative)
  if (chain.data.length > 0) return { kind: 'answer', chain }
  const authority = denialOf(reply.authority, asked, chain.name)
  const hasSoa = authority.some((set) => set.type === SOA.number)
  if (rcode === RCODE_NXDOMAIN) {
    if (!hasSoa && !reply.isAuthoritative && !asked.isForwarded && findReferral(reply, asked) !== undefined)
      return { kind: 'broken', rcode }
    return { kind: 'nxdomain', chain, authority }
  }
  if (chain.aliases.length > 0) return hasSoa ? { kind: 'nodata', chain, authority } : { kind: 'answer', chain }
  if (hasSoa) return { kind: 'nodata', chain, authority }
  const ns = asked.isForwarded ? undefined : findReferral(reply, asked)
  if (ns !== undefined) {
    const rest = reply.authority.filter((set) => set !== ns && set.owner.isAtOrBelow(zone))
    return { kind: 'referral', zone: ns.owner, ns, rest: [...rest, ...reply.additional] }
  }
  if (isLame(reply, asked)) return { kind: 'lame' }
  const otherwise: AnswerSorted = { kind: 'nodata', chain, authority }
  return isEmpty(reply, asked) ? { kind: 'empty', otherwise } : otherwise
}

/** Neither SOA nor NS of a zone with the name, nor a proof: nothing shows that the server knows the zone. */
function isEmpty({ answer, authority, isAuthoritative }: Reply, { name }: Asked): boolean {
  const isElsewhere = ({ type, owner }: RRset): boolean =>
    type === NS.number && !isAuthoritative && !name.isAtOrBelow(owner)
  return answer.length === 0 && authority.every(isElsewhere)
}

/** The answer section; for a DS that a server sends with a referral to the child, that (RFC 4035 §3.1.4.1 wants it the other way). */
function dataOf({ answer, authority }: Reply, { name, type }: Asked): readonly RRset[] {
  if (type !== DS.number) return answer
  const ds = authority.find((set) => set.type === DS.number && set.rdatas.length > 0 && set.owner.equals(name))
  return ds === undefined ? answer : [...answer, ds]
}

/**
 * A referral that leads nowhere: up, or to where we are. What is not above the name was not meant for us. A resolver that is asked
 * as one may show the servers of a zone below with a denial (RFC 2308 §2.2); up it refers when it does not resolve.
 */
function isLame(
  { authority, isAuthoritative, recursionAvailable }: Reply,
  { name, zone, isForwarded }: Asked,
): boolean {
  return authority.some((set) => {
    if (set.type !== NS.number || set.rdatas.length === 0 || !name.isAtOrBelow(set.owner)) return false
    const isAbove = zone.isAtOrBelow(set.owner) && !set.owner.equals(zone)
    if (isForwarded) return isAbove || (!recursionAvailable && set.owner.equals(zone))
    return isAbove || !isAuthoritative
  })
}

/** SOA, NSEC and NSEC3 of a denial: within the zone, the SOA at or above the name. */
function denialOf(authority: readonly RRset[], { zone, type }: Asked, name: Name): RRset[] {
  const isOfParent = type === DS.number && !name.isRoot
  return authority.filter((set) => {
    if (set.rdatas.length === 0 || !set.owner.isAtOrBelow(zone)) return false
    if (set.type === NSEC.number || set.type === NSEC3.number) return staysWithin(set, zone)
    if (set.type !== SOA.number || !name.isAtOrBelow(set.owner)) return false
    // What the child says of its own DS is no answer (RFC 4035 §3.1.4.1).
    return !(isOfParent && set.owner.equals(name) && !zone.equals(name))
  })
}

/** The NS RRset that leads down towards the name. */
function findReferral({ authority }: Reply, { name, type, zone }: Asked): RRset | undefined {
  return authority.find(
    (set) =>
      set.type === NS.number &&
      set.rdatas.length > 0 &&
      !set.owner.equals(zone) &&
      set.owner.isAtOrBelow(zone) &&
      name.isAtOrBelow(set.owner) &&
      !(type === DS.number && set.owner.equals(name)),
  )
}
