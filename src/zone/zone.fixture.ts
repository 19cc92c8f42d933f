/** Zones from text, for tests. */
import { Name } from '../dns/name/index.ts'
import { textSource } from '../dns/text/index.ts'
import { loadRecords, printRecords, type RecordTable, Zone } from './index.ts'

export function zoneOf(text: string, apex = 'example.'): Zone {
  const name = Name.parse(apex)
  return Zone.arrange(name, loadRecords(textSource(text), name).table)
}

/** Records as lines with single blanks. */
export function linesOf(table: RecordTable, records: Uint32Array): string[] {
  const text = new TextDecoder('latin1').decode(printRecords(table, records, 0, records.length))
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.replaceAll('\t', ' '))
}
