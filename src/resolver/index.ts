/** The resolver: iteration, forwarding, caches; answers to clients. */
export type { ResolverClock } from './ask-server.ts'
export * from './budget.ts'
export * from './cache/index.ts'
export * from './resolution.ts'
export * from './resolver.ts'
export { OWN_SERVER, type OwnZones } from './routes.ts'
export * from './settings.ts'
