/** When the first signature of a zone expires: from then on somebody calls it bogus. */
import { readU32 } from '../dns/octets.ts'
import { DNSKEY, RRSIG } from '../dns/rr/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { RRSIG_EXPIRATION } from './signed-data.ts'
import type { Zone } from './zone.ts'
import type { RecordWalk } from './zone-change.ts'

export type SignatureExpiry = { readonly isSigned: boolean; readonly expiry: UnixSeconds | undefined }

/** Looks at all signatures of a zone. */
export function firstSignatureExpiry(zone: Zone): SignatureExpiry {
  const { table, records } = zone
  const { octets, type, rdata } = table
  let expiry = Number.POSITIVE_INFINITY
  for (let i = 0; i < records.length; i++) {
    const index = records[i]!
    if (type[index] !== RRSIG.number) continue
    const at = readU32(octets, rdata[index]! + RRSIG_EXPIRATION)
    if (at < expiry) expiry = at
  }
  const isSigned = zone.findRrset(0, DNSKEY.number) >= 0
  return { isSigned, expiry: expiry === Number.POSITIVE_INFINITY ? undefined : expiry }
}

/** The same for a version that is walked; the walk is taken to its end and closed. */
export function firstExpiryOfWalk(walk: RecordWalk): SignatureExpiry {
  let expiry = Number.POSITIVE_INFINITY
  let isSigned = false
  while (walk.step()) {
    if (walk.type === DNSKEY.number) isSigned = true
    if (walk.type === RRSIG.number) expiry = Math.min(expiry, readU32(walk.octets, walk.rdataAt + RRSIG_EXPIRATION))
  }
  walk.close()
  return { isSigned, expiry: expiry === Number.POSITIVE_INFINITY ? undefined : expiry }
}
