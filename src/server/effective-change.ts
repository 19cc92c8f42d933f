/**
 * What a transferred change really changes. NSD sends signatures that stay among the records that come, and others take that as
 * it is meant; a record that goes and was never there is another matter, and the whole zone is fetched.
 */
import { Name } from '../dns/name/index.ts'
import { copyRecord, type ImageReader, RecordTable, rdataKey, visitRecords, type ZoneChange } from '../zone/index.ts'

/**
 * The change without records that come and are there already, or come twice; the very same when there are none. Takes as long as it
 * takes to look at the change and at the RRsets that it touches once.
 */
export function dropEffectless(reader: ImageReader, apex: Name, change: ZoneChange): ZoneChange {
  const { removed, added } = change
  reader.enter()
  try {
    reader.setName(apex.octets, 0)
    const zone = reader.findZone(apex.octets, 0)
    if (zone === 0) return change
    const removedBySet = indexBySet(removed)
    const kept: number[] = []
    for (const [set, indices] of indexBySet(added)) {
      const gone = new Set((removedBySet.get(set) ?? []).map((index) => keyOf(removed, index)))
      const there = recordsThere(reader, zone, added, indices[0] ?? 0)
      const come = new Set<string>()
      for (const index of indices) {
        const key = keyOf(added, index)
        const stays = there.get(key) === added.ttl[index] && !gone.has(key)
        if (!come.has(key) && !stays) kept.push(index)
        come.add(key)
      }
    }
    return kept.length === added.count
      ? change
      : {
          ...change,
          added: tableOf(
            added,
            kept.sort((a, b) => a - b),
          ),
        }
  } finally {
    reader.leave()
  }
}

/** Whether one of the records of a table is in the zone, whatever its TTL. */
export function isAnyThere(reader: ImageReader, apex: Name, table: RecordTable): boolean {
  reader.enter()
  try {
    reader.setName(apex.octets, 0)
    const zone = reader.findZone(apex.octets, 0)
    if (zone === 0) return false
    for (const indices of indexBySet(table).values()) {
      const there = recordsThere(reader, zone, table, indices[0] ?? 0)
      if (indices.some((index) => there.has(keyOf(table, index)))) return true
    }
    return false
  } finally {
    reader.leave()
  }
}

/** The TTL of each record of the RRset that a record of a table belongs to, as the image has them. */
function recordsThere(reader: ImageReader, zone: number, table: RecordTable, index: number): Map<string, number> {
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

function indexBySet(table: RecordTable): Map<string, number[]> {
  const sets = new Map<string, number[]>()
  for (let index = 0; index < table.count; index++) {
    const key = `${Name.fromOctets(table.octets, table.owner[index] ?? 0).key} ${table.type[index]}`
    const others = sets.get(key)
    if (others === undefined) sets.set(key, [index])
    else others.push(index)
  }
  return sets
}

function keyOf(table: RecordTable, index: number): string {
  return rdataKey(table.type[index] ?? 0, table.octets, table.rdata[index] ?? 0, table.rdataEnd(index))
}

function tableOf(table: RecordTable, indices: readonly number[]): RecordTable {
  const kept = new RecordTable({ records: indices.length, octets: 1024 })
  for (const index of indices) copyRecord(table, index, kept)
  return kept
}
