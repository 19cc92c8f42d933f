/** Zones: the records of one in a shared table, in canonical order, with its cuts. */
export * from './load-zone.ts'
export * from './print-records.ts'
export * from './record-table.ts'
export * from './signed-data.ts'
export * from './zone.ts'
export * from './zonemd.ts'
