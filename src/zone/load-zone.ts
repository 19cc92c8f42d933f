/** Reads a zone from a master file: every record into one table, what belongs to another zone left out and reported. */

import type { TextPlace } from '../dns/errors.ts'
import { isAtOrBelow, type Name, nameText } from '../dns/name/index.ts'
import type { TextSource } from '../dns/presentation/index.ts'
import { typeMnemonic } from '../dns/rr/index.ts'
import { type MasterFileOptions, parseMasterFile, type RecordSink } from '../dns/text/index.ts'
import { RecordTable } from './record-table.ts'

export type LoadOptions = Omit<MasterFileOptions, 'origin'> & {
  /** Octets of the text, when known: sizes the table. */
  readonly textLength?: number
}

/** Records that were left out, since they are not at or below the apex: how many, and the first few as text. */
export type OutOfZone = { count: number; readonly examples: string[] }

/** What reading a file as an export of Windows DNS came to: records that got the zone's TTL where RFC 1035 gives another. */
export type WindowsTtl = { readonly ttl: number; readonly records: number }

/** A record of the table whose text ends where a `;` without quotes begins a comment, and where that is. */
export type CutText = { readonly record: number; readonly place: TextPlace }

export type LoadedRecords = {
  readonly table: RecordTable
  readonly outOfZone: OutOfZone
  readonly cutTexts: readonly CutText[]
  /** Absent: the file was not read so, or no record has another TTL for it. */
  readonly windowsTtl?: WindowsTtl
}

/** Throws TextError with the place of the first thing that does not parse. */
export function loadRecords(source: TextSource, apex: Name, options: LoadOptions = {}): LoadedRecords {
  const length = options.textLength ?? 1 << 16
  // A plain zone has some 23 octets of text a record, a signed one 130; names and RDATA take about half of the text's octets
  // in one, a quarter in the other. What is reserved too much is never touched.
  const table = new RecordTable({ records: Math.ceil(length / 40) + 64, octets: Math.ceil(length * 0.55) + 4096 })
  const outOfZone: OutOfZone = { count: 0, examples: [] }
  let lastOwner = -1
  let inside = false
  const inherited: number[] = []
  const cutTexts: CutText[] = []
  const sink: RecordSink = {
    out: table.out,
    record(ownerAt, type, ttl, rdataAt, rdataLength, ttlIsInherited) {
      if (ownerAt !== lastOwner) {
        lastOwner = ownerAt
        inside = isAtOrBelow(table.octets, ownerAt, apex.octets, 0)
      }
      if (inside) {
        if (ttlIsInherited) inherited.push(table.count)
        table.record(ownerAt, type, ttl, rdataAt, rdataLength)
        return
      }
      outOfZone.count++
      if (outOfZone.examples.length < 10)
        outOfZone.examples.push(`${nameText(table.octets, ownerAt)} ${typeMnemonic(type)}`)
    },
    textCut(place) {
      if (inside) cutTexts.push({ record: table.count - 1, place })
    },
  }
  const ttl = parseMasterFile(source, sink, { ...options, origin: apex })
  const records = ttl === undefined ? 0 : setTtl(table, inherited, ttl)
  return { table, outOfZone, cutTexts, ...(ttl !== undefined && records > 0 && { windowsTtl: { ttl, records } }) }
}

/** Gives records this TTL; returns how many had another. */
function setTtl(table: RecordTable, indices: readonly number[], ttl: number): number {
  let changed = 0
  for (const index of indices) {
    if (table.ttl[index] === ttl) continue
    table.ttl[index] = ttl
    changed++
  }
  return changed
}

/** What a person is to know of how a file was read, a sentence each. */
export function describeLoading({ outOfZone, windowsTtl }: LoadedRecords, apex: Name): string[] {
  const notes: string[] = []
  if (outOfZone.count > 0) {
    notes.push(`${outOfZone.count} records are not of ${apex} and were left out, the first: ${outOfZone.examples[0]}`)
  }
  if (windowsTtl !== undefined) notes.push(describeWindowsTtl(windowsTtl))
  return notes
}

export function describeWindowsTtl({ ttl, records }: WindowsTtl): string {
  const subject = records === 1 ? '1 record without a TTL has' : `${records} records without a TTL have`
  return `the file is read as an export of Windows DNS: ${subject} the default of the zone, ${ttl} seconds (the last field of the SOA record), and not the TTL of the record before`
}
