/**
 * Why a response of a secure zone that carries no usable signature does not hold: signatures were removed on the way, proofs are
 * missing, or the zone above proves that the name does not exist. Each is named for what is missing in the response itself.
 */
import type { Name } from '../dns/name/index.ts'
import { typeMnemonic } from '../dns/rr/index.ts'
import type { Response, RRset } from '../dnssec/index.ts'
import { title } from './authenticate.ts'
import { isDenialType } from './denial-records.ts'
import type { AbsentName, Failure } from './inquiry.ts'
import type { Claimed } from './prove.ts'
import type { Reason } from './reasons.ts'
import type { Words } from './verdict.ts'
import type { UntrustedZone } from './zone-trust.ts'

/** The failure of a response without signatures of `zone`, which is secure. `absent`: a name above that was proved not to exist. */
export function explainUnsigned(
  claim: Claimed,
  response: Response,
  zone: Name,
  absent: AbsentName | undefined,
): Failure {
  const denied = absent === undefined ? undefined : explainAbsent(claim, response, absent)
  if (denied !== undefined) return denied
  const { reason, words } = findMissing(claim, response)
  return { ok: false, reason, words: () => `${words()}, and ${zone} is signed` }
}

const REMEDY = 'add a negative trust anchor or a trust point for that zone'

/**
 * The zone above denies what the response says to be there: most often a zone of somebody's own below a name of the public DNS.
 * Undefined of NXDOMAIN for the very name that is denied: the two agree, and a proof is missing.
 */
export function explainAbsent(claim: Claimed, response: Response, absent: AbsentName): Failure | undefined {
  const { name } = response
  if (claim.kind === 'no-name' && absent.name.equals(name)) return undefined
  const denial = claim.kind === 'no-name' ? `NXDOMAIN for ${name}` : `the answer that ${name} has no such data`
  const what = isPositive(claim) ? title(titled(claim, response)) : denial
  // The proof stands last: a long text is cut where it becomes an extended error.
  const words = (): string =>
    `${absent.zone} proves that ${absent.name} does not exist, but ${what} was returned: if a zone of your own returns it, ` +
    `${REMEDY} (${absent.words()})`
  return { ok: false, reason: 'name-denied', words }
}

/**
 * The failure of a response without signatures below a secure zone, when nothing proves that an unsigned zone begins at its name:
 * whoever removed the one removes the other. Undefined where something else is wrong on the way to the name.
 */
export function explainStripped(claim: Claimed, response: Response, zone: UntrustedZone): Failure | undefined {
  const { kind, parent, reason: cause } = zone
  if (kind !== 'bogus' || parent?.kind !== 'secure' || !PROOF_MISSING.has(cause)) return undefined
  if (zone.links.at(-1)?.kind !== 'ds' || !zone.zone.equals(response.name)) return undefined
  const { reason, words } = findMissing(claim, response)
  return { ok: false, reason, words: () => `${words()}, and ${parent.zone} is signed; ${zone.words()}` }
}

const PROOF_MISSING: ReadonlySet<Reason> = new Set<Reason>(['denial-missing', 'signature-missing'])

/** What the response should carry and does not. */
function findMissing(claim: Claimed, response: Response): { readonly reason: Reason; readonly words: Words } {
  if (isPositive(claim)) {
    return { reason: 'signature-missing', words: () => `${title(titled(claim, response))} carries no signature` }
  }
  const asked = (): string => `${response.name} ${typeMnemonic(response.type)}`
  const stripped = response.authority.find((set) => isDenialType(set.type) && set.rdatas.length > 0)
  if (stripped === undefined) {
    return { reason: 'denial-missing', words: () => `no NSEC or NSEC3 record came that denies ${asked()}` }
  }
  const bare = (): string => `${title(stripped)}, which is to deny ${asked()}, carries no signature`
  if (stripped.signatures.length === 0) return { reason: 'signature-missing', words: bare }
  return { reason: 'denial-missing', words: () => `no record that the zone signed denies ${asked()}` }
}

function isPositive(claim: Claimed): claim is Extract<Claimed, { kind: 'data' | 'redirection' }> {
  return claim.kind === 'data' || claim.kind === 'redirection'
}

function titled(
  claim: Extract<Claimed, { kind: 'data' | 'redirection' }>,
  { name, type }: Response,
): Pick<RRset, 'owner' | 'type'> {
  if (claim.kind === 'redirection') return claim.dname
  return claim.rrsets[0] ?? { owner: name, type }
}
