/** The NSEC chain (RFC 4034 §4, RFC 4035 §2.3): each name of the zone that is not occluded points to the next, the last one to the apex. */
import { equalNames, type Name, skipName } from '../../dns/name/index.ts'
import { compareOctets, type OctetWriter } from '../../dns/octets.ts'
import { writeTypeBitmap } from '../../dns/rr/index.ts'
import type { ZoneContent, ZoneView } from '../../zone/index.ts'
import { nsecTypes } from '../node-rules.ts'
import { occluderOf, occludesBelow } from '../view-rules.ts'

/** Appends the RDATA of the NSEC record of a name with these types, a list that is changed. The next name stands at `octets[at]`. */
export function writeNsec(octets: Uint8Array, at: number, kind: number, types: number[], out: OctetWriter): void {
  out.bytes(octets, at, skipName(octets, at))
  writeTypeBitmap(nsecTypes(kind, types), out)
}

/** Whether two RDATA say the same: the next name may be spelled in another case. */
export function isSameNsec(a: Uint8Array, b: Uint8Array): boolean {
  const end = skipName(a, 0)
  return equalNames(a, 0, b, 0) && compareOctets(a, end, a.length, b, end, b.length) === 0
}

/** The name after one of the chain; undefined after the last. What is below a cut or a DNAME is occluded. */
export function nextInChain(zone: ZoneContent, name: Name): Name | undefined {
  return occludesBelow(zone, name) ? zone.nameBehind(name) : zone.nameAfter(name)
}

/** The name of the chain before any name of the zone, in whatever spelling; undefined before the apex. */
export function lastInChainBefore(zone: ZoneView, name: Name): Name | undefined {
  const before = zone.nameBefore(name)
  // The topmost name that occludes is not occluded itself.
  return before && (occluderOf(zone, before) ?? before)
}
