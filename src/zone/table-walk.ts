/**
 * Walks over zones that lie in a table, and what is done with walks: two records compared in the order of walks, a record
 * copied into a table, the SOA at the head of one read.
 */
import { DnsError } from '../dns/errors.ts'
import { compareNames, equalNames, Name, skipName } from '../dns/name/index.ts'
import { SOA } from '../dns/rr/index.ts'
import { soaSerial } from '../dns/serial.ts'
import { compareRdataOctets } from './canonical-order.ts'
import { RecordTable } from './record-table.ts'
import type { Zone } from './zone.ts'
import type { RecordWalk } from './zone-change.ts'

export function walkZone(zone: Zone): RecordWalk {
  return new ZoneWalk(zone)
}

class ZoneWalk implements RecordWalk {
  readonly #table: RecordTable
  readonly #records: Uint32Array
  /** Where the SOA of the apex stands in canonical order; the range is empty when there is none. */
  readonly #soaFrom: number
  readonly #soaTo: number
  #next = 0
  readonly octets: Uint8Array
  ownerAt = 0
  type = 0
  ttl = 0
  rdataAt = 0
  rdataEnd = 0

  constructor(zone: Zone) {
    this.#table = zone.table
    this.#records = zone.records
    this.octets = zone.table.octets
    const hasApex = zone.nodeCount > 0 && equalNames(this.octets, zone.ownerOf(0), zone.apex.octets, 0)
    const soa = hasApex ? zone.findRrset(0, SOA.number) : -1
    this.#soaFrom = Math.max(soa, 0)
    this.#soaTo = soa < 0 ? 0 : zone.rrsetEnd(soa, zone.nodes[1]!)
  }

  step(): boolean {
    const step = this.#next++
    if (step >= this.#records.length) return false
    const soas = this.#soaTo - this.#soaFrom
    const position = step < soas ? this.#soaFrom + step : step < this.#soaTo ? step - soas : step
    const table = this.#table
    const index = this.#records[position]!
    this.ownerAt = table.owner[index]!
    this.type = table.type[index]!
    this.ttl = table.ttl[index]!
    this.rdataAt = table.rdata[index]!
    this.rdataEnd = table.rdataEnd(index)
    return true
  }

  close(): void {
    this.#next = this.#records.length
  }
}

/** Negative, 0 or positive as the record at hand in `a` stands before, at or after that in `b`. The TTL does not count. */
export function compareSteps(a: RecordWalk, b: RecordWalk, apex: Name): number {
  const byOwner = compareNames(a.octets, a.ownerAt, b.octets, b.ownerAt)
  if (byOwner !== 0) return byOwner
  const { type } = a
  if (type !== b.type) {
    const hasSoa = type === SOA.number || b.type === SOA.number
    if (hasSoa && equalNames(a.octets, a.ownerAt, apex.octets, 0)) return type === SOA.number ? -1 : 1
    return type - b.type
  }
  return compareRdataOctets(type, a.octets, a.rdataAt, a.rdataEnd, b.octets, b.rdataAt, b.rdataEnd)
}

/** Copies records out of walks into a table; neighbours of one owner share the name. */
export class RecordCopier {
  readonly table: RecordTable
  #ownerAt = -1

  constructor(table: RecordTable = new RecordTable({ records: 16, octets: 1024 })) {
    this.table = table
  }

  take(walk: RecordWalk): void {
    const { table } = this
    const { octets, ownerAt, rdataAt, rdataEnd } = walk
    if (this.#ownerAt < 0 || !equalNames(table.octets, this.#ownerAt, octets, ownerAt)) {
      this.#ownerAt = table.out.length
      table.out.bytes(octets, ownerAt, skipName(octets, ownerAt))
    }
    const at = table.out.length
    table.out.bytes(octets, rdataAt, rdataEnd)
    table.record(this.#ownerAt, walk.type, walk.ttl, at, rdataEnd - rdataAt)
  }
}

/** Steps to the SOA that begins a walk and returns its serial. Throws DnsError `zone-invalid` when there is none. */
export function stepToSoa(walk: RecordWalk): number {
  if (!walk.step() || walk.type !== SOA.number) {
    throw new DnsError('zone-invalid', 'the zone has no SOA record: there is no version to tell from others')
  }
  return soaSerial(walk.octets, walk.rdataEnd)
}

/** The owner of the record at hand. */
export function ownerName(walk: RecordWalk): Name {
  return Name.fromOctets(walk.octets, walk.ownerAt)
}
