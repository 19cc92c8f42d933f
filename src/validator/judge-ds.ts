/** What a zone says of a name in it when asked for its DS records: a signed zone begins there, an unsigned one, or none. */
import type { Name } from '../dns/name/index.ts'
import { CNAME, DS } from '../dns/rr/index.ts'
import type { Response, RRset } from '../dnssec/index.ts'
import { authenticate, markSecure } from './authenticate.ts'
import { findGap, proveNoDs, proveNoName, proveWildcard } from './denial/index.ts'
import { absentDsWords, authenticateDenials, failureOf, proofExpiry, proofWords } from './denial-records.ts'
import type { Failure, Inquiry } from './inquiry.ts'
import type { Reason } from './reasons.ts'
import { findDname, findRRset } from './responses.ts'
import type { Words } from './verdict.ts'
import type { SecureZone } from './zone-trust.ts'

/** `no-cut`: the zone goes on below the name; `no-name`: there is no name, and so none below it. */
export type DsFinding = { readonly ok: true; readonly words: Words; readonly until: number } & (
  | { readonly kind: 'signed'; readonly ds: readonly Uint8Array[] }
  | { readonly kind: 'insecure'; readonly reason: Reason }
  | { readonly kind: 'no-cut' }
  | { readonly kind: 'no-name' }
)

const NXDOMAIN = 3

/** Judges the response to (`name`, DS) with the keys of the zone above. */
export function judgeDs(response: Response, name: Name, zone: SecureZone, inquiry: Inquiry): DsFinding | Failure {
  const ds = findRRset(response.answer, name, DS.number)
  if (ds !== undefined) return judgePresent(ds, zone, inquiry)
  const alias = findRRset(response.answer, name, CNAME.number) ?? findDname(response.answer, name)
  if (alias !== undefined) return judgeAlias(alias, response, zone, inquiry)
  const denials = authenticateDenials(response.authority, zone, inquiry)
  const proof = proveNoDs(denials.records, name)
  const { outcome } = proof
  const until = proofExpiry(proof)
  const words = (): string => absentDsWords(name, proof)
  switch (outcome) {
    case 'no-ds':
      return { ok: true, kind: 'insecure', reason: 'delegation-unsigned', words, until }
    case 'opt-out':
      return { ok: true, kind: 'insecure', reason: 'opt-out', words, until }
    case 'iterations':
      return { ok: true, kind: 'insecure', reason: 'nsec3-iterations', words, until }
    case 'not-a-cut': {
      const mayBeGone = response.rcode === NXDOMAIN || proof.isCompact === true
      const noName = mayBeGone ? proveNoName(denials.records, name) : undefined
      if (noName?.outcome !== 'proved') return { ok: true, kind: 'no-cut', words, until }
      return { ok: true, kind: 'no-name', words: () => proofWords(noName), until }
    }
    default:
      return failureOf(outcome, denials, () => `that ${name} has no DS`, {
        gap: () => findGap(denials.records, name, 'data'),
      })
  }
}

function judgePresent(ds: RRset, zone: SecureZone, inquiry: Inquiry): DsFinding | Failure {
  const found = authenticate(ds, zone, inquiry)
  if (!found.ok) return found
  if (found.wildcardOf !== undefined) {
    const words = (): string => `${found.words()}: from a wildcard, which delegates nothing (RFC 4592 §4.6)`
    return { ok: false, reason: 'signature-malformed', words }
  }
  return { ok: true, kind: 'signed', ds: ds.rdatas, words: found.words, until: found.until }
}

/** A CNAME at the name, or a DNAME above it: neither stands where a delegation does, and no name of the zone is below a DNAME. */
function judgeAlias(alias: RRset, response: Response, zone: SecureZone, inquiry: Inquiry): DsFinding | Failure {
  const found = authenticate(alias, zone, inquiry)
  if (!found.ok) return found
  const { words, until, wildcardOf } = found
  if (wildcardOf === undefined)
    return { ok: true, kind: alias.type === CNAME.number ? 'no-cut' : 'no-name', words, until }
  const denials = authenticateDenials(response.authority, zone, inquiry)
  const proof = proveWildcard(denials.records, alias.owner, wildcardOf)
  if (proof.outcome === 'proved' && alias.type === CNAME.number) {
    markSecure(alias, until)
    return { ok: true, kind: 'no-name', words, until: Math.min(until, proofExpiry(proof)) }
  }
  return failureOf(proof.outcome, denials, () => `that no name is closer to ${alias.owner}`, {
    wanting: 'wildcard-unproved',
  })
}
