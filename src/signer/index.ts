/**
 * Signing a zone. `planSigning` decides everything and lays out every record of the signed zone, `PlanSigner` has the signatures of
 * any part of it made by a key store, `finishZonemd` makes the digest over it. `planChange` does the same for a change of a signed zone.
 */
export * from './apex.ts'
export { type ChangePlan, concludeChange, planChange, planChangeInSteps } from './change-plan.ts'
export * from './fill-signatures.ts'
export * from './finish-zonemd.ts'
export * from './options.ts'
export * from './parent-records.ts'
export * from './plan-signer.ts'
export type { SigningCounts } from './planner.ts'
export * from './serial-policy.ts'
export * from './signers.ts'
export { planSigning, type SigningPlan } from './signing-plan.ts'
export * from './signing-times.ts'
export type { ZoneDnskey } from './zone-dnskeys.ts'
