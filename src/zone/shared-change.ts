/** A change of a zone on its way from one thread to another: its tables are shared, not copied. */
import { RecordTable, type SharedTable } from './record-table.ts'
import type { ZoneChange } from './zone-change.ts'

export type SharedChange = {
  readonly removed: SharedTable
  readonly added: SharedTable
  readonly fromSerial: number
  readonly toSerial: number
}

export function shareChange({ removed, added, ...serials }: ZoneChange): SharedChange {
  return { removed: removed.share(), added: added.share(), ...serials }
}

export function changeFromShared({ removed, added, ...serials }: SharedChange): ZoneChange {
  return { removed: RecordTable.fromShared(removed), added: RecordTable.fromShared(added), ...serials }
}
