/**
 * What a zone hands to its parent: `dsset-` (DS records) and `keyset-` (the DNSKEYs they are made of), as text. The names of the
 * files and their use come from dnssec-signzone and dnscmd; the DS records are those of the keys that sign the DNSKEY RRset.
 */
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import { TextWriter } from '../dns/presentation/index.ts'
import { DNSKEY, DS } from '../dns/rr/index.ts'
import { algorithmName, type SigningKey } from '../dnssec/index.ts'
import type { SignerSet } from './signers.ts'

/** One DS record for each key and digest type. Throws DnsError `algorithm-unsupported` for an unknown digest type. */
export function dsset(apex: Name, signers: SignerSet, digestTypes: readonly number[]): string {
  const lines = securesDelegation(signers).flatMap((key) =>
    digestTypes.map((digestType) => {
      const rdata = key.dsRdata(digestType)
      if (rdata === 'unsupported') throw new DnsError('algorithm-unsupported', `there is no digest type ${digestType}`)
      const text = new TextWriter(256)
      DS.print(rdata, 0, rdata.length, text)
      return `${apex}\tIN\tDS\t${text}\n`
    }),
  )
  return lines.join('')
}

/** One DNSKEY record for each key that a DS may point to. */
export function keyset(apex: Name, signers: SignerSet): string {
  const lines = securesDelegation(signers).map((key) => {
    const text = new TextWriter(1024)
    DNSKEY.print(key.dnskeyRdata, 0, key.dnskeyRdata.length, text)
    return `${apex}\tIN\tDNSKEY\t${text} ; ${key.role}, ${algorithmName(key.algorithm)}, key tag ${key.tag}\n`
  })
  return lines.join('')
}

/** Keys that a DS is to point to: those that sign the DNSKEY RRset and are not revoked. */
function securesDelegation(signers: SignerSet): readonly SigningKey[] {
  return signers.keys.filter((key) => !key.isRevoked)
}
