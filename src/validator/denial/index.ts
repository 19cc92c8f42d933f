/**
 * Proofs that a name, a type or a delegation is not there: NSEC (RFC 4035 §5.4), NSEC3 (RFC 5155 §8), compact denial (RFC 9824).
 * Pure functions of records that were verified as the zone's own; whoever calls decides what an outcome means for an answer.
 */
export * from './proof.ts'
