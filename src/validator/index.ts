/** Validation: the chain of trust, proofs of denial, verdicts, trust points. */
export * from './reasons.ts'
export * from './settings.ts'
export * from './verdict.ts'
