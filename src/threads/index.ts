/** Worker threads: the data plane; a pool that shares the parts of a task, and the tasks it does. */
export * from './data-plane.ts'
export * from './data-plane-options.ts'
export * from './pool.ts'
export * from './query-copies.ts'
export type { SharableKeys, SharedKeys } from './shared-keys.ts'
export * from './sign-plan.ts'
export * from './store-thread.ts'
export * from './verify-zone.ts'
export type {
  JudgedVersion,
  PreparedVersion,
  VersionNote,
  VersionRules,
  VersionSource,
  VersionTask,
} from './version-task.ts'
export * from './version-workers.ts'
