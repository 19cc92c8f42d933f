/** Zone transfer: AXFR and IXFR both ways, NOTIFY, the timers of a secondary, catalog zones. No sockets, no clock. */
export type { TransferFault } from './transfer-faults.ts'
export * from './transfer-out.ts'
export * from './transfer-query.ts'
export * from './transfer-reader.ts'
export * from './transfer-writer.ts'
export * from './walks.ts'
