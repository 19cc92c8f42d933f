/** Checking zones without cryptography: `checkZone`, and every fault it knows by code. */
export * from './checks.ts'
export * from './codes.ts'
export { findUnsignable } from './structure.ts'
