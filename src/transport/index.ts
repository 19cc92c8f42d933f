/** Sockets of every kind, in and out. */
export * from './unix-http.ts'
export * from './unix-stream.ts'
