/** The running server: its configuration, what may be seen and steered of it, its logs. */

export * from './aggregated-log.ts'
export * from './configuration/index.ts'
export * from './control.ts'
export * from './log.ts'
export * from './query-log.ts'
export type { QueryTap, SeenQuery } from './query-watch.ts'
export * from './resolver-control.ts'
export * from './running-control.ts'
export * from './server.ts'
export * from './shared-run.ts'
export * from './statistics-snapshot.ts'
export * from './system-clock.ts'
