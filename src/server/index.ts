/** The running server: what may be seen and steered of it, its logs. */

export * from './control.ts'
export * from './log.ts'
export * from './query-log.ts'
export * from './statistics-snapshot.ts'
