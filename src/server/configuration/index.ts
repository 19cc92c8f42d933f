/** The configuration of `signet serve`: read, checked, compared, described. */
export * from './compare-configurations.ts'
export * from './configuration-error.ts'
export * from './list-settings.ts'
export * from './read-configuration.ts'
export * from './schema.ts'
export * from './secret.ts'
export type { AskedServer, Remote, RemoteTls } from './settings.ts'
export * from './warnings.ts'
