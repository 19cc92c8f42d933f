/** Resolving for clients: the desk for their questions, and all that the resolver stands on. */
export * from './ready-answer.ts'
export * from './resolver-counters.ts'
export * from './resolver-files.ts'
export * from './resolver-settings.ts'
export * from './resolving.ts'
export * from './resolving-desk.ts'
export * from './running-resolver-control.ts'
export * from './trust-keeper.ts'
