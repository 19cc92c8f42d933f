/** Where a zone's authority ends, by what its view holds: cuts, occlusion, empty non-terminals. */
import type { Name } from '../dns/name/index.ts'
import { DNAME, NS } from '../dns/rr/index.ts'
import { AUTHORITATIVE, DELEGATION, type NodeKind, OCCLUDED, type ViewNode, type ZoneContent } from '../zone/index.ts'

/** Whether the name is a delegation: it has NS records, and is not the apex (RFC 9499 §7). */
export function delegates(zone: ZoneContent, name: Name): boolean {
  return zone.has(name, NS.number) && !name.equals(zone.apex)
}

/** Whether what is below the name is occluded: below a delegation or a DNAME (RFC 6672 §2.4). */
export function occludesBelow(zone: ZoneContent, name: Name): boolean {
  return delegates(zone, name) || zone.has(name, DNAME.number)
}

/** The name that occludes this one: the topmost one above it that does; undefined when none does. */
export function occluderOf(zone: ZoneContent, name: Name): Name | undefined {
  return ancestorsOf(name, zone.apex).findLast((above) => occludesBelow(zone, above))
}

/** The kind that a name has, or would have. */
export function kindOf(zone: ZoneContent, name: Name): NodeKind {
  if (occluderOf(zone, name) !== undefined) return OCCLUDED
  return delegates(zone, name) ? DELEGATION : AUTHORITATIVE
}

/** The types of a name, but for RRSIG. */
export function typesOf(node: ViewNode | undefined): number[] {
  const rrsets = node?.rrsets.filter(({ records }) => records.length > 0)
  return rrsets?.map(({ type }) => type) ?? []
}

/** The names above, from the parent to the apex. */
export function ancestorsOf(name: Name, apex: Name): Name[] {
  const found: Name[] = []
  for (let above = name; !above.equals(apex); ) {
    above = above.parent
    found.push(above)
  }
  return found
}
