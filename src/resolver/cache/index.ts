/**
 * What a resolver remembers. Each cache has a ceiling of octets and gets the time as an argument; `Caches` holds them all. Names
 * are keys by `Name.key`, servers by address and port; the class is IN.
 */
export * from './aggressive-cache.ts'
export type { TableCounts } from './bounded-table.ts'
export * from './caches.ts'
export * from './failure-cache.ts'
export * from './infrastructure-cache.ts'
export * from './message-cache.ts'
export * from './rank.ts'
export * from './rrset-cache.ts'
export { serverKey } from './server-key.ts'
