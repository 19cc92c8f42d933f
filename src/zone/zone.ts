/**
 * A zone as a whole: its records in canonical order, name by name, and where authority ends.
 *
 * Reading one: `loadZone` fills a table from a master file and arranges it. What this does not do: lookups and versions (the
 * served image), rules between records (`zone-checks.ts`), signatures (`signer/`, `verify/`).
 */
import { isAtOrBelow, type Name } from '../dns/name/index.ts'
import { DNAME, DS, NS, NSEC, SOA } from '../dns/rr/index.ts'
import { canonicalOrder } from './canonical-order.ts'
import type { RecordTable } from './record-table.ts'

/** What a name of the zone is to it. */
export const AUTHORITATIVE = 0
/** A zone cut: NS records, and below them another zone (RFC 9499 §7). DS and NSEC here are still ours. */
export const DELEGATION = 1
/** Below a zone cut or a DNAME: glue, or data that nobody can see. Neither signed nor in the chain of denial. */
export const OCCLUDED = 2

export type NodeKind = typeof AUTHORITATIVE | typeof DELEGATION | typeof OCCLUDED

export class Zone {
  readonly apex: Name
  readonly table: RecordTable
  /** Indices of records in canonical order, without duplicates. */
  readonly records: Uint32Array
  /** Where in `records` each name begins; one more entry holds the end. */
  readonly nodes: Uint32Array
  /** The kind of each name. */
  readonly kinds: Uint8Array
  /** Duplicate records that were left out. */
  readonly duplicates: number

  private constructor(apex: Name, table: RecordTable) {
    this.apex = apex
    this.table = table
    const order = canonicalOrder(table, apex)
    this.records = order.records
    this.nodes = order.nodes
    this.duplicates = order.duplicates
    this.kinds = classify(this)
  }

  /** Puts the records of a table in order; all owners are at or below the apex. The table must not change afterwards. */
  static arrange(apex: Name, table: RecordTable): Zone {
    return new Zone(apex, table)
  }

  get nodeCount(): number {
    return this.nodes.length - 1
  }

  /** Offset of the owner name of a node. */
  ownerOf(node: number): number {
    return this.table.owner[this.records[this.nodes[node]!]!]!
  }

  typeAt(position: number): number {
    return this.table.type[this.records[position]!]!
  }

  /** Position after the RRset that begins at `position`, within the node that ends at `end`. */
  rrsetEnd(position: number, end: number): number {
    const type = this.typeAt(position)
    let next = position + 1
    while (next < end && this.typeAt(next) === type) next++
    return next
  }

  /** Position of the first record of this type at the node, or -1. */
  findRrset(node: number, type: number): number {
    const end = this.nodes[node + 1]!
    for (let position = this.nodes[node]!; position < end; position++) {
      const found = this.typeAt(position)
      if (found === type) return position
      if (found > type) return -1
    }
    return -1
  }

  /** Index of the SOA record, or -1. */
  get soa(): number {
    if (this.nodeCount === 0) return -1
    const position = this.findRrset(0, SOA.number)
    return position < 0 ? -1 : this.records[position]!
  }

  /** Whether an RRset of this type at a node of this kind is signed: what is authoritative; at a zone cut DS and NSEC (RFC 4035 §2.2). */
  static isSigned(kind: number, type: number): boolean {
    return kind === AUTHORITATIVE || (kind === DELEGATION && (type === DS.number || type === NSEC.number))
  }
}

/** Walks the names in order: below an NS that is not the apex's, or below a DNAME, everything is occluded. */
function classify(zone: Zone): Uint8Array {
  const { table } = zone
  const kinds = new Uint8Array(zone.nodeCount)
  let cut = -1
  for (let node = 0; node < zone.nodeCount; node++) {
    const owner = zone.ownerOf(node)
    if (cut >= 0 && isAtOrBelow(table.octets, owner, table.octets, cut)) {
      kinds[node] = OCCLUDED
      continue
    }
    cut = -1
    const isApex = node === 0 && zone.findRrset(0, SOA.number) >= 0
    const delegates = !isApex && zone.findRrset(node, NS.number) >= 0
    if (delegates) kinds[node] = DELEGATION
    if (delegates || zone.findRrset(node, DNAME.number) >= 0) cut = owner
  }
  return kinds
}
