/** Prints a range of a zone's records, one a line. */
import { TextWriter } from '../dns/presentation/index.ts'
import { printRecord } from '../dns/text/index.ts'
import type { RecordTable } from './record-table.ts'

/** The text of the records `order[from, to)`, in memory of its own. */
export function printRecords(
  table: RecordTable,
  order: Uint32Array,
  from: number,
  to: number,
): Uint8Array<ArrayBuffer> {
  const out = new TextWriter((to - from) * 160 + 1024)
  const { octets, owner, type, ttl, rdata, rdataLength } = table
  for (let i = from; i < to; i++) {
    const index = order[i]!
    printRecord(octets, owner[index]!, type[index]!, ttl[index]!, rdata[index]!, rdataLength[index]!, out)
  }
  return new Uint8Array(out.octets.subarray(0, out.length))
}
