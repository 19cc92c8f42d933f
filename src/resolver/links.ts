/**
 * The links of an alias chain. A message may hold a chain of them; each is taken by itself, with what its zone may say of it, so
 * that each can be believed, kept and judged by itself.
 */
import { commonLabels, countLabels, dropLabels, equalNames, MAX_NAME, Name } from '../dns/name/index.ts'
import { ANY, CLASS_IN, CNAME, DNAME, NSEC, NSEC3, RRSIG } from '../dns/rr/index.ts'
import type { Response, RRset } from '../dnssec/index.ts'

/** Links that are taken from one message. */
const MOST_LINKS = 16

export type Chain = {
  /** CNAMEs and DNAMEs, in order; each a response of its own. */
  readonly aliases: readonly Response[]
  /** The name that the aliases lead to: the question's, when there are none. */
  readonly name: Name
  /** The data asked for, where the message has it. */
  readonly data: readonly RRset[]
  /** The data is a DNAME that would make the name too long (RFC 6672 §2.2). */
  readonly isTooLong: boolean
  /** NSEC and NSEC3 of the authority section, which an expanded wildcard needs. */
  readonly proofs: readonly RRset[]
}

/** Where an alias link leads to; undefined for data and denials. */
export function aliasTarget(link: Response): Name | undefined {
  if (link.type === CNAME.number || link.type === ANY.number) return undefined
  const cname = link.answer.find((set) => set.type === CNAME.number && set.owner.equals(link.name))
  const [rdata] = cname?.rdatas ?? []
  return rdata === undefined ? undefined : Name.fromOctets(rdata)
}

/** Whether the RRset was made from a wildcard: its signature counts fewer labels than its owner has (RFC 4035 §5.3.4). */
export function isExpanded({ owner, signatures }: RRset): boolean {
  const [signature] = signatures
  if (signature === undefined) return false
  const labels = owner.isWildcard ? owner.labelCount - 1 : owner.labelCount
  return (signature[3] ?? 0) < labels
}

/** What was asked, and of which zone's server. */
export type AliasScope = {
  readonly name: Name
  readonly type: number
  readonly zone: Name
  /** Whether a name within the zone is known to belong to a zone below it. */
  readonly isBelowCut: (name: Name) => boolean
}

/**
 * Follows the aliases in an answer section, as far as they are within the zone whose server sent it, and not below a cut of it that
 * is known (RFC 2181 §5.4.1): for anything else, and for what stands beside the chain, this server is not authoritative.
 */
export function followAliases(
  { name, type, zone, isBelowCut }: AliasScope,
  answer: readonly RRset[],
  authority: readonly RRset[],
  isAuthoritative: boolean,
): Chain {
  const proofs = authority.filter((set) => isProof(set) && set.owner.isAtOrBelow(zone) && staysWithin(set, zone))
  const aliases: Response[] = []
  let at = name
  while (aliases.length < MOST_LINKS && at.isAtOrBelow(zone)) {
    const data = type === CNAME.number ? findCname(at, answer, zone) : findData(at, type, answer, zone)
    if (data.length > 0) return { aliases, name: at, data, isTooLong: false, proofs }
    const sets = findAlias(at, answer, zone)
    if (sets === undefined) break
    if (sets.length === 1 && sets[0]?.type === DNAME.number) {
      return { aliases, name: at, data: sets, isTooLong: true, proofs }
    }
    const link: Response = {
      name: at,
      type,
      class: CLASS_IN,
      rcode: 0,
      isAuthoritative,
      answer: sets,
      authority: proofs,
      additional: [],
    }
    const target = aliasTarget(link)
    if (target === undefined) break
    aliases.push(link)
    at = target
    if (at.isAtOrBelow(zone) && isBelowCut(at)) break
  }
  return { aliases, name: at, data: [], isTooLong: false, proofs }
}

/** An NSEC whose span ends out of its zone claims names of others. */
export function staysWithin({ type, rdatas }: RRset, zone: Name): boolean {
  return type !== NSEC.number || rdatas.every((rdata) => Name.fromOctets(rdata).isAtOrBelow(zone))
}

export function isProof({ type, rdatas }: RRset): boolean {
  return (type === NSEC.number || type === NSEC3.number) && rdatas.length > 0
}

/** A signed NSEC or NSEC3 RRset. */
export function isSignedProof(set: RRset): boolean {
  return isProof(set) && set.signatures.length > 0
}

function findData(name: Name, type: number, answer: readonly RRset[], zone: Name): RRset[] {
  if (type === RRSIG.number) return answer.filter((set) => set.signatures.length > 0 && set.owner.equals(name))
  return answer.filter(
    (set) =>
      (set.type === type || type === ANY.number) &&
      (set.rdatas.length > 0 || set.withheld !== undefined) &&
      set.owner.equals(name) &&
      staysWithin(set, zone),
  )
}

/** A CNAME that is asked for: one that follows from a DNAME comes with it. */
function findCname(name: Name, answer: readonly RRset[], zone: Name): RRset[] {
  return findAlias(name, answer, zone) ?? []
}

/** The CNAME of a name, or the DNAME above it with the CNAME that follows from it. */
function findAlias(name: Name, answer: readonly RRset[], zone: Name): RRset[] | undefined {
  const cname = answer.find((set) => set.type === CNAME.number && set.rdatas.length > 0 && set.owner.equals(name))
  const dname = answer.find(
    (set) =>
      set.type === DNAME.number &&
      set.rdatas.length === 1 &&
      !set.owner.equals(name) &&
      name.isAtOrBelow(set.owner) &&
      set.owner.isAtOrBelow(zone),
  )
  // A CNAME that is signed speaks for itself.
  if (dname === undefined || (cname !== undefined && cname.signatures.length > 0)) return cname && [cname]
  const made = synthesizeCname(name, dname)
  if (made === undefined) return [dname]
  // One that does not follow from the DNAME is told as it came: whoever validates is to know (`repairAlias`).
  return [dname, cname === undefined || follows(cname, made) ? made : cname]
}

/** The answer of a link whose CNAME does not follow from its DNAME, as it should be: the DNAME has the last word. */
export function repairAlias(answer: readonly RRset[]): readonly RRset[] {
  const [dname, cname] = answer
  if (dname?.type !== DNAME.number || cname?.type !== CNAME.number || cname.signatures.length > 0) return answer
  const made = synthesizeCname(cname.owner, dname)
  return made === undefined || follows(cname, made) ? answer : [dname, made]
}

function follows(cname: RRset, made: RRset): boolean {
  const [given] = cname.rdatas
  const [expected] = made.rdatas
  return given !== undefined && expected !== undefined && equalNames(given, 0, expected, 0)
}

/** The CNAME that a DNAME above the name stands for (RFC 6672 §2.2). Undefined: its target would be too long. */
export function synthesizeCname(name: Name, dname: RRset): RRset | undefined {
  const [target] = dname.rdatas
  if (target === undefined) return undefined
  const below = countLabels(name.octets, 0) - commonLabels(name.octets, 0, dname.owner.octets, 0)
  const kept = dropLabels(name.octets, 0, below)
  if (kept + target.length > MAX_NAME) return undefined
  const rdata = new Uint8Array(kept + target.length)
  rdata.set(name.octets.subarray(0, kept))
  rdata.set(target, kept)
  const { ttl, expires } = dname
  return {
    owner: name,
    type: CNAME.number,
    class: CLASS_IN,
    ttl,
    expires,
    rdatas: [rdata],
    signatures: [],
    security: 'unchecked',
  }
}
