/**
 * Signing a zone. `chooseSigners` says which key signs what, `prepareApex` puts DNSKEY and the like in place, `planSigning`
 * lays out every record of the signed zone, `fillSignatures` makes the signatures of any part of it.
 */
export * from './apex.ts'
export * from './fill-signatures.ts'
export * from './finish-zonemd.ts'
export * from './options.ts'
export * from './parent-records.ts'
export type { PlanOptions, SigningCounts } from './planner.ts'
export * from './serial-policy.ts'
export * from './signers.ts'
export { planSigning, type SigningPlan } from './signing-plan.ts'
