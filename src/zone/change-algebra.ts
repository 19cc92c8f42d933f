/** Changes of zones as values: turned round, put together, weighed. */
import { DnsError } from '../dns/errors.ts'
import { nameText, skipName } from '../dns/name/index.ts'
import { OctetWriter } from '../dns/octets.ts'
import { recordType, SOA, typeMnemonic } from '../dns/rr/index.ts'
import { RECORD_HEAD } from '../dns/wire/index.ts'
import { lowerName } from '../dnssec/index.ts'
import { RecordTable } from './record-table.ts'
import { doAll, type Steps } from './steps.ts'
import type { ZoneChange } from './zone-change.ts'

/** The change that leads back. */
export function invertChange(change: ZoneChange): ZoneChange {
  const { removed, added, fromSerial, toSerial } = change
  return { removed: added, added: removed, fromSerial: toSerial, toSerial: fromSerial }
}

/** Octets of the change's records, uncompressed, as a transfer would send them at most. */
export function changeOctets(change: ZoneChange): number {
  return tableOctets(change.removed) + tableOctets(change.added)
}

function tableOctets(table: RecordTable): number {
  let sum = table.count * RECORD_HEAD
  for (let i = 0; i < table.count; i++) {
    sum += skipName(table.octets, table.owner[i]!) - table.owner[i]! + table.rdataLength[i]!
  }
  return sum
}

/** A record in a table. */
type Place = { readonly table: RecordTable; readonly index: number }
/** What became of a record from the first change to the last: it was there and went, it came and is still there. */
/** Records of a step. */
const STEP_RECORDS = 500

type Fate = { gone: Place | undefined; come: Place | undefined; passed?: Place }

/**
 * What a row of changes comes to: records that came and went again are not in it, nor those that went and came back.
 * With `passing`, what the zone must have had for that is kept: records that came and went again, which it had not, are added to
 * that table; those that went and came back, which it had, stay on both sides.
 * Throws DnsError `transfer-failed` when the changes do not follow one another, RangeError when there are none.
 */
export function combineChanges(changes: readonly ZoneChange[], passing?: RecordTable): ZoneChange {
  return doAll(combineSteps(changes, passing))
}

/** The same in steps. */
export function* combineSteps(changes: readonly ZoneChange[], passing?: RecordTable): Steps<ZoneChange> {
  const [first] = changes
  if (first === undefined) throw new RangeError('there is no change to combine')
  if (changes.length === 1) return first
  const fates = new Map<string, Fate>()
  let serial = first.fromSerial
  for (const change of changes) {
    if (change.fromSerial !== serial) throw broken(`serial ${serial} is followed by a change of ${change.fromSerial}`)
    for (const [table, note] of [
      [change.removed, remove],
      [change.added, add],
    ] as const) {
      for (let index = 0; index < table.count; index++) {
        note(fates, { table, index })
        if (index % STEP_RECORDS === STEP_RECORDS - 1) yield
      }
    }
    serial = change.toSerial
  }
  const removed = new RecordTable({ records: 16, octets: 1024 })
  const added = new RecordTable({ records: 16, octets: 1024 })
  let seen = 0
  for (const { gone, come, passed } of fates.values()) {
    if (++seen % STEP_RECORDS === 0) yield
    if (passing !== undefined && passed !== undefined) copyRecord(passed.table, passed.index, passing)
    const same = gone !== undefined && come !== undefined && ttlOf(gone) === ttlOf(come)
    if (same && typeOf(gone) !== SOA.number && passing === undefined) continue
    if (gone !== undefined) copyRecord(gone.table, gone.index, removed)
    if (come !== undefined) copyRecord(come.table, come.index, added)
  }
  return { removed, added, fromSerial: first.fromSerial, toSerial: serial }
}

function remove(fates: Map<string, Fate>, record: Place): void {
  const key = recordKey(record.table, record.index)
  const fate = fates.get(key)
  if (fate === undefined) fates.set(key, { gone: record, come: undefined })
  else if (fate.come !== undefined && ttlOf(fate.come) === ttlOf(record)) {
    if (fate.gone === undefined) fate.passed = record
    fate.come = undefined
  } else throw broken(`${describe(record)} goes, but is not there`)
}

function add(fates: Map<string, Fate>, record: Place): void {
  const key = recordKey(record.table, record.index)
  const fate = fates.get(key)
  if (fate === undefined) fates.set(key, { gone: undefined, come: record })
  else if (fate.come === undefined) fate.come = record
  else throw broken(`${describe(record)} comes, but is there already`)
}

const form = new OctetWriter(1024)
const decoder = new TextDecoder('latin1')

/** A string that equal records share: owner in lower case, type and canonical RDATA. The TTL is not in it. */
export function recordKey(table: RecordTable, index: number): string {
  const owner = table.owner[index]!
  form.clear()
  lowerName(table.octets, owner, skipName(table.octets, owner), form)
  form.u16(table.type[index]!)
  canonicalRdata(table.type[index]!, table.octets, table.rdata[index]!, table.rdataEnd(index))
  return decoder.decode(form.octets.subarray(0, form.length))
}

/** A string that equal RDATA of one type share. */
export function rdataKey(type: number, octets: Uint8Array, from: number, to: number): string {
  form.clear()
  canonicalRdata(type, octets, from, to)
  return decoder.decode(form.octets.subarray(0, form.length))
}

function canonicalRdata(type: number, octets: Uint8Array, from: number, to: number): void {
  const declared = recordType(type)
  if (declared?.lowersNames) declared.canonical(octets, from, to, form)
  else form.bytes(octets, from, to)
}

function ttlOf({ table, index }: Place): number {
  return table.ttl[index]!
}

function typeOf({ table, index }: Place): number {
  return table.type[index]!
}

/** Copies a record from one table to another. */
export function copyRecord(table: RecordTable, index: number, into: RecordTable): void {
  const owner = table.owner[index]!
  const name = table.octets.subarray(owner, skipName(table.octets, owner))
  const rdata = table.octets.subarray(table.rdata[index]!, table.rdataEnd(index))
  into.add(name, table.type[index]!, table.ttl[index]!, rdata)
}

function describe({ table, index }: Place): string {
  return `${nameText(table.octets, table.owner[index]!)} ${typeMnemonic(table.type[index]!)}`
}

function broken(reason: string): DnsError {
  return new DnsError('transfer-failed', `the changes do not follow one another: ${reason}`)
}
