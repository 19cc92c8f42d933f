/**
 * What the pure floors ask of the world, as interfaces: the composition root hands in what does it. Only what is used.
 */

/** Seconds since 1970-01-01T00:00:00Z. */
export type UnixSeconds = number

/** What time it is. */
export type Clock = { now(): UnixSeconds }

/** Octets that nobody can foretell. */
export type Random = { bytes(length: number): Uint8Array }
