/**
 * Holds one RRset to the keys of its zone, once: what was found secure before, and has not expired, is not verified again (caches
 * share the objects). Sets `security`, and brings `expires` forward to what the signature allows (RFC 4035 §5.3.3).
 */
import { equalNames, type Name, nameEnd } from '../dns/name/index.ts'
import { readU16, readU32 } from '../dns/octets.ts'
import type { SteadySeconds, UnixSeconds } from '../dns/presentation/index.ts'
import { typeMnemonic } from '../dns/rr/index.ts'
import {
  algorithmName,
  formatKeyTime,
  RRSIG_ALGORITHM,
  RRSIG_EXPIRATION,
  RRSIG_INCEPTION,
  RRSIG_KEY_TAG,
  RRSIG_SIGNER,
  type RRset,
} from '../dnssec/index.ts'
import type { Failure, Inquiry } from './inquiry.ts'
import { type SignatureVerdict, verifyRRset } from './signatures.ts'
import type { Words } from './verdict.ts'
import type { SecureZone } from './zone-trust.ts'

export type Authentic = {
  readonly ok: true
  readonly words: Words
  /** How long it may be kept. */
  readonly until: SteadySeconds
  /** The closest encloser of an expanded wildcard: the RRset is not marked secure before a proof that no closer name exists. */
  readonly wildcardOf?: Name
}

/** Verifies an RRset of the zone. What fails is marked bogus; what is good is marked secure, unless a proof is wanting. */
export function authenticate(rrset: RRset, zone: SecureZone, inquiry: Inquiry): Authentic | Failure {
  const { now, at } = inquiry
  if (rrset.security === 'secure' && rrset.expires > now && isSignedBy(rrset, zone.zone)) {
    return {
      ok: true,
      until: rrset.expires,
      words: () => `${title(rrset)}: ${describeSignature(rrset.signatures[0], at)}`,
    }
  }
  const found = verifyWithAll(rrset, zone, inquiry)
  if (!found.ok) {
    markBogus(rrset, inquiry)
    return { ok: false, reason: found.reason, words: () => `${title(rrset)}: ${found.detail()}` }
  }
  const until = Math.min(rrset.expires, now + found.ttl)
  const words = (): string => `${title(rrset)}: ${describeSignature(found.signature, at)}`
  const { wildcardOf } = found
  if (wildcardOf !== undefined) return { ok: true, words, until, wildcardOf }
  markSecure(rrset, until)
  return { ok: true, words, until }
}

export function markSecure(rrset: RRset, until: SteadySeconds): void {
  rrset.security = 'secure'
  if (until < rrset.expires) rrset.expires = until
}

export function markBogus(rrset: RRset, inquiry: Inquiry): void {
  rrset.security = 'bogus'
  rrset.expires = Math.min(rrset.expires, inquiry.now + inquiry.settings.bogusSeconds)
}

/** One good signature suffices (RFC 6840 §5.11), unless the zone must sign with each algorithm that its parent announces. */
function verifyWithAll(rrset: RRset, zone: SecureZone, inquiry: Inquiry): SignatureVerdict {
  const { settings, at } = inquiry
  const found = verifyRRset(rrset, zone.zone, zone.keys, at, settings, inquiry)
  if (!found.ok) return found
  for (const algorithm of zone.algorithms) {
    if (algorithm === found.key.algorithm) continue
    const keys = zone.keys.filter((key) => key.algorithm === algorithm)
    const other = verifyRRset(rrset, zone.zone, keys, at, settings, inquiry)
    if (!other.ok) return missingAlgorithm(algorithm, other)
  }
  return found
}

/** The failure of a zone that does not sign with an algorithm that its parent announces. */
export function missingAlgorithm(algorithm: number, cause: SignatureVerdict & { ok: false }): SignatureVerdict {
  if (cause.reason === 'work-exceeded') return cause
  const detail = (): string => `no signature of algorithm ${algorithmName(algorithm)} is good: ${cause.detail()}`
  return { ok: false, reason: 'algorithm-missing', detail }
}

/** Whether all its signatures are the zone's: what the parent signed at the same name proves nothing here. */
function isSignedBy(rrset: RRset, zone: Name): boolean {
  const { signatures } = rrset
  for (let i = 0; i < signatures.length; i++) {
    const rrsig = signatures[i]!
    if (nameEnd(rrsig, RRSIG_SIGNER, rrsig.length) < 0 || !equalNames(rrsig, RRSIG_SIGNER, zone.octets, 0)) return false
  }
  return signatures.length > 0
}

/** `www.example. A`. */
export function title(rrset: { readonly owner: Name; readonly type: number }): string {
  return `${rrset.owner} ${typeMnemonic(rrset.type)}`
}

/** `signed by key 4711 (ED25519), from … to …`. */
export function describeSignature(rrsig: Uint8Array | undefined, at: UnixSeconds): string {
  if (rrsig === undefined || rrsig.length < RRSIG_SIGNER) return 'not signed'
  const time = (offset: number): string => formatKeyTime(at + ((readU32(rrsig, offset) - at) | 0))
  const key = `key ${readU16(rrsig, RRSIG_KEY_TAG)} (${algorithmName(rrsig[RRSIG_ALGORITHM] ?? 0)})`
  return `signed by ${key}, from ${time(RRSIG_INCEPTION)} to ${time(RRSIG_EXPIRATION)}`
}
