/** Aliases that lead back to themselves within the zone. */
import { dropLabels, equalNames, isAtOrBelow, isWildcard, nameText } from '../../dns/name/index.ts'
import { CNAME } from '../../dns/rr/index.ts'
import { findNode, lowerBound } from '../find-node.ts'
import { OCCLUDED, type Zone } from '../zone.ts'

/** Aliases that are followed: as many as an answer has at most. */
const MAX_STEPS = 16

/** What is wrong with the CNAME of a node, whose target stands at `at` in the table; undefined when it does not lead back. */
export function cnameLoop(zone: Zone, node: number, at: number): string | undefined {
  const { octets } = zone.table
  if (equalNames(octets, at, octets, zone.ownerOf(node))) {
    return 'the CNAME points to its own name, so that it never leads to data: name another host'
  }
  if (coversItsTarget(zone, node, at)) {
    return `the CNAME points to ${nameText(octets, at)}, which the same wildcard covers, so that it never leads to data: add that name, or name another host`
  }
  const first = at
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const next = findNode(zone, octets, at)
    if (next < 0 || zone.kinds[next] === OCCLUDED) return undefined
    if (next === node) {
      return `the CNAME points to ${nameText(octets, first)}, whose CNAME leads back here, so that neither leads to data: name another host`
    }
    const position = zone.findRrset(next, CNAME.number)
    if (position < 0) return undefined
    at = zone.table.rdata[zone.records[position]!]!
  }
  return undefined
}

/** Whether the node is a wildcard, and the target a name right below its parent that is not there (RFC 4592 §2.2.1). */
function coversItsTarget(zone: Zone, node: number, at: number): boolean {
  const { octets } = zone.table
  const owner = zone.ownerOf(node)
  if (!isWildcard(octets, owner) || octets[at] === 0) return false
  if (!equalNames(octets, dropLabels(octets, at, 1), octets, dropLabels(octets, owner, 1))) return false
  // A name that has records, or names below it, is there.
  const next = lowerBound(zone, octets, at)
  return next === zone.nodeCount || !isAtOrBelow(octets, zone.ownerOf(next), octets, at)
}

/** What is wrong with the DNAME of a node, whose target stands at `at`; undefined when nothing is. */
export function dnameLoop(zone: Zone, node: number, at: number): string | undefined {
  const { octets } = zone.table
  if (!isAtOrBelow(octets, at, octets, zone.ownerOf(node))) return undefined
  return `the DNAME points to ${nameText(octets, at)}, which is at or below its own name, so that no name below it leads to data: name another domain`
}
