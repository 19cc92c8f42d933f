/**
 * What a transferred change really changes. NSD sends signatures that stay among the records that come, and others take that as
 * it is meant; a record that goes and was never there is another matter, and the whole zone is fetched.
 */
import { Name } from '../dns/name/index.ts'
import { compareRdataOctets, type ImageReader, RecordTable, visitRecords, type ZoneChange } from '../zone/index.ts'

/** The change without records that come and are there already, or come twice; the very same when there are none. */
export function dropEffectless(reader: ImageReader, apex: Name, change: ZoneChange): ZoneChange {
  const { removed, added } = change
  const removedBySet = indexBySet(removed)
  const isRemoved = (index: number): boolean =>
    (removedBySet.get(setOf(added, index)) ?? []).some((other) => isSame(added, index, removed, other))
  reader.enter()
  try {
    reader.setName(apex.octets, 0)
    const zone = reader.findZone(apex.octets, 0)
    if (zone === 0) return change
    const addedBySet = indexBySet(added)
    const comesBefore = (index: number): boolean =>
      (addedBySet.get(setOf(added, index)) ?? []).some((other) => other < index && isSame(added, index, added, other))
    const kept: number[] = []
    for (let index = 0; index < added.count; index++) {
      if (comesBefore(index) || (isThere(reader, zone, added, index) && !isRemoved(index))) continue
      kept.push(index)
    }
    return kept.length === added.count ? change : { ...change, added: tableOf(added, kept) }
  } finally {
    reader.leave()
  }
}

function isThere(reader: ImageReader, zone: number, table: RecordTable, index: number): boolean {
  const { memory } = reader
  const { octets } = table
  const ownerAt = table.owner[index] ?? 0
  const type = table.type[index] ?? 0
  const rdataAt = table.rdata[index] ?? 0
  let found = false
  const look = (block: number): void =>
    visitRecords(memory, block, (other, ttl, from, to) => {
      if (found || other !== type || ttl !== table.ttl[index]) return
      found = compareRdataOctets(type, octets, rdataAt, table.rdataEnd(index), memory.octets, from, to) === 0
    })
  reader.setName(octets, ownerAt)
  if (reader.findName(zone, octets, ownerAt)) look(memory.words[reader.names.found] ?? 0)
  if (!found && reader.findHashOwner(zone, octets, ownerAt)) look(memory.words[reader.hashes.found] ?? 0)
  return found
}

function setOf(table: RecordTable, index: number): string {
  return `${Name.fromOctets(table.octets, table.owner[index] ?? 0).key} ${table.type[index]}`
}

function indexBySet(table: RecordTable): Map<string, number[]> {
  const sets = new Map<string, number[]>()
  for (let index = 0; index < table.count; index++) {
    const key = setOf(table, index)
    const others = sets.get(key)
    if (others === undefined) sets.set(key, [index])
    else others.push(index)
  }
  return sets
}

function isSame(a: RecordTable, i: number, b: RecordTable, j: number): boolean {
  const [from, other] = [a.rdata[i] ?? 0, b.rdata[j] ?? 0]
  return compareRdataOctets(a.type[i] ?? 0, a.octets, from, a.rdataEnd(i), b.octets, other, b.rdataEnd(j)) === 0
}

function tableOf(table: RecordTable, indices: readonly number[]): RecordTable {
  const kept = new RecordTable({ records: indices.length, octets: 1024 })
  for (const index of indices) {
    const owner = Name.fromOctets(table.octets, table.owner[index] ?? 0).octets
    kept.add(owner, table.type[index] ?? 0, table.ttl[index] ?? 0, table.rdataOf(index))
  }
  return kept
}
