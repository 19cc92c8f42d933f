/** What a response says of the question: each claim has its own way of being proved. */
import { equalNames, isAtOrBelow, Name, nameEnd } from '../dns/name/index.ts'
import { CNAME, DS, RRSIG } from '../dns/rr/index.ts'
import { type Response, RRSIG_SIGNER, type RRset } from '../dnssec/index.ts'
import { isDenialType } from './denial-records.ts'
import { findDname } from './responses.ts'

/**
 * - `data`: the RRset asked for, all RRsets at the name (ANY), or the CNAME that stands there; each must hold.
 * - `redirection`: a DNAME above the name; the CNAME made from it is unsigned (RFC 6672 §5.3.1).
 * - `no-data`, `no-name`: proofs stand in the authority section.
 * - `nothing`: no claim that anything could be said of: an error, or signatures by themselves.
 */
export type Claim =
  | { readonly kind: 'data'; readonly rrsets: readonly RRset[] }
  | { readonly kind: 'redirection'; readonly dname: RRset; readonly cname: RRset | undefined }
  | { readonly kind: 'no-data' | 'no-name' }
  | { readonly kind: 'nothing'; readonly words: string }

const TYPE_ANY = 255
const TYPE_SIG = 24
const NOERROR = 0
const NXDOMAIN = 3
const YXDOMAIN = 6

export function classify(response: Response): Claim {
  const { name, type, rcode, answer } = response
  if (rcode !== NOERROR && rcode !== NXDOMAIN && rcode !== YXDOMAIN) {
    return { kind: 'nothing', words: `a response with RCODE ${rcode} says nothing of data` }
  }
  let wanted: RRset | undefined
  let alias: RRset | undefined
  for (const rrset of answer) {
    if (rrset.rdatas.length === 0) continue
    const isHere = rrset.owner.equals(name)
    if (isHere && rrset.type === type) wanted = rrset
    else if (isHere && rrset.type === CNAME.number) alias = rrset
  }
  const dname = findDname(answer, name)
  if (dname !== undefined) return { kind: 'redirection', dname, cname: type === CNAME.number ? wanted : alias }
  if (type === TYPE_ANY) {
    const rrsets = answer.filter((rrset) => rrset.rdatas.length > 0 && rrset.owner.equals(name))
    if (rrsets.length > 0) return { kind: 'data', rrsets }
  }
  if (wanted !== undefined) return { kind: 'data', rrsets: [wanted] }
  if (alias !== undefined) return { kind: 'data', rrsets: [alias] }
  if ((type === RRSIG.number || type === TYPE_SIG) && rcode === NOERROR) {
    return { kind: 'nothing', words: 'signatures are not signed themselves (RFC 4035 §2.2)' }
  }
  if (rcode === YXDOMAIN) return { kind: 'nothing', words: 'YXDOMAIN without a DNAME says nothing' }
  return { kind: rcode === NXDOMAIN ? 'no-name' : 'no-data' }
}

/** The name whose zone has to vouch for the claim. A DS stands in the zone above its owner (RFC 4035 §5.2). */
export function subjectOf(claim: Claim, response: Response): Name {
  if (claim.kind === 'redirection') return claim.dname.owner
  return response.type === DS.number ? response.name.parent : response.name
}

/** The RRsets whose signatures say which zone speaks. */
export function signedPartOf(claim: Claim, response: Response): readonly RRset[] {
  if (claim.kind === 'data') return claim.rrsets
  if (claim.kind === 'redirection') return [claim.dname]
  // A SOA alone denies nothing, whoever signed it: then it is asked whether the name lies in an unsigned zone.
  return response.authority.filter((rrset) => isDenialType(rrset.type))
}

/** The deepest signer of these RRsets that can be the zone of `subject`: at or above it. Undefined: they are as good as unsigned. */
export function findSigner(rrsets: readonly RRset[], subject: Name): Name | undefined {
  let best: Uint8Array | undefined
  let length = 0
  for (const { signatures } of rrsets) {
    for (let i = 0; i < signatures.length; i++) {
      const rrsig = signatures[i]!
      const end = nameEnd(rrsig, RRSIG_SIGNER, rrsig.length)
      if (end < 0 || end - RRSIG_SIGNER <= length) continue
      if (!isAtOrBelow(subject.octets, 0, rrsig, RRSIG_SIGNER)) continue
      best = rrsig
      length = end - RRSIG_SIGNER
    }
  }
  if (best === undefined) return undefined
  if (!equalNames(best, RRSIG_SIGNER, lastSigner.octets, 0)) lastSigner = Name.fromOctets(best, RRSIG_SIGNER)
  return lastSigner
}

/** Most names have the signer of the name before. */
let lastSigner: Name = Name.root
