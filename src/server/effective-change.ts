/**
 * What a transferred change really changes. NSD sends signatures that stay among the records that come, and others take that as
 * it is meant; a record that goes and was never there is another matter, and the whole zone is fetched.
 */
import { Name } from '../dns/name/index.ts'
import {
  copyRecord,
  type ImageReader,
  RecordTable,
  rdataKey,
  type Steps,
  visitRecords,
  type ZoneChange,
} from '../zone/index.ts'

/** Records of a step. */
const STEP_RECORDS = 500

/**
 * The change without records that come and are there already, or come twice; the very same when there are none. Takes as long as it
 * takes to look at the change and at the RRsets that it touches once. In steps.
 */
export function* dropEffectless(reader: ImageReader, apex: Name, change: ZoneChange): Steps<ZoneChange> {
  const { removed, added } = change
  const removedBySet = yield* indexBySet(removed)
  const addedBySet = yield* indexBySet(added)
  const kept: number[] = []
  for (const [set, indices] of addedBySet) {
    const gone = new Set((removedBySet.get(set) ?? []).map((index) => keyOf(removed, index)))
    const there = recordsThere(reader, apex, added, indices[0] ?? 0)
    const come = new Set<string>()
    for (const index of indices) {
      const key = keyOf(added, index)
      const stays = there.get(key) === added.ttl[index] && !gone.has(key)
      if (!come.has(key) && !stays) kept.push(index)
      come.add(key)
    }
    yield
  }
  if (kept.length === added.count) return change
  return {
    ...change,
    added: yield* tableOf(
      added,
      kept.sort((a, b) => a - b),
    ),
  }
}

/** Whether one of the records of a table is in the zone, whatever its TTL. In steps. */
export function* isAnyThere(reader: ImageReader, apex: Name, table: RecordTable): Steps<boolean> {
  for (const indices of (yield* indexBySet(table)).values()) {
    const there = recordsThere(reader, apex, table, indices[0] ?? 0)
    if (indices.some((index) => there.has(keyOf(table, index)))) return true
    yield
  }
  return false
}

/** The TTL of each record of the RRset that a record of a table belongs to, as the image has them. */
function recordsThere(reader: ImageReader, apex: Name, table: RecordTable, index: number): Map<string, number> {
  reader.enter()
  try {
    reader.setName(apex.octets, 0)
    const zone = reader.findZone(apex.octets, 0)
    return zone === 0 ? new Map() : recordsOfZone(reader, zone, table, index)
  } finally {
    reader.leave()
  }
}

function recordsOfZone(reader: ImageReader, zone: number, table: RecordTable, index: number): Map<string, number> {
  const { memory } = reader
  const { octets } = table
  const ownerAt = table.owner[index] ?? 0
  const type = table.type[index] ?? 0
  const found = new Map<string, number>()
  const look = (block: number): void =>
    visitRecords(memory, block, (other, ttl, from, to) => {
      if (other === type) found.set(rdataKey(type, memory.octets, from, to), ttl)
    })
  reader.setName(octets, ownerAt)
  if (reader.findName(zone, octets, ownerAt)) look(memory.words[reader.names.found] ?? 0)
  if (reader.findHashOwner(zone, octets, ownerAt)) look(memory.words[reader.hashes.found] ?? 0)
  return found
}

function* indexBySet(table: RecordTable): Steps<Map<string, number[]>> {
  const sets = new Map<string, number[]>()
  for (let index = 0; index < table.count; index++) {
    const key = `${Name.fromOctets(table.octets, table.owner[index] ?? 0).key} ${table.type[index]}`
    const others = sets.get(key)
    if (others === undefined) sets.set(key, [index])
    else others.push(index)
    if (index % STEP_RECORDS === STEP_RECORDS - 1) yield
  }
  return sets
}

function keyOf(table: RecordTable, index: number): string {
  return rdataKey(table.type[index] ?? 0, table.octets, table.rdata[index] ?? 0, table.rdataEnd(index))
}

function* tableOf(table: RecordTable, indices: readonly number[]): Steps<RecordTable> {
  const kept = new RecordTable({ records: indices.length, octets: 1024 })
  for (const [done, index] of indices.entries()) {
    copyRecord(table, index, kept)
    if (done % STEP_RECORDS === STEP_RECORDS - 1) yield
  }
  return kept
}
