/**
 * Brings a table's records into canonical order (RFC 4034 §6): by owner, then type, then RDATA, duplicates left out.
 *
 * Owners are sorted by keys whose plain octet order is the canonical one; the first six octets of a key are held as a number,
 * which settles most comparisons. A file that is in order already is only walked.
 */
import { countLabels, MAX_SORT_KEY, type Name, writeSortKey } from '../dns/name/index.ts'
import { compareOctets, OctetWriter } from '../dns/octets.ts'
import { recordType } from '../dns/rr/index.ts'
import type { RecordTable } from './record-table.ts'

export type CanonicalOrder = {
  /** Indices of records, in canonical order, without duplicates. */
  readonly records: Uint32Array
  /** Where in `records` each name begins, and one more entry: their end. */
  readonly nodes: Uint32Array
  /** Duplicate records that were left out. */
  readonly duplicates: number
}

/** Sorts all records of the table. All owners must be at or below `apex`. */
export function canonicalOrder(table: RecordTable, apex: Name): CanonicalOrder {
  const runs = ownerRuns(table, countLabels(apex.octets, 0))
  const order = sortRuns(runs)
  const records = new Uint32Array(table.count)
  const nodes = new Uint32Array(runs.count + 1)
  let nodeCount = 0
  let n = 0
  for (let i = 0; i < runs.count; ) {
    const begin = n
    const run = order[i]!
    let count = 0
    do {
      const same = order[i]!
      for (let index = runs.first[same]!; index < runs.first[same + 1]!; index++) {
        records[n++] = index
        count++
      }
      if (same !== run) shareOwner(table, runs.first[run]!, runs.first[same]!, runs.first[same + 1]!)
      i++
    } while (i < runs.count && compareKeys(runs, run, order[i]!) === 0)
    nodes[nodeCount++] = begin
    if (count > 1) n = sortNode(table, records, begin, n)
  }
  nodes[nodeCount] = n
  return { records: records.subarray(0, n), nodes: nodes.subarray(0, nodeCount + 1), duplicates: table.count - n }
}

/** Runs of neighbouring records with one owner, and a sort key for each. */
type Runs = {
  readonly count: number
  /** First record of each run, and one more entry. */
  readonly first: Uint32Array
  /** The first six octets of each key as a number. */
  readonly prefix: Float64Array
  readonly keys: Uint8Array
  /** Where each key begins, and one more entry. */
  readonly keyAt: Uint32Array
}

function ownerRuns(table: RecordTable, apexLabels: number): Runs {
  const { owner, octets } = table
  let count = 0
  for (let i = 0; i < table.count; i++) if (i === 0 || owner[i] !== owner[i - 1]) count++
  const first = new Uint32Array(count + 1)
  const prefix = new Float64Array(count)
  const keyAt = new Uint32Array(count + 1)
  const keys = new OctetWriter(count * 16 + MAX_SORT_KEY)
  let run = 0
  for (let i = 0; i < table.count; i++) {
    if (i > 0 && owner[i] === owner[i - 1]) continue
    keys.ensure(MAX_SORT_KEY)
    const from = keys.length
    keys.length = writeSortKey(octets, owner[i]!, apexLabels, keys.octets, from)
    first[run] = i
    keyAt[run] = from
    prefix[run++] = keyPrefix(keys.octets, from, keys.length)
  }
  first[run] = table.count
  keyAt[run] = keys.length
  return { count, first, prefix, keys: keys.octets, keyAt }
}

function keyPrefix(keys: Uint8Array, from: number, to: number): number {
  let value = 0
  for (let i = from; i < from + 6; i++) value = value * 256 + (i < to ? keys[i]! : 0)
  return value
}

function compareKeys(runs: Runs, a: number, b: number): number {
  const d = runs.prefix[a]! - runs.prefix[b]!
  if (d !== 0) return d
  const { keys, keyAt } = runs
  return compareOctets(keys, keyAt[a]!, keyAt[a + 1]!, keys, keyAt[b]!, keyAt[b + 1]!)
}

function sortRuns(runs: Runs): Uint32Array {
  const order = new Uint32Array(runs.count)
  let sorted = true
  for (let i = 0; i < runs.count; i++) {
    order[i] = i
    if (sorted && i > 0 && compareKeys(runs, i - 1, i) > 0) sorted = false
  }
  // Equal names keep the order of the file, so that the result does not depend on the sort's inner ways.
  return sorted ? order : order.sort((a, b) => compareKeys(runs, a, b) || a - b)
}

/** Sorts the records of one name by type and RDATA and drops duplicates; returns the new end. */
function sortNode(table: RecordTable, records: Uint32Array, begin: number, end: number): number {
  const compare = (a: number, b: number): number =>
    table.type[a]! - table.type[b]! || compareRdata(table, a, b) || preferDuplicate(table, a, b)
  if (end - begin > 12) records.subarray(begin, end).sort(compare)
  else {
    for (let i = begin + 1; i < end; i++) {
      const index = records[i]!
      let k = i
      for (; k > begin && compare(records[k - 1]!, index) > 0; k--) records[k] = records[k - 1]!
      records[k] = index
    }
  }
  let n = begin + 1
  for (let i = begin + 1; i < end; i++) {
    const last = records[n - 1]!
    const index = records[i]!
    if (table.type[last] === table.type[index] && compareRdata(table, last, index) === 0) continue
    records[n++] = index
  }
  return n
}

/** Gives records the owner of another one, an equal name: a name is spelled as where the file has it first. */
function shareOwner(table: RecordTable, of: number, from: number, to: number): void {
  for (let index = from; index < to; index++) table.owner[index] = table.owner[of]!
}

/** Which of two equal records comes first, and so stays: by TTL, then by spelling, so that the order of the file does not show. */
function preferDuplicate(table: RecordTable, a: number, b: number): number {
  const { octets, rdata, ttl } = table
  const d = ttl[a]! - ttl[b]!
  if (d !== 0) return d
  return compareOctets(octets, rdata[a]!, table.rdataEnd(a), octets, rdata[b]!, table.rdataEnd(b)) || a - b
}

const aForm = new OctetWriter(512)
const bForm = new OctetWriter(512)

/** Compares the RDATA of two records of one type in canonical form (RFC 4034 §6.3). */
export function compareRdata(table: RecordTable, a: number, b: number): number {
  const { octets, rdata } = table
  return compareRdataOctets(table.type[a]!, octets, rdata[a]!, table.rdataEnd(a), octets, rdata[b]!, table.rdataEnd(b))
}

/** The same for RDATA of two places. */
export function compareRdataOctets(
  typeNumber: number,
  a: Uint8Array,
  aFrom: number,
  aTo: number,
  b: Uint8Array,
  bFrom: number,
  bTo: number,
): number {
  const plain = compareOctets(a, aFrom, aTo, b, bFrom, bTo)
  if (plain === 0) return 0
  const type = recordType(typeNumber)
  if (type === undefined || !type.lowersNames) return plain
  aForm.clear()
  bForm.clear()
  type.canonical(a, aFrom, aTo, aForm)
  type.canonical(b, bFrom, bTo, bForm)
  return compareOctets(aForm.octets, 0, aForm.length, bForm.octets, 0, bForm.length)
}
