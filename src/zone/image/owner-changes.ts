/** A change sorted by the names it touches, and its effect on the records of one name. */
import { DnsError } from '../../dns/errors.ts'
import { countLabels, isAtOrBelow, LOWER, nameText, skipName } from '../../dns/name/index.ts'
import { compareOctets, equalOctets, OctetWriter, readU16 } from '../../dns/octets.ts'
import { NSEC3, RRSIG, recordType, typeMnemonic } from '../../dns/rr/index.ts'
import type { RecordTable } from '../record-table.ts'
import type { Steps } from '../steps.ts'
import type { ZoneChange } from '../zone-change.ts'

export type NodeRecord = { readonly type: number; readonly ttl: number; readonly rdata: Uint8Array }

/** Sees the records that a name has after a change. What it throws ends the change. */
export type InspectName = (owner: Uint8Array, records: readonly NodeRecord[]) => void

export type OwnerChange = {
  readonly owner: Uint8Array
  /** The records lie in the trie of hashes. */
  readonly isHashed: boolean
  readonly removed: NodeRecord[]
  readonly added: NodeRecord[]
}

/**
 * Whether a record lies in the trie of hashes: NSEC3, and the signatures over it, where the owner is one label below the apex
 * (RFC 5155 §3). That trie knows names by their first label; what a zone has of them elsewhere proves nothing, and is data.
 */
export function isHashed(
  type: number,
  octets: Uint8Array,
  rdataAt: number,
  labels: number,
  apexLabels: number,
): boolean {
  if (labels !== apexLabels + 1) return false
  return type === NSEC3.number || (type === RRSIG.number && readU16(octets, rdataAt) === NSEC3.number)
}

/** Records that are sorted in one step. */
const STEP = 500

/** The change of each name. Throws DnsError `transfer-failed` when one is not at or below the apex. */
export function* changesByOwner(change: ZoneChange, apex: Uint8Array): Steps<OwnerChange[]> {
  const apexLabels = countLabels(apex, 0)
  const owners = new Map<string, OwnerChange>()
  function* collect(table: RecordTable, side: 'removed' | 'added'): Steps {
    for (let i = 0; i < table.count; i++) {
      if (i % STEP === STEP - 1) yield
      const at = table.owner[i] ?? 0
      const type = table.type[i] ?? 0
      if (!isAtOrBelow(table.octets, at, apex, 0))
        throw new DnsError('transfer-failed', `${nameText(table.octets, at)} does not belong to the zone`)
      const owner = table.octets.slice(at, skipName(table.octets, at))
      const hashed = isHashed(type, table.octets, table.rdata[i] ?? 0, countLabels(owner, 0), apexLabels)
      const key = `${hashed ? '3' : ''} ${String.fromCharCode(...owner.map((octet) => LOWER[octet] ?? 0))}`
      let entry = owners.get(key)
      if (entry === undefined) {
        entry = { owner, isHashed: hashed, removed: [], added: [] }
        owners.set(key, entry)
      }
      entry[side].push({ type, ttl: table.ttl[i] ?? 0, rdata: table.rdataOf(i) })
    }
  }
  yield* collect(change.removed, 'removed')
  yield* collect(change.added, 'added')
  return [...owners.values()]
}

/**
 * The records of a name after a change, in their order. `records` stand in it, as a block has them. Throws DnsError
 * `transfer-failed` when a record that goes is not there, or one that comes is there already: the change belongs to another
 * version. Takes as long as it takes to walk once over all of them, and to sort the change.
 */
export function applyToRecords(records: readonly NodeRecord[], change: OwnerChange): NodeRecord[] {
  const removed = change.removed.toSorted(compareInBlock)
  const added = change.added.toSorted(compareInBlock)
  const result: NodeRecord[] = []
  let next = 0
  let addition = added[next]
  const addBefore = (end: NodeRecord | undefined): void => {
    for (; addition !== undefined; addition = added[++next]) {
      const order = end === undefined ? -1 : compareInBlock(addition, end)
      if (order > 0) return
      const last = result.at(-1)
      if (order === 0 || (last !== undefined && compareInBlock(last, addition) === 0))
        throw mismatch(change, addition, 'is to be added and is there')
      result.push(addition)
    }
  }
  let gone = 0
  for (const record of records) {
    const removal = removed[gone]
    if (removal !== undefined && compareInBlock(removal, record) === 0 && removal.ttl === record.ttl) {
      gone++
      continue
    }
    addBefore(record)
    result.push(record)
  }
  const missing = removed[gone]
  if (missing !== undefined) throw mismatch(change, missing, 'is to be removed and is not there')
  addBefore(undefined)
  return result
}

/** The order of records in a block: by RRset, each with its signatures behind it, and canonical among themselves. */
function compareInBlock(a: NodeRecord, b: NodeRecord): number {
  return (
    setOf(a) - setOf(b) || Number(a.type === RRSIG.number) - Number(b.type === RRSIG.number) || compareRecords(a, b)
  )
}

/** The type of the RRset that a record belongs to. */
function setOf({ type, rdata }: NodeRecord): number {
  return type === RRSIG.number ? readU16(rdata, 0) : type
}

function mismatch(change: OwnerChange, record: NodeRecord, what: string): DnsError {
  const type = typeMnemonic(record.type)
  return new DnsError('transfer-failed', `a ${type} record of ${nameText(change.owner, 0)} ${what}`)
}

const aForm = new OctetWriter(512)
const bForm = new OctetWriter(512)

/** Compares RDATA of one type in canonical form (RFC 4034 §6.3). */
function compareRecords(a: NodeRecord, b: NodeRecord): number {
  // Most that are compared are the same, or of a type that holds no names.
  if (equalOctets(a.rdata, b.rdata)) return 0
  const type = recordType(a.type)
  if (type === undefined || !type.lowersNames)
    return compareOctets(a.rdata, 0, a.rdata.length, b.rdata, 0, b.rdata.length)
  aForm.clear()
  bForm.clear()
  type.canonical(a.rdata, 0, a.rdata.length, aForm)
  type.canonical(b.rdata, 0, b.rdata.length, bForm)
  return compareOctets(aForm.octets, 0, aForm.length, bForm.octets, 0, bForm.length)
}
