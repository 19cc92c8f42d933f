/**
 * Whether one of the signatures over an RRset is good (RFC 4035 §5.3). Any good one suffices; when none is, the verdict tells
 * of the one that came nearest. What can be told without cryptography is told first, and what is left is bounded: candidates
 * for one signature, signatures for one RRset, and all of it by the budget of the query (KeyTrap, CVE-2023-50387).
 *
 * What it does not do: say whether the keys are to be trusted, whether a wildcard was rightly expanded (`wildcardOf` asks for
 * that proof), or that an RRset may stand where it does.
 */
import {
  countLabels,
  dropLabels,
  equalNames,
  isAtOrBelow,
  isWildcard,
  Name,
  nameEnd,
  nameText,
  skipName,
} from '../dns/name/index.ts'
import { readU16, readU32 } from '../dns/octets.ts'
import type { UnixSeconds } from '../dns/presentation/index.ts'
import {
  algorithmName,
  formatKeyTime,
  RRSIG_ALGORITHM,
  RRSIG_EXPIRATION,
  RRSIG_INCEPTION,
  RRSIG_KEY_TAG,
  RRSIG_LABELS,
  RRSIG_ORIGINAL_TTL,
  RRSIG_SIGNER,
  type RRset,
} from '../dnssec/index.ts'
import type { Reason } from './reasons.ts'
import type { ValidationBudget, ValidatorSettings } from './settings.ts'
import { SignedData } from './signed-data.ts'
import type { ZoneKey } from './zone-keys.ts'

export type SignatureVerdict =
  | {
      readonly ok: true
      /** RDATA of the RRSIG that is good, and the key that made it. */
      readonly signature: Uint8Array
      readonly key: ZoneKey
      /** Seconds that the RRset may be kept (RFC 4035 §5.3.3). */
      readonly ttl: number
      /** The closest encloser, when the RRset was expanded from the wildcard below it: it is good only if no closer name exists. */
      readonly wildcardOf?: Name
    }
  | { readonly ok: false; readonly reason: Reason; readonly detail: () => string }

/** Keys that are tried for one signature. Tags collide by chance, in pairs; more of one tag are made on purpose. */
const MAX_SAME_TAG = 4
/** Signatures of one RRset that are tried: one for each of several keys and algorithms, and a roll of all of them at once. */
const MAX_SIGNATURES = 8
/**
 * So many octets under a signature count as one more verification: names in RDATA that a message compresses to two octets make
 * megabytes of a single RRset, and each is to be digested for each key.
 */
const OCTETS_BITS = 16

/** What is said when no signature is good: of several setbacks the one that stands first here. */
const TELLING: readonly Reason[] = [
  'work-exceeded',
  'signature-invalid',
  'signature-expired',
  'signature-not-yet-valid',
  'signature-times',
  'signature-unknown-key',
  'algorithm-unsupported',
  'signature-malformed',
]

const data = new SignedData()

/**
 * Looks for a good signature by one of `keys`, the keys of `zone`. `at` is the time that signatures are held to. The RDATA of
 * the RRset is well-formed; its signatures may be anything.
 */
export function verifyRRset(
  rrset: RRset,
  zone: Name,
  keys: readonly ZoneKey[],
  at: UnixSeconds,
  settings: ValidatorSettings,
  budget: ValidationBudget,
): SignatureVerdict {
  const { signatures } = rrset
  if (signatures.length === 0 || rrset.rdatas.length === 0) return MISSING
  let reason: Reason | undefined
  let blamed: Uint8Array | undefined
  let tried = 0
  for (let i = 0; i < signatures.length && reason !== 'work-exceeded'; i++) {
    const rrsig = signatures[i]!
    let setback = findFault(rrset, zone, rrsig, at, settings)
    if (setback === undefined) {
      const candidates = countCandidates(rrsig, keys)
      if (candidates === 0) setback = 'signature-unknown-key'
      else if (!settings.isSupported(rrsig[RRSIG_ALGORITHM]!)) setback = 'algorithm-unsupported'
      else if (tried === MAX_SIGNATURES) setback = 'work-exceeded'
      else {
        if (tried++ === 0) data.use(rrset)
        const found = findSigner(rrsig, keys, budget)
        if (typeof found === 'object') return accept(rrset, rrsig, found, at, settings)
        setback = found
      }
    }
    if (reason === undefined || TELLING.indexOf(setback) < TELLING.indexOf(reason)) {
      reason = setback
      blamed = rrsig
    }
  }
  const told = reason ?? 'signature-missing'
  return { ok: false, reason: told, detail: () => describe(told, blamed, signatures.length, zone, at) }
}

const MISSING: SignatureVerdict = {
  ok: false,
  reason: 'signature-missing',
  detail: () => 'no signature came with it',
}

/** What is wrong with a signature by itself: its form, what it says of itself (RFC 4035 §5.3.1), its times. */
function findFault(
  rrset: RRset,
  zone: Name,
  rrsig: Uint8Array,
  at: UnixSeconds,
  settings: ValidatorSettings,
): Reason | undefined {
  const signerEnd = rrsig.length > RRSIG_SIGNER ? nameEnd(rrsig, RRSIG_SIGNER, rrsig.length) : -1
  if (signerEnd < 0 || signerEnd === rrsig.length) return 'signature-malformed'
  const owner = rrset.owner.octets
  const labels = rrsig[RRSIG_LABELS]!
  // The wildcard of fewer labels than the zone's own name would stand above the zone.
  if (labels > ownerLabels(owner) || labels < countLabels(zone.octets, 0)) return 'signature-malformed'
  if (readU16(rrsig, 0) !== rrset.type || !equalNames(rrsig, RRSIG_SIGNER, zone.octets, 0)) return 'signature-malformed'
  if (!isAtOrBelow(owner, 0, zone.octets, 0)) return 'signature-malformed'
  return settings.ignoreTimes ? undefined : findTimeFault(rrsig, at, settings.skew)
}

/** Labels as an RRSIG counts them: without the root and a leading `*` (RFC 4034 §3.1.3). */
function ownerLabels(owner: Uint8Array): number {
  return countLabels(owner, 0) - (isWildcard(owner, 0) ? 1 : 0)
}

/** RFC 4034 §3.1.5: times are serial numbers; both ends belong to the time of validity. */
function findTimeFault(rrsig: Uint8Array, at: UnixSeconds, skew: ValidatorSettings['skew']): Reason | undefined {
  const expiration = readU32(rrsig, RRSIG_EXPIRATION)
  const inception = readU32(rrsig, RRSIG_INCEPTION)
  const lifetime = (expiration - inception) | 0
  if (lifetime < 0) return 'signature-times'
  const late = (at - expiration) | 0
  const early = (inception - at) | 0
  if (late <= 0 && early <= 0) return undefined
  const allowed = Math.min(Math.max(lifetime * skew.share, skew.leastSeconds), skew.mostSeconds)
  if (late > allowed) return 'signature-expired'
  return early > allowed ? 'signature-not-yet-valid' : undefined
}

function isCandidate(key: ZoneKey, rrsig: Uint8Array): boolean {
  return key.tag === readU16(rrsig, RRSIG_KEY_TAG) && key.algorithm === rrsig[RRSIG_ALGORITHM]
}

function countCandidates(rrsig: Uint8Array, keys: readonly ZoneKey[]): number {
  let count = 0
  for (let i = 0; i < keys.length; i++) if (isCandidate(keys[i]!, rrsig)) count++
  return count
}

/** The key that made the signature, among those of its tag and algorithm. */
function findSigner(rrsig: Uint8Array, keys: readonly ZoneKey[], budget: ValidationBudget): ZoneKey | Reason {
  const signed = data.write(rrsig)
  const signature = rrsig.subarray(skipName(rrsig, RRSIG_SIGNER))
  let tried = 0
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!
    if (!isCandidate(key, rrsig)) continue
    if (tried++ === MAX_SAME_TAG || !takeVerification(budget, signed.length)) return 'work-exceeded'
    if (key.verify(signed, signature)) return key
    // One that fails counts twice: zones have few of them, attackers little else, and all in one turn of the event loop.
    budget.takeVerification()
  }
  return 'signature-invalid'
}

function takeVerification(budget: ValidationBudget, octets: number): boolean {
  for (let more = octets >>> OCTETS_BITS; more > 0; more--) if (!budget.takeVerification()) return false
  return budget.takeVerification()
}

function accept(
  rrset: RRset,
  signature: Uint8Array,
  key: ZoneKey,
  at: UnixSeconds,
  settings: ValidatorSettings,
): SignatureVerdict {
  let ttl = Math.min(rrset.ttl, readU32(signature, RRSIG_ORIGINAL_TTL))
  if (!settings.ignoreTimes) ttl = Math.max(0, Math.min(ttl, (readU32(signature, RRSIG_EXPIRATION) - at) | 0))
  const owner = rrset.owner.octets
  const labels = signature[RRSIG_LABELS]!
  if (labels === ownerLabels(owner)) return { ok: true, signature, key, ttl }
  const encloser = dropLabels(owner, 0, countLabels(owner, 0) - labels)
  return { ok: true, signature, key, ttl, wildcardOf: Name.fromOctets(owner, encloser) }
}

/** The case in words: the signature that came nearest, and why it does not count. */
function describe(reason: Reason, rrsig: Uint8Array | undefined, count: number, zone: Name, at: UnixSeconds): string {
  if (rrsig === undefined) return 'no signature came with it'
  const others =
    count > 2 ? `, and none of ${count - 1} others is good` : count > 1 ? ', nor is the other one good' : ''
  if (reason === 'signature-malformed') return `${malformation(rrsig, zone)}${others}`
  const time = (offset: number): string => formatKeyTime(at + ((readU32(rrsig, offset) - at) | 0))
  const expiration = time(RRSIG_EXPIRATION)
  const inception = time(RRSIG_INCEPTION)
  const by = `the signature by key ${readU16(rrsig, RRSIG_KEY_TAG)} (${algorithmName(rrsig[RRSIG_ALGORITHM] ?? 0)})`
  const away = distance((at - readU32(rrsig, reason === 'signature-expired' ? RRSIG_EXPIRATION : RRSIG_INCEPTION)) | 0)
  return `${by} ${CASES[reason]?.(inception, expiration, away) ?? 'is not good'}${others}`
}

/** `90 seconds`, `12 minutes`, `5 hours`, `3 days`: as a person would say it. */
function distance(seconds: number): string {
  const away = Math.abs(seconds)
  if (away < 120) return `${away} seconds`
  if (away < 7200) return `${Math.floor(away / 60)} minutes`
  return away < 172_800 ? `${Math.floor(away / 3600)} hours` : `${Math.floor(away / 86_400)} days`
}

const CASES: { readonly [reason in Reason]?: (inception: string, expiration: string, away: string) => string } = {
  'work-exceeded': () => 'was not looked at any more: too many signatures or keys of one tag came before it',
  'signature-invalid': () => 'does not fit the data',
  'signature-expired': (_, expiration, away) => `expired at ${expiration}, ${away} ago`,
  'signature-not-yet-valid': (inception, _, away) => `is not valid before ${inception}, ${away} from now`,
  'signature-times': (inception, expiration) => `expires at ${expiration}, before it becomes valid at ${inception}`,
  'signature-unknown-key': () => 'is of a key that the zone does not show',
  'algorithm-unsupported': () => 'is of an algorithm that is not supported',
}

function malformation(rrsig: Uint8Array, zone: Name): string {
  if (rrsig.length <= RRSIG_SIGNER || nameEnd(rrsig, RRSIG_SIGNER, rrsig.length) < 0) return 'the RRSIG is cut short'
  const tag = readU16(rrsig, RRSIG_KEY_TAG)
  if (!equalNames(rrsig, RRSIG_SIGNER, zone.octets, 0)) {
    return `the signature by key ${tag} names ${nameText(rrsig, RRSIG_SIGNER)} as its signer, not ${zone}`
  }
  return `the signature by key ${tag} counts ${rrsig[RRSIG_LABELS]} labels, which the owner does not have within ${zone}`
}
