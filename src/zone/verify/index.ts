/** Verifying signed zones: `verifyZone`, or its steps for several threads; every fault it knows by code. */
export * from './codes.ts'
export { BOGUS, GOOD, NOT_CHECKED, type VerifyJobs, verifyJobs } from './jobs.ts'
export * from './verify.ts'
export { checkZonemd, type ZonemdStatus } from './zonemd-check.ts'
