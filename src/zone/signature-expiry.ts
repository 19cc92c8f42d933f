/** When the first signature of a zone expires: from then on somebody calls it bogus. */
import { readU32 } from '../dns/octets.ts'
import { DNSKEY, RRSIG } from '../dns/rr/index.ts'
import { RRSIG_EXPIRATION } from '../dnssec/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import type { RecordTable } from './record-table.ts'
import type { Zone } from './zone.ts'

export type SignatureExpiry = { readonly isSigned: boolean; readonly expiry: UnixSeconds | undefined }

/** Looks at all signatures of a zone. */
export function firstSignatureExpiry(zone: Zone): SignatureExpiry {
  return { isSigned: zone.findRrset(0, DNSKEY.number) >= 0, expiry: earliestExpiry(zone.table) }
}

/** The first expiry among the signatures of a table; undefined when it has none. */
export function earliestExpiry({ count, type, rdata, octets }: RecordTable): UnixSeconds | undefined {
  let found: UnixSeconds | undefined
  for (let i = 0; i < count; i++) {
    if (type[i] !== RRSIG.number) continue
    const at = readU32(octets, rdata[i]! + RRSIG_EXPIRATION)
    if (found === undefined || at < found) found = at
  }
  return found
}
