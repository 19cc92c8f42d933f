/** Validation: the chain of trust, proofs of denial, verdicts, trust points. */
export * from './denial/index.ts'
export * from './reasons.ts'
export * from './settings.ts'
export * from './signatures.ts'
export * from './verdict.ts'
export * from './zone-keys.ts'
