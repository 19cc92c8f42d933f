/** Zone transfer: AXFR and IXFR both ways, NOTIFY, the timers of a secondary, catalog zones. No sockets, no clock. */
export * from './catalog-changes.ts'
export * from './catalog-reader.ts'
export * from './catalog-writer.ts'
export * from './notify.ts'
export * from './notify-schedule.ts'
export * from './reader-limits.ts'
export * from './secondary.ts'
export * from './secondary-state.ts'
export {
  DEFAULT_SECONDARY_SETTINGS,
  type SecondarySettings,
  type SoaTimers,
  soaTimers,
} from './secondary-timers.ts'
export { failureOf, type TransferFault } from './transfer-faults.ts'
export * from './transfer-out.ts'
export * from './transfer-query.ts'
export * from './transfer-reader.ts'
export {
  DEFAULT_MESSAGE_OCTETS,
  type TransferOptions,
  type TransferQuestion,
  transferQuestion,
  writeMessages,
} from './transfer-writer.ts'
export * from './walks.ts'
