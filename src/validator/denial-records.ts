/** The NSEC and NSEC3 records of a response: which of them are the zone's own, and what an outcome of a proof means. */
import { equalNames, type Name, nameEnd } from '../dns/name/index.ts'
import { NSEC, NSEC3, SOA, typeMnemonic } from '../dns/rr/index.ts'
import { RRSIG_SIGNER, type RRset } from '../dnssec/index.ts'
import { authenticate, title } from './authenticate.ts'
import {
  type DenialOutcome,
  type DenialProof,
  type DenialRecords,
  type NoDsOutcome,
  readDenial,
} from './denial/index.ts'
import type { Failure, Inquiry } from './inquiry.ts'
import type { Reason } from './reasons.ts'
import type { Words } from './verdict.ts'
import type { SecureZone } from './zone-trust.ts'

/** What a response has of denials, held to the keys of the zone. */
export type Denials = {
  /** The RRsets that hold. */
  readonly good: readonly RRset[]
  /** The same, ready for proofs. */
  readonly records: DenialRecords
  /** Why the first that does not hold does not. */
  readonly failure: Failure | undefined
  /** Why the first that another zone signed says nothing. Unlike a failure, it leaves the other records as good as they are. */
  readonly foreign: Failure | undefined
}

export function isDenialType(type: number): boolean {
  return type === NSEC.number || type === NSEC3.number
}

/** Whether records of the type in the authority section of a negative answer are part of what it says. */
export function isNegativeType(type: number): boolean {
  return isDenialType(type) || type === SOA.number
}

/** Verifies what an authority section has of `belongs`. Nothing that came from a wildcard proves anything. */
export function authenticateDenials(
  authority: readonly RRset[],
  zone: SecureZone,
  inquiry: Inquiry,
  belongs: (type: number) => boolean = isDenialType,
): Denials {
  const good: RRset[] = []
  let failure: Failure | undefined
  let foreign: Failure | undefined
  for (const rrset of authority) {
    if (!belongs(rrset.type)) continue
    if (isDenialType(rrset.type) && isSignedElsewhere(rrset, zone.zone)) {
      const words = (): string => `${title(rrset)}: none of its signatures names ${zone.zone} as its signer`
      foreign ??= { ok: false, reason: 'signature-malformed', words }
      continue
    }
    const found = authenticate(rrset, zone, inquiry)
    if (!found.ok) failure ??= found
    else if (found.wildcardOf === undefined) good.push(rrset)
    else failure ??= { ok: false, reason: 'signature-malformed', words: () => `${found.words()}: from a wildcard` }
  }
  const records = readDenial(zone.zone, good, inquiry.settings, inquiry)
  return { good, records, failure, foreign }
}

/** Whether the RRset is signed, but not by the zone: it is no evidence for the zone, and its signatures are not judged here. */
function isSignedElsewhere({ signatures }: RRset, { octets }: Name): boolean {
  const isOfZone = (rrsig: Uint8Array): boolean =>
    nameEnd(rrsig, RRSIG_SIGNER, rrsig.length) < 0 || equalNames(rrsig, RRSIG_SIGNER, octets, 0)
  return signatures.length > 0 && !signatures.some(isOfZone)
}

/** An outcome that leaves what was asked insecure, with its reason. */
export const INSECURE_OUTCOMES: Readonly<Partial<Record<DenialOutcome, Reason>>> = {
  'opt-out': 'opt-out',
  iterations: 'nsec3-iterations',
}

/** An outcome that proves nothing, as a failure. `wanting`: the reason when the records are silent; `gap`: the record that is missing. */
export function failureOf(
  outcome: string,
  denials: Denials,
  what: Words,
  { wanting = 'denial-missing', gap }: { readonly wanting?: Reason; readonly gap?: () => string | undefined } = {},
): Failure {
  if (outcome === 'work-exceeded') {
    return { ok: false, reason: outcome, words: () => `${what()}: more NSEC3 hashes than one query may cause` }
  }
  if (outcome === 'contradicted') {
    return { ok: false, reason: 'denial-invalid', words: () => `${what()}: ${namesOf(denials.good)} proves otherwise` }
  }
  const failure = denials.failure ?? denials.foreign
  if (failure !== undefined) return failure
  const words = (): string => {
    const came = namesOf(denials.good.filter(({ type }) => isDenialType(type)))
    if (came === '') return `${what()}: no NSEC or NSEC3 record came`
    const missing = gap?.()
    return missing === undefined ? `${what()}: ${came} does not prove it` : `${what()}: ${missing} (${came} came)`
  }
  return { ok: false, reason: wanting, words }
}

/** `proved by NSEC a.example., NSEC example.`. */
export function proofWords(proof: DenialProof<string>): string {
  return `proved by ${namesOf(proof.used)}`
}

/** Why no DS stands at a name. */
const ABSENCES: Readonly<Partial<Record<NoDsOutcome, string>>> = {
  'no-ds': 'that there is none is',
  'opt-out': 'the name lies in an opt-out span,',
  iterations: 'NSEC3 has more iterations than are accepted,',
  'not-a-cut': 'no zone begins here,',
}

/** `example. DS: that there is none is proved by NSEC example.`. */
export function absentDsWords(name: Name, proof: DenialProof<NoDsOutcome>): string {
  return `${name} DS: ${ABSENCES[proof.outcome] ?? `${proof.outcome},`} ${proofWords(proof)}`
}

function namesOf(rrsets: readonly RRset[]): string {
  return rrsets.map((rrset) => `${typeMnemonic(rrset.type)} ${rrset.owner}`).join(', ')
}

/** When the first of what a proof rests on expires. */
export function proofExpiry(proof: DenialProof<string>): number {
  return proof.used.reduce((earliest, rrset) => Math.min(earliest, rrset.expires), Number.POSITIVE_INFINITY)
}
