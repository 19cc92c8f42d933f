/**
 * The digest of the zone (RFC 8976 §4). One ZONEMD record that agrees is enough; what is wrong with the others is then a
 * warning. Where there are records and none can be used, the zone could not be checked, which is an error here: whoever put
 * them in wanted it checked.
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

type Outcome = { readonly code: VerifyCode; readonly message: string }

export function checkZonemd(zone: Zone, serial: number, faults: FaultList<VerifyCode>): void {
  const from = zone.findRrset(0, ZONEMD.number)
  if (from < 0) return
  const rdatas: Uint8Array[] = []
  for (let position = from; position < zone.rrsetEnd(from, zone.nodes[1] ?? 0); position++) {
    rdatas.push(zone.table.rdataOf(zone.records[position]!))
  }
  const outcomes = rdatas.map((rdata) => verifyOne(zone, serial, rdata, rdatas))
  const severity: Severity = outcomes.includes(undefined) ? 'warning' : 'error'
  const place = { octets: zone.apex.octets, owner: 0, type: ZONEMD.number }
  for (const outcome of outcomes) if (outcome !== undefined) faults.add(outcome.code, place, outcome.message, severity)
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
    const message = `ZONEMD with ${kind} is not supported: use scheme 1 with SHA-384 (1) or SHA-512 (2)`
    return { code: 'zonemd-unsupported', message }
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
