/** One prover for each kind of claim: whether what a response says holds with the keys of the zone that says it. */
import { MAX_NAME, Name } from '../dns/name/index.ts'
import { DS, SOA, typeMnemonic } from '../dns/rr/index.ts'
import type { Response, RRset } from '../dnssec/index.ts'
import { authenticate, markBogus, markSecure, title } from './authenticate.ts'
import type { Claim } from './claim.ts'
import { type DenialProof, findGap, proveNoData, proveNoDs, proveNoName, proveWildcard } from './denial/index.ts'
import {
  absentDsWords,
  authenticateDenials,
  type Denials,
  failureOf,
  INSECURE_OUTCOMES,
  isNegativeType,
  proofExpiry,
  proofWords,
} from './denial-records.ts'
import type { Failure, Inquiry } from './inquiry.ts'
import type { Reason } from './reasons.ts'
import { type Link, Step, type Words } from './verdict.ts'
import type { SecureZone } from './zone-trust.ts'

export type Proven = {
  readonly ok: true
  readonly status: 'secure' | 'insecure'
  /** Why it is insecure. */
  readonly reason?: Reason
  readonly words: Words
  readonly until: number
  readonly links: readonly Link[]
  readonly denies?: 'name' | 'type'
  readonly isNxname?: boolean
}

export type Claimed = Exclude<Claim, { kind: 'nothing' }>

export function prove(claim: Claimed, response: Response, zone: SecureZone, inquiry: Inquiry): Proven | Failure {
  switch (claim.kind) {
    case 'data':
      return proveData(claim.rrsets, response, zone, inquiry)
    case 'redirection':
      return proveRedirection(claim.dname, claim.cname, response, inquiry, zone)
    case 'no-data':
      return proveAbsence(response, zone, inquiry)
    case 'no-name':
      return proveAbsence(response, zone, inquiry, 'name')
  }
}

/** Each RRset holds; what came from a wildcard comes with the proof that no closer name exists (RFC 4035 §5.3.4). */
function proveData(rrsets: readonly RRset[], response: Response, zone: SecureZone, inquiry: Inquiry): Proven | Failure {
  const links: Link[] = []
  let until = Number.POSITIVE_INFINITY
  let insecure: Proven | undefined
  let denials: Denials | undefined
  for (const rrset of rrsets) {
    const found = authenticate(rrset, zone, inquiry)
    if (!found.ok) return found
    links.push(new Step('answer', rrset.owner, rrset.type, 'secure', found.words))
    until = Math.min(until, found.until)
    if (found.wildcardOf === undefined) continue
    denials ??= authenticateDenials(response.authority, zone, inquiry)
    const proof = proveWildcard(denials.records, rrset.owner, found.wildcardOf)
    const what = (): string => `that no name is closer to ${rrset.owner} than the wildcard below ${found.wildcardOf}`
    const told = tell(proof, what, rrset)
    links.push(...told.links)
    until = Math.min(until, told.until)
    if (told.status === 'insecure') insecure ??= { ...told, status: 'insecure' }
    else if (proof.outcome === 'proved') markSecure(rrset, found.until)
    else {
      markBogus(rrset, inquiry)
      return failureOf(proof.outcome, denials, what, { wanting: 'wildcard-unproved' })
    }
  }
  if (insecure !== undefined) {
    for (const rrset of rrsets) if (rrset.security !== 'secure') rrset.security = 'insecure'
    return { ...insecure, until, links }
  }
  const words = (): string => rrsets.map(title).join(', ')
  return { ok: true, status: 'secure', words, until, links }
}

/** The DNAME holds, and the CNAME is what it makes of the name: that one is not signed (RFC 6672 §5.3.1). */
function proveRedirection(
  dname: RRset,
  cname: RRset | undefined,
  response: Response,
  inquiry: Inquiry,
  zone: SecureZone,
): Proven | Failure {
  const found = authenticate(dname, zone, inquiry)
  if (!found.ok) return found
  const { words, until, wildcardOf } = found
  if (wildcardOf !== undefined) {
    markBogus(dname, inquiry)
    const why = (): string => `${words()}: a DNAME is not made from a wildcard (RFC 6672 §3.3)`
    return { ok: false, reason: 'signature-malformed', words: why }
  }
  const links = [new Step('answer', dname.owner, dname.type, 'secure', words)]
  if (cname === undefined) return { ok: true, status: 'secure', words, until, links }
  const target = substitute(response.name, dname)
  const [told] = cname.rdatas
  if (
    cname.rdatas.length !== 1 ||
    target === undefined ||
    told === undefined ||
    !Name.fromOctets(told).equals(target)
  ) {
    markBogus(cname, inquiry)
    const why = (): string => `${title(cname)} is not what the DNAME at ${dname.owner} makes of it`
    return { ok: false, reason: 'signature-invalid', words: why }
  }
  markSecure(cname, until)
  const made = (): string => `${title(cname)}: made from the DNAME at ${dname.owner}`
  links.push(new Step('answer', cname.owner, cname.type, 'secure', made))
  return { ok: true, status: 'secure', words: made, until: Math.min(until, cname.expires), links }
}

/** The name with the DNAME's owner replaced by its target (RFC 6672 §2.2); undefined when that is too long for a name. */
function substitute(name: Name, dname: RRset): Name | undefined {
  const [target] = dname.rdatas
  if (target === undefined || dname.rdatas.length !== 1) return undefined
  const kept = name.octets.length - dname.owner.octets.length
  if (kept + target.length > MAX_NAME) return undefined
  const octets = new Uint8Array(kept + target.length)
  octets.set(name.octets.subarray(0, kept))
  octets.set(target, kept)
  return Name.fromOctets(octets)
}

/**
 * NODATA, or NXDOMAIN with `claimed`. All that the zone says in the authority section must hold, for it is passed on. Where
 * NXDOMAIN is not proved, that there is no data may be: the RCODE is not signed, and the verdict says which of the two it is.
 * What leaves NODATA insecure does not prove NXDOMAIN: an opt-out span does not replace the denial of the wildcard (RFC 5155 §8.4).
 */
function proveAbsence(response: Response, zone: SecureZone, inquiry: Inquiry, claimed?: 'name'): Proven | Failure {
  const { name, type, authority } = response
  const denials = authenticateDenials(authority, zone, inquiry, isNegativeType)
  if (denials.failure !== undefined) return denials.failure
  const soa = denials.good.find((rrset) => rrset.type === SOA.number)
  const limit = soa?.expires ?? Number.POSITIVE_INFINITY
  const noName = claimed === 'name' ? proveNoName(denials.records, name) : undefined
  if (noName !== undefined) {
    const what = (): string => `that ${name} does not exist`
    const told = tell(noName, what)
    if (told.status !== undefined) return accept(told, told.status, 'name', limit, noName.isCompact === true)
    if (noName.outcome === 'work-exceeded') return failureOf(noName.outcome, denials, what)
  }
  const what = (): string => `that ${name} has no ${typeMnemonic(type)}`
  const noData = proveNoData(denials.records, name, type)
  const told = tell(noData, what)
  const isNxname = noData.isCompact === true
  const isProved = told.status === 'secure' || noName === undefined
  if (told.status !== undefined && isProved) {
    return accept(told, told.status, isNxname ? 'name' : 'type', limit, isNxname)
  }
  const cut = findUnsignedCut(denials, name, zone)
  if (cut !== undefined) return cut
  const { records } = denials
  if (noName === undefined) {
    return failureOf(noData.outcome, denials, what, { gap: () => findGap(records, name, 'data') })
  }
  const outcome = told.status === undefined ? noData.outcome : noName.outcome
  const gap = (): string | undefined => findGap(records, name, 'name')
  return failureOf(outcome, denials, () => `that ${name} does not exist`, { gap })
}

/**
 * What the parent says of an unsigned delegation at or above the name: nothing is proved of the name, but that nothing can be
 * (forwarders give such answers from what they have of the parent).
 */
function findUnsignedCut(denials: Denials, name: Name, zone: SecureZone): Proven | undefined {
  const highest = zone.zone.labelCount
  for (let cut = name; cut.labelCount > highest; cut = cut.parent) {
    const proof = proveNoDs(denials.records, cut)
    if (proof.outcome !== 'no-ds') continue
    const reason = 'delegation-unsigned'
    const words = (): string => absentDsWords(cut, proof)
    const links = [new Step('no-ds', cut, DS.number, 'insecure', words, reason)]
    return { ok: true, status: 'insecure', reason, words, until: proofExpiry(proof), links }
  }
  return undefined
}

type Told = Omit<Proven, 'status'> & { readonly status: 'secure' | 'insecure' | undefined }

/** What a proof comes to; no status when it proves nothing. */
function tell(proof: DenialProof, what: Words, rrset?: RRset): Told {
  const reason = INSECURE_OUTCOMES[proof.outcome]
  const status = proof.outcome === 'proved' ? 'secure' : reason === undefined ? undefined : 'insecure'
  const until = Math.min(proofExpiry(proof), rrset?.expires ?? Number.POSITIVE_INFINITY)
  const words = (): string => `${what()}: ${proof.outcome === 'proved' ? '' : `${proof.outcome}, `}${proofWords(proof)}`
  const links =
    status === undefined ? [] : proof.used.map((set) => new Step('denial', set.owner, set.type, status, words, reason))
  return { ok: true, status, words, until, links, ...(reason !== undefined && { reason }) }
}

function accept(
  told: Told,
  status: 'secure' | 'insecure',
  denies: 'name' | 'type',
  limit: number,
  isNxname = false,
): Proven {
  const until = Math.min(told.until, limit)
  // What an opt-out span covers may be there all the same: nothing is denied.
  if (status === 'insecure') return { ...told, status, until }
  return { ...told, status, until, denies, ...(isNxname && { isNxname }) }
}
