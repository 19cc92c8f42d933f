/** The NSEC chain (RFC 4034 §4, RFC 4035 §2.3): an NSEC at every name, pointing to the next, with the types that are there. */
import { equalNames, nameText, skipName } from '../../dns/name/index.ts'
import { NSEC } from '../../dns/rr/index.ts'
import type { FaultList, FaultPlace } from '../faults.ts'
import { findNode } from '../find-node.ts'
import { OCCLUDED, type Zone } from '../zone.ts'
import { bitmapDifference, bitmapEquals, chainTypes, withRrsig } from './bitmaps.ts'
import type { VerifyCode } from './codes.ts'
import type { Survey } from './survey.ts'

const AGAIN = 'sign the zone again'

export function checkNsecChain(zone: Zone, survey: Survey, faults: FaultList<VerifyCode>): void {
  const { chain, nsec } = survey
  let next = 0
  for (let i = 0; i < chain.length; i++) {
    const node = chain[i]!
    for (; next < nsec.length && nsec[next]! < node; next++) reportExtra(zone, nsec[next]!, faults)
    if (nsec[next] !== node) {
      const message = `there is no NSEC record at this name, so that nothing proves what it lacks: ${AGAIN}`
      faults.add('nsec-missing', placeOf(zone, node), message)
      continue
    }
    next++
    checkNsec(zone, node, chain[i + 1 === chain.length ? 0 : i + 1]!, faults)
  }
  for (; next < nsec.length; next++) reportExtra(zone, nsec[next]!, faults)
}

function placeOf(zone: Zone, node: number): FaultPlace {
  return { octets: zone.table.octets, owner: zone.ownerOf(node), type: NSEC.number }
}

function reportExtra(zone: Zone, node: number, faults: FaultList<VerifyCode>): void {
  const why =
    zone.kinds[node] === OCCLUDED
      ? 'lies below a zone cut or a DNAME, where another zone answers'
      : 'has no other records, so that it is no name of the zone'
  faults.add(
    'nsec-extra',
    placeOf(zone, node),
    `an NSEC record at a name that ${why} (RFC 4035 §2.3): take it out, or ${AGAIN}`,
  )
}

function checkNsec(zone: Zone, node: number, next: number, faults: FaultList<VerifyCode>): void {
  const { table } = zone
  const { octets } = table
  const position = zone.findRrset(node, NSEC.number)
  if (zone.rrsetEnd(position, zone.nodes[node + 1]!) > position + 1) {
    faults.add('nsec-several', placeOf(zone, node), `the name has several NSEC records; it has one: ${AGAIN}`)
    return
  }
  const index = zone.records[position]!
  const at = table.rdata[index]!
  const expected = zone.ownerOf(next)
  if (!equalNames(octets, at, octets, expected) && !isToldElsewhere(zone, at, node)) {
    faults.add('nsec-next', placeOf(zone, node), () => {
      const found = nameText(octets, at)
      return `the NSEC record points to ${found}, but the next name of the zone is ${nameText(octets, expected)}: ${AGAIN}`
    })
  }
  const bitmap = skipName(octets, at)
  const end = table.rdataEnd(index)
  const types = withRrsig(chainTypes(zone, node))
  if (bitmapEquals(octets, bitmap, end, types)) return
  faults.add('nsec-bitmap', placeOf(zone, node), () => {
    return `the NSEC record ${bitmapDifference(octets, bitmap, end, types)}: ${AGAIN}`
  })
}

/**
 * Whether another fault tells of a wrong pointer: it goes to a name that has an NSEC and should not, or past names that lack
 * theirs.
 */
function isToldElsewhere(zone: Zone, at: number, node: number): boolean {
  const hasNsec = (n: number): boolean => zone.findRrset(n, NSEC.number) >= 0
  const target = findNode(zone, zone.table.octets, at)
  if (target < 0 || !hasNsec(target) || (target <= node && target !== 0)) return false
  const end = target === 0 ? zone.nodeCount : target
  for (let n = node + 1; n < end; n++) if (hasNsec(n) && isChained(zone, n)) return false
  return true
}

/** Whether a chain names the node. */
function isChained(zone: Zone, node: number): boolean {
  return zone.kinds[node] !== OCCLUDED && chainTypes(zone, node).some((type) => type !== NSEC.number && type !== 46)
}
