/**
 * Which key signs what. KSKs sign the DNSKEY RRset and what speaks of it to the parent (CDS, CDNSKEY), ZSKs the rest, CSKs
 * both. Every algorithm in the DNSKEY RRset signs everything (RFC 4035 §2.2): where an algorithm has only KSKs, or only ZSKs,
 * those take both parts.
 */
import { DnsError } from '../dns/errors.ts'
import { CDNSKEY, CDS, DNSKEY } from '../dns/rr/index.ts'
import { algorithmName, requireAlgorithm, requireNsec3, type SigningKey, signingWarning } from '../dnssec/index.ts'

export type SignerSet = {
  /** Keys that sign DNSKEY, CDS and CDNSKEY at the apex. */
  readonly keys: readonly SigningKey[]
  /** Keys that sign all else. */
  readonly zone: readonly SigningKey[]
  /** Keys whose DNSKEYs are in the zone. */
  readonly published: readonly SigningKey[]
  readonly warnings: readonly string[]
}

/** Throws DnsError `signing-refused` when the keys could not make a zone that validates. */
export function chooseSigners(
  signWith: readonly SigningKey[],
  publish: readonly SigningKey[],
  nsec3: boolean,
): SignerSet {
  const published = distinct([...signWith, ...publish])
  const warnings: string[] = []
  const keys: SigningKey[] = []
  const zone: SigningKey[] = []
  if (signWith.length === 0) {
    throw new DnsError(
      'key-missing',
      'there is no key to sign with: make one with `signet key generate`, or name one with --sign-with',
    )
  }
  for (const algorithm of new Set(published.map((key) => key.algorithm))) {
    const signing = distinct(signWith).filter((key) => key.algorithm === algorithm)
    if (signing.length === 0) {
      throw new DnsError(
        'signing-refused',
        `algorithm ${algorithm} (${algorithmName(algorithm)}) would be in the DNSKEY RRset, but no key of it signs: resolvers may then call the zone bogus (RFC 4035 §2.2)`,
      )
    }
    const row = requireAlgorithm(algorithm)
    if (nsec3) requireNsec3(row)
    for (const key of signing) {
      const warning = signingWarning(row, key.bits)
      if (warning !== undefined && !warnings.includes(warning)) warnings.push(warning)
      if (key.isRevoked) warnings.push(`${key.name} is revoked: it signs the DNSKEY RRset only (RFC 5011 §2.1)`)
    }
    const sound = signing.filter((key) => !key.isRevoked)
    const ksks = sound.filter((key) => key.signsKeys)
    const zsks = sound.filter((key) => key.signsZone)
    if (ksks.length === 0 && zsks.length === 0) {
      throw new DnsError('signing-refused', `all signing keys of algorithm ${algorithm} are revoked`)
    }
    if (ksks.length === 0)
      warnings.push(`algorithm ${algorithm} has no key-signing key: its zone-signing keys sign the DNSKEY RRset too`)
    if (zsks.length === 0)
      warnings.push(`algorithm ${algorithm} has no zone-signing key: its key-signing keys sign the whole zone`)
    keys.push(...(ksks.length > 0 ? ksks : zsks), ...signing.filter((key) => key.isRevoked))
    zone.push(...(zsks.length > 0 ? zsks : ksks))
  }
  return { keys, zone, published, warnings }
}

/** Whether the RRset of this type at the apex is signed by the keys of `SignerSet.keys`. */
export function isKeyRrset(type: number): boolean {
  return type === DNSKEY.number || type === CDS.number || type === CDNSKEY.number
}

function distinct(keys: readonly SigningKey[]): SigningKey[] {
  return keys.filter((key, i) => keys.findIndex((other) => other.sameKeyAs(key) && other.flags === key.flags) === i)
}
