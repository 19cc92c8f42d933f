/** Ready answers in shared memory: what was resolved and validated once is sent again by any thread. */
export * from './answer-cache-reader.ts'
export * from './answer-cache-writer.ts'
