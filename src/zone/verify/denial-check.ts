/** The proof that names and types do not exist: NSEC or NSEC3, one of them, complete. */
import { readU32 } from '../../dns/octets.ts'
import { NSEC, NSEC3, NSEC3PARAM } from '../../dns/rr/index.ts'
import type { FaultList } from '../faults.ts'
import type { Zone } from '../zone.ts'
import type { VerifyCode } from './codes.ts'
import { checkNsecChain } from './nsec-check.ts'
import { checkNsec3Chains } from './nsec3-check.ts'
import { readNsec3Chains } from './nsec3-records.ts'
import { type Survey, surveyZone } from './survey.ts'

export function checkDenial(zone: Zone, faults: FaultList<VerifyCode>): void {
  const survey = surveyZone(zone)
  const usesNsec = survey.nsec.length > 0
  const usesNsec3 = survey.nsec3.length > 0
  const apex = { octets: zone.apex.octets, owner: 0 }
  if (!usesNsec && !usesNsec3) {
    const message =
      'the zone has neither NSEC nor NSEC3 records, so that nothing proves what does not exist: sign the zone again'
    faults.add('denial-missing', apex, message)
    return
  }
  if (usesNsec && usesNsec3) {
    const message =
      'the zone has both NSEC and NSEC3 records; a zone that is done has one kind (RFC 5155 §10.4): sign the zone again'
    faults.add('nsec-and-nsec3', { ...apex, type: NSEC3.number }, message)
  }
  if (usesNsec) checkNsecChain(zone, survey, faults)
  if (usesNsec3 || zone.findRrset(0, NSEC3PARAM.number) >= 0) {
    checkNsec3Chains(zone, survey, readNsec3Chains(zone, survey, faults), faults)
  }
  checkTtls(zone, survey, faults)
}

/** RFC 9077 §3: the lower of the SOA's TTL and its MINIMUM. Told once for the zone. */
function checkTtls(zone: Zone, survey: Survey, faults: FaultList<VerifyCode>): void {
  const { table, records } = zone
  const soa = zone.soa
  const expected = Math.min(table.ttl[soa]!, readU32(table.octets, table.rdataEnd(soa) - 4))
  const differs = (position: number): boolean => table.ttl[records[position]!] !== expected
  let count = 0
  let first = -1
  const look = (position: number): void => {
    if (position < 0 || !differs(position)) return
    count++
    if (first < 0) first = position
  }
  for (const node of survey.nsec) look(zone.findRrset(node, NSEC.number))
  for (const position of survey.nsec3) look(position)
  if (first < 0) return
  const index = records[first]!
  const place = { octets: table.octets, owner: table.owner[index]!, type: table.type[index]! }
  const message = `${count} NSEC or NSEC3 records have another TTL than ${expected}, the lower of the SOA's TTL and its minimum (RFC 9077 §3), this one ${table.ttl[index]}`
  faults.add('denial-ttl', place, message)
}
