/** Reads a zone from a master file: every record into one table, what belongs to another zone left out and reported. */
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

export type LoadedRecords = { readonly table: RecordTable; readonly outOfZone: OutOfZone }

/** Throws TextError with the place of the first thing that does not parse. */
export function loadRecords(source: TextSource, apex: Name, options: LoadOptions = {}): LoadedRecords {
  const length = options.textLength ?? 1 << 16
  // A plain zone has some 23 octets of text a record, a signed one 130; names and RDATA take about half of the text's octets
  // in one, a quarter in the other. What is reserved too much is never touched.
  const table = new RecordTable({ records: Math.ceil(length / 40) + 64, octets: Math.ceil(length * 0.55) + 4096 })
  const outOfZone: OutOfZone = { count: 0, examples: [] }
  let lastOwner = -1
  let inside = false
  const sink: RecordSink = {
    out: table.out,
    record(ownerAt, type, ttl, rdataAt, rdataLength) {
      if (ownerAt !== lastOwner) {
        lastOwner = ownerAt
        inside = isAtOrBelow(table.octets, ownerAt, apex.octets, 0)
      }
      if (inside) {
        table.record(ownerAt, type, ttl, rdataAt, rdataLength)
        return
      }
      outOfZone.count++
      if (outOfZone.examples.length < 10)
        outOfZone.examples.push(`${nameText(table.octets, ownerAt)} ${typeMnemonic(type)}`)
    },
  }
  parseMasterFile(source, sink, { ...options, origin: apex })
  return { table, outOfZone }
}
