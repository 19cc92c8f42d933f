/**
 * CDS and CDNSKEY at the apex (RFC 7344 §4): each speaks of a key of the zone, both say the same, and the form that asks for
 * the removal of all DS records stands alone (RFC 8078 §4).
 */
import { equalOctets, readU16 } from '../../dns/octets.ts'
import { CDNSKEY, CDS, DNSKEY } from '../../dns/rr/index.ts'
import { computeKeyTag, matchesDs } from '../../dnssec/index.ts'
import type { FaultList } from '../faults.ts'
import type { Zone } from '../zone.ts'
import type { CheckCode } from './codes.ts'

const DELETE_CDS = Uint8Array.of(0, 0, 0, 0, 0)
const DELETE_CDNSKEY = Uint8Array.of(0, 0, 3, 0, 0)

export function checkCds(zone: Zone, faults: FaultList<CheckCode>): void {
  const cds = apexRdatas(zone, CDS.number)
  const cdnskeys = apexRdatas(zone, CDNSKEY.number)
  if (cds.length === 0 && cdnskeys.length === 0) return
  const apex = { octets: zone.apex.octets, owner: 0 }
  const deletesDs = cds.some((rdata) => rdata[2] === 0)
  const deletesKey = cdnskeys.some((rdata) => rdata[3] === 0)
  if (deletesDs || deletesKey) {
    const alone =
      (cds.length === 0 || isOnly(cds, DELETE_CDS)) && (cdnskeys.length === 0 || isOnly(cdnskeys, DELETE_CDNSKEY))
    if (alone) return
    const message =
      "a CDS or CDNSKEY of algorithm 0 asks the parent to remove the delegation's DS records; it is `0 0 0 00` or `0 3 0 AA==` and stands alone (RFC 8078 §4)"
    faults.add('cds-delete', { ...apex, type: deletesDs ? CDS.number : CDNSKEY.number }, message)
    return
  }
  const keys = apexRdatas(zone, DNSKEY.number)
  // A zone that is yet to be signed has its keys elsewhere.
  const severity = keys.length === 0 ? 'warning' : 'error'
  for (const rdata of cds) {
    if (keys.some((key) => speaksOf(zone, rdata, key))) continue
    const message = `the CDS with key tag ${readU16(rdata, 0)} is of no DNSKEY of the zone (RFC 7344 §4.1): make it anew, or publish the key`
    faults.add('cds-unmatched', { ...apex, type: CDS.number }, message, severity)
  }
  for (const rdata of cdnskeys) {
    if (keys.some((key) => equalOctets(key, rdata))) continue
    const message = `the CDNSKEY with key tag ${computeKeyTag(rdata)} is no DNSKEY of the zone (RFC 7344 §4.1): make it anew, or publish the key`
    faults.add('cds-unmatched', { ...apex, type: CDNSKEY.number }, message, severity)
  }
  if (cds.length === 0 || cdnskeys.length === 0) return
  const agree =
    cds.every((rdata) => cdnskeys.some((key) => speaksOf(zone, rdata, key))) &&
    cdnskeys.every((key) => cds.some((rdata) => speaksOf(zone, rdata, key)))
  if (agree) return
  const message = 'the CDS and the CDNSKEY records do not speak of the same keys (RFC 7344 §4): make both anew'
  faults.add('cds-cdnskey-differ', { ...apex, type: CDS.number }, message)
}

/** Whether CDS rdata is of this key; of a digest type that is not known, tag and algorithm are all that can be told. */
function speaksOf(zone: Zone, cds: Uint8Array, key: Uint8Array): boolean {
  const matches = matchesDs(cds, zone.apex, key)
  return matches === 'unsupported' ? readU16(cds, 0) === computeKeyTag(key) && cds[2] === key[3] : matches
}

function isOnly(rdatas: readonly Uint8Array[], only: Uint8Array): boolean {
  const [first] = rdatas
  return rdatas.length === 1 && first !== undefined && equalOctets(first, only)
}

function apexRdatas(zone: Zone, type: number): Uint8Array[] {
  const from = zone.findRrset(0, type)
  if (from < 0) return []
  const to = zone.rrsetEnd(from, zone.nodes[1] ?? 0)
  return Array.from(zone.records.subarray(from, to), (index) => zone.table.rdataOf(index))
}
