/** Walks over records that lie in tables: as they stand there, and the difference sequences of IXFR (RFC 1995 §4). */
import { DnsError } from '../dns/errors.ts'
import { skipName } from '../dns/name/index.ts'
import { SOA } from '../dns/rr/index.ts'
import { RecordTable, type RecordWalk, type ZoneChange } from '../zone/index.ts'

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

/** The records of a table as they stand there. */
export function walkTable(table: RecordTable): RecordWalk {
  return new TableWalk(tablePlaces(table))
}

function* tablePlaces(table: RecordTable): Generator<readonly [RecordTable, number]> {
  for (let index = 0; index < table.count; index++) yield [table, index]
}

/**
 * What stands before the closing SOA of an incremental answer: the current SOA, then for each change the old SOA, what goes, the
 * new SOA, what comes (RFC 1995 §4). Throws DnsError `state-invalid` when a table has no SOA.
 */
export function walkDifferences(current: RecordTable, changes: readonly ZoneChange[]): RecordWalk {
  return new TableWalk(differencePlaces(current, changes))
}

function* differencePlaces(
  current: RecordTable,
  changes: readonly ZoneChange[],
): Generator<readonly [RecordTable, number]> {
  yield [current, soaOf(current)]
  for (const { removed, added } of changes) {
    yield* soaFirst(removed)
    yield* soaFirst(added)
  }
}

function* soaFirst(table: RecordTable): Generator<readonly [RecordTable, number]> {
  const soa = soaOf(table)
  yield [table, soa]
  for (let index = 0; index < table.count; index++) if (index !== soa) yield [table, index]
}

/** Index of the SOA record of a table. */
function soaOf(table: RecordTable): number {
  for (let index = 0; index < table.count; index++) if (table.type[index] === SOA.number) return index
  throw new DnsError('state-invalid', 'a version of a zone has no SOA')
}

/** A table of its own with the SOA that a walk begins with; the walk is closed. Throws DnsError `state-invalid`. */
export function takeSoa(walk: RecordWalk): RecordTable {
  const table = new RecordTable({ records: 1, octets: 512 })
  try {
    if (!walk.step() || walk.type !== SOA.number) {
      throw new DnsError('state-invalid', 'the records of a zone do not begin with its SOA')
    }
    const { octets, ownerAt, rdataAt, rdataEnd } = walk
    const owner = octets.subarray(ownerAt, skipName(octets, ownerAt))
    table.add(owner, walk.type, walk.ttl, octets.subarray(rdataAt, rdataEnd))
  } finally {
    walk.close()
  }
  return table
}
