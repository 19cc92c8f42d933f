/** Finds a name of a zone by binary search in canonical order. */
import { compareNames } from '../dns/name/index.ts'
import type { Zone } from './zone.ts'

/** The node whose name stands at `octets[at]`, or -1 when the zone has no records there. */
export function findNode(zone: Zone, octets: Uint8Array, at: number): number {
  const node = lowerBound(zone, octets, at)
  return node < zone.nodeCount && compareNames(zone.table.octets, zone.ownerOf(node), octets, at) === 0 ? node : -1
}

/** The first node that does not sort before the name. */
export function lowerBound(zone: Zone, octets: Uint8Array, at: number): number {
  let low = 0
  let high = zone.nodeCount
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareNames(zone.table.octets, zone.ownerOf(middle), octets, at) < 0) low = middle + 1
    else high = middle
  }
  return low
}
