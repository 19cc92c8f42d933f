/** Validation: the chain of trust, proofs of denial, verdicts, trust points. */

export { findSigner } from './claim.ts'
export * from './denial/index.ts'
export { KeyCache } from './key-cache.ts'
export * from './reasons.ts'
export * from './settings.ts'
export * from './signatures.ts'
export * from './trust-points/index.ts'
export * from './usual-settings.ts'
export { Validator } from './validator.ts'
export * from './verdict.ts'
export * from './zone-keys.ts'
export { linksTo, type SecureZone, type UntrustedZone, type ZoneTrust } from './zone-trust.ts'
