/**
 * The digest of the zone (RFC 8976 §4). One ZONEMD record that agrees is enough; what is wrong with the others is then a
 * warning. Records of schemes or hash algorithms that are not supported are notes: where there are no others the zone is
 * unverified, and nothing is wrong with it (the root zone was published so in 2023).
 */
import { compareOctets, readU32 } from '../../dns/octets.ts'
import { ZONEMD } from '../../dns/rr/index.ts'
import type { FaultList, Severity } from '../faults.ts'
import type { Zone } from '../zone.ts'
import { computeZonemd } from '../zonemd.ts'
import type { VerifyCode } from './codes.ts'

const SIMPLE = 1
/** Octets of a digest by hash algorithm (RFC 8976 §5.3). */
const DIGEST_LENGTHS: readonly number[] = [0, 48, 64]

/**
 * - `verified`: one digest agrees with the zone.
 * - `failed`: none does, and one that is supported is wrong.
 * - `unverified`: all are of schemes or hash algorithms that are not supported.
 * - `absent`: there is no ZONEMD record.
 */
export type ZonemdStatus = 'verified' | 'failed' | 'unverified' | 'absent'

type Outcome = { readonly code: VerifyCode; readonly message: string }

export function checkZonemd(zone: Zone, serial: number, faults: FaultList<VerifyCode>): ZonemdStatus {
  const from = zone.findRrset(0, ZONEMD.number)
  if (from < 0) return 'absent'
  const rdatas: Uint8Array[] = []
  for (let position = from; position < zone.rrsetEnd(from, zone.nodes[1] ?? 0); position++) {
    rdatas.push(zone.table.rdataOf(zone.records[position]!))
  }
  const outcomes = rdatas.map((rdata) => verifyOne(zone, serial, rdata, rdatas))
  const isVerified = outcomes.includes(undefined)
  const place = { octets: zone.apex.octets, owner: 0, type: ZONEMD.number }
  for (const outcome of outcomes) {
    if (outcome !== undefined) faults.add(outcome.code, place, outcome.message, severityOf(outcome.code, isVerified))
  }
  if (isVerified) return 'verified'
  return outcomes.every((outcome) => outcome?.code === UNSUPPORTED) ? 'unverified' : 'failed'
}

const UNSUPPORTED = 'zonemd-unsupported'

function severityOf(code: VerifyCode, isVerified: boolean): Severity {
  if (code === UNSUPPORTED) return 'note'
  return isVerified ? 'warning' : 'error'
}

/** What is wrong with one record; undefined when its digest is that of the zone. */
function verifyOne(zone: Zone, serial: number, rdata: Uint8Array, all: readonly Uint8Array[]): Outcome | undefined {
  const [scheme = 0, hash = 0] = rdata.subarray(4)
  const kind = `scheme ${scheme} and hash algorithm ${hash}`
  if (readU32(rdata, 0) !== serial) {
    const message = `the ZONEMD record is of serial ${readU32(rdata, 0)}, the SOA has ${serial}: make the digest anew after each change`
    return { code: 'zonemd-serial', message }
  }
  if (all.filter((other) => other[4] === scheme && other[5] === hash).length > 1) {
    const message = `there are several ZONEMD records of ${kind}, and none of them may be used (RFC 8976 §2.2.2): leave one`
    return { code: 'zonemd-repeated', message }
  }
  if (scheme !== SIMPLE || (hash !== 1 && hash !== 2)) {
    const message = `ZONEMD with ${kind} is not supported, the zone is not verified by it: use scheme 1 with SHA-384 (1) or SHA-512 (2)`
    return { code: UNSUPPORTED, message }
  }
  const length = DIGEST_LENGTHS[hash] ?? 0
  if (rdata.length - 6 !== length) {
    const message = `the digest has ${rdata.length - 6} octets, one of hash algorithm ${hash} has ${length}: make it anew`
    return { code: 'zonemd-length', message }
  }
  const digest = computeZonemd(zone.table, zone.records, zone.apex, hash)
  if (compareOctets(rdata, 6, rdata.length, digest, 0, digest.length) === 0) return undefined
  const message = 'the digest in the ZONEMD record is not that of the zone: something was changed since it was made'
  return { code: 'zonemd-digest', message }
}
