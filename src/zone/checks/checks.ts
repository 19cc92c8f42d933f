/**
 * Checks of a zone that need no cryptography: what may stand where, what may stand together, what points to nothing. One walk
 * over the names, in time that grows with the zone.
 *
 * What this does not do: signatures and chains of denial (`zone/verify/`), names outside the zone (no query is ever sent).
 */

import { NS, NSEC3PARAM, RRSIG, SOA } from '../../dns/rr/index.ts'
import { soaSerial } from '../../dns/serial.ts'
import { type Fault, type FaultCount, FaultList } from '../faults.ts'
import type { CutText, OutOfZone } from '../load-zone.ts'
import type { Zone } from '../zone.ts'
import { checkCds } from './cds-check.ts'
import { CHECK_SEVERITIES, type CheckCode } from './codes.ts'
import { NodeChecks } from './node-checks.ts'

export type CheckReport = {
  /** bad: at least one fault is an error. */
  readonly verdict: 'good' | 'bad'
  readonly serial: number
  readonly names: number
  readonly records: number
  /** Whether there are signatures at the apex. */
  readonly isSigned: boolean
  readonly faults: readonly Fault<CheckCode>[]
  readonly counts: readonly FaultCount[]
  readonly omitted: number
}

export type CheckOptions = {
  /** What loading left out. */
  readonly outOfZone?: OutOfZone
  /** Texts that a comment cut, as loading found them. */
  readonly cutTexts?: readonly CutText[]
}

export function checkZone(zone: Zone, options: CheckOptions = {}): CheckReport {
  const faults = new FaultList<CheckCode>(CHECK_SEVERITIES)
  const { outOfZone, cutTexts = [] } = options
  const apex = { octets: zone.apex.octets, owner: 0 }
  if (outOfZone !== undefined && outOfZone.count > 0) {
    const { count, examples } = outOfZone
    const message = `${count} records are not at or below the apex and were left out, such as ${examples.slice(0, 3).join(', ')}: they belong into another zone`
    faults.add('out-of-zone', apex, message)
  }
  if (zone.duplicates > 0) {
    faults.add('duplicate', apex, `${zone.duplicates} records repeat others of the zone; once is enough (RFC 2181 §5)`)
  }
  for (const { record, place } of cutTexts) {
    const { octets, owner, type } = zone.table
    const message = `${place.file}, line ${place.line}: the text ends at a ; without quotes, which begins a comment; what stands behind it is not part of the record: put the text between quotes`
    faults.add('text-cut', { octets, owner: owner[record] ?? 0, type: type[record] }, message)
  }
  const soa = zone.soa
  if (soa < 0) {
    const message = 'there is no SOA record at the apex: write one, or look whether this is the name of the zone'
    faults.add('soa-missing', { ...apex, type: SOA.number }, message)
  } else checkNames(zone, faults)
  return {
    verdict: faults.total('error') > 0 ? 'bad' : 'good',
    serial: soa < 0 ? 0 : soaSerial(zone.table.octets, zone.table.rdataEnd(soa)),
    names: zone.nodeCount,
    records: zone.records.length,
    isSigned: soa >= 0 && zone.findRrset(0, RRSIG.number) >= 0,
    faults: faults.kept,
    counts: faults.counts(),
    omitted: faults.omitted,
  }
}

function checkNames(zone: Zone, faults: FaultList<CheckCode>): void {
  const apex = { octets: zone.apex.octets, owner: 0 }
  const soa = zone.findRrset(0, SOA.number)
  const soas = zone.rrsetEnd(soa, zone.nodes[1] ?? 0) - soa
  if (soas > 1) {
    faults.add(
      'soa-several',
      { ...apex, type: SOA.number },
      `there are ${soas} SOA records; a zone has one: take the others out`,
    )
  }
  if (zone.findRrset(0, NS.number) < 0) {
    const message = 'there is no NS record at the apex: name the servers of the zone'
    faults.add('ns-missing', { ...apex, type: NS.number }, message)
  }
  const nodes = new NodeChecks(zone, faults)
  for (let node = 0; node < zone.nodeCount; node++) nodes.check(node)
  if (nodes.hasNsec && (nodes.hasNsec3 || zone.findRrset(0, NSEC3PARAM.number) >= 0)) {
    const message =
      'the zone has both NSEC and NSEC3 records; a zone that is done has one kind (RFC 5155 §10.4): sign it again'
    faults.add('nsec-and-nsec3', apex, message)
  }
  checkCds(zone, faults)
}
