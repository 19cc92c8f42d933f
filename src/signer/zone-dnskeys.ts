/**
 * Whose the DNSKEY records of a zone are. By the recorded provenance of keys it is decided which DNSKEY records of the input stay in the
 * signed zone.
 *
 * In an input that was not signed, each DNSKEY record was written by the zone's owner, and stays: one that no store has recorded is
 * another provider's (RFC 8901). In an input that was signed before, only those recorded as foreign stay; the others were put in by that
 * signing, and the keys that are named now replace them.
 */
import { algorithmName, computeKeyTag, fingerprintOf } from '../dnssec/index.ts'
import type { KeyProvenance, StoredKey } from '../ports/key-store.ts'
import type { SignerSet } from './signers.ts'

/** A DNSKEY record of a signed zone. */
export type ZoneDnskey = { readonly rdata: Uint8Array; readonly provenance: KeyProvenance }

export type SortedDnskeys = {
  /** All of the signed zone: those of the signers, and those of the input that stay. */
  readonly dnskeys: readonly ZoneDnskey[]
  /** For each record of the input, whether it stays. */
  readonly stays: readonly boolean[]
  readonly warnings: readonly string[]
}

/** `input`: RDATA of the DNSKEY records at the apex. `recorded`: all keys of the zone whose provenance is known. */
export function sortDnskeys(
  input: readonly Uint8Array[],
  wasSigned: boolean,
  signers: SignerSet,
  recorded: readonly StoredKey[],
): SortedDnskeys {
  const known = new Map(recorded.map(({ ref, provenance }) => [ref.fingerprint, provenance]))
  const named = new Map(signers.published.map((key) => [key.ref.fingerprint, provenanceOfSigner(key, signers)]))
  const dnskeys: ZoneDnskey[] = signers.published.map((key) => ({
    rdata: key.dnskeyRdata,
    provenance: provenanceOfSigner(key, signers),
  }))
  const warnings: string[] = []
  const stays = input.map((rdata) => {
    const fingerprint = fingerprintOf(rdata)
    const provenance = known.get(fingerprint)
    if (wasSigned && provenance !== 'foreign') {
      if (provenance === undefined && !named.has(fingerprint)) warnings.push(describeRemoved(rdata))
      return false
    }
    if (!named.has(fingerprint)) dnskeys.push({ rdata, provenance: provenanceBeside(provenance) })
    return true
  })
  return { dnskeys, stays, warnings }
}

function provenanceOfSigner(key: StoredKey, { keys, zone }: SignerSet): KeyProvenance {
  const signs = [...keys, ...zone].some(({ ref }) => ref.fingerprint === key.ref.fingerprint)
  return signs ? 'signing' : provenanceBeside(key.provenance)
}

/** Of a DNSKEY whose key does not sign now. */
function provenanceBeside(recorded: KeyProvenance | undefined): KeyProvenance {
  return recorded === 'signing' ? 'published' : (recorded ?? 'foreign')
}

function describeRemoved(rdata: Uint8Array): string {
  const key = `the DNSKEY with key tag ${computeKeyTag(rdata)} (${algorithmName(rdata[3] ?? 0)})`
  return `${key} of the earlier signing is removed: no key is named for it, and it is not recorded as another provider's (RFC 8901)`
}
