/** Walks over records that lie in tables: the records of a zone, and the difference sequences of IXFR (RFC 1995 §4). */
import { readU32 } from '../dns/octets.ts'
import { SOA } from '../dns/rr/index.ts'
import type { RecordTable, RecordWalk, Zone, ZoneChange } from '../zone/index.ts'

/** The fields of a SOA's RDATA after its two names: serial, refresh, retry, expire, minimum, 4 octets each. */
const SOA_NUMBERS = 20

/** The serial of well-formed SOA RDATA that ends at `rdataEnd`. */
export function serialOf(octets: Uint8Array, rdataEnd: number): number {
  return readU32(octets, rdataEnd - SOA_NUMBERS)
}

/** A walk over records of tables, by a list of places; what `RecordWalk` promises of the order is up to the list. */
class TableWalk implements RecordWalk {
  readonly #places: Iterator<readonly [RecordTable, number]>
  octets: Uint8Array = new Uint8Array(0)
  ownerAt = 0
  type = 0
  ttl = 0
  rdataAt = 0
  rdataEnd = 0

  constructor(places: Iterable<readonly [RecordTable, number]>) {
    this.#places = places[Symbol.iterator]()
  }

  step(): boolean {
    const { done, value } = this.#places.next()
    if (done === true) return false
    const [table, index] = value
    this.octets = table.octets
    this.ownerAt = table.owner[index]!
    this.type = table.type[index]!
    this.ttl = table.ttl[index]!
    this.rdataAt = table.rdata[index]!
    this.rdataEnd = table.rdataEnd(index)
    return true
  }

  close(): void {
    this.#places.return?.()
  }
}

/** All records of a zone, its SOA first, the rest in canonical order. A zone without a SOA gives no walk: it has no records then. */
export function walkZone(zone: Zone): RecordWalk {
  return new TableWalk(zonePlaces(zone))
}

function* zonePlaces(zone: Zone): Generator<readonly [RecordTable, number]> {
  const { table, soa } = zone
  if (soa < 0) return
  yield [table, soa]
  for (const index of zone.records) if (index !== soa) yield [table, index]
}

/** The only record of a table, or its records as they stand there. */
export function walkTable(table: RecordTable): RecordWalk {
  return new TableWalk(tablePlaces(table))
}

function* tablePlaces(table: RecordTable): Generator<readonly [RecordTable, number]> {
  for (let index = 0; index < table.count; index++) yield [table, index]
}

/**
 * What stands between the two current SOA records of an incremental answer, with the first of them: for each change the old SOA,
 * what goes, the new SOA, what comes (RFC 1995 §4). `current` holds the current SOA at `currentIndex`.
 */
export function walkDifferences(
  current: RecordTable,
  currentIndex: number,
  changes: readonly ZoneChange[],
): RecordWalk {
  return new TableWalk(differencePlaces(current, currentIndex, changes))
}

function* differencePlaces(
  current: RecordTable,
  currentIndex: number,
  changes: readonly ZoneChange[],
): Generator<readonly [RecordTable, number]> {
  yield [current, currentIndex]
  for (const { removed, added } of changes) {
    yield* soaFirst(removed)
    yield* soaFirst(added)
  }
}

function* soaFirst(table: RecordTable): Generator<readonly [RecordTable, number]> {
  const soa = findSoa(table)
  if (soa >= 0) yield [table, soa]
  for (let index = 0; index < table.count; index++) if (index !== soa) yield [table, index]
}

/** Index of the SOA record of a table, or -1. */
export function findSoa(table: RecordTable): number {
  for (let index = 0; index < table.count; index++) if (table.type[index] === SOA.number) return index
  return -1
}
