/** All declarations. Importing this makes every type known. */
export * from './basic.ts'
export * from './dnssec.ts'
