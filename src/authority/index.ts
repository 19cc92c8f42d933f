/** From the zones of the image to the answer of a query. */
export * from './answerer.ts'
export * from './answering-settings.ts'
export * from './asker.ts'
export * from './chaos.ts'
export * from './client-list.ts'
export * from './query-counters.ts'
export * from './rate-limit.ts'
export * from './responder.ts'
