/**
 * Proofs that a name, a type or a delegation is not there: NSEC (RFC 4035 §5.4), NSEC3 (RFC 5155 §8), compact denial (RFC 9824).
 * Pure functions of records that were verified as the zone's own; whoever calls decides what an outcome means for an answer.
 *
 * `NsecRecord` and `Nsec3Record` also serve a cache that answers from such records by itself (RFC 8198).
 */
export { findGap } from './gaps.ts'
export { NsecRecord } from './nsec.ts'
export { hashName, type Nsec3Parameters, Nsec3Record } from './nsec3.ts'
export * from './proof.ts'
export * from './prove.ts'
export { type DenialRecords, Nsec3Chain, readDenial } from './records.ts'
export { TypeSet } from './type-set.ts'
