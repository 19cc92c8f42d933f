/** Worker threads: a pool that shares the parts of a task, and the tasks it does. */
export * from './pool.ts'
export * from './sign-plan.ts'
export * from './verify-zone.ts'
