/**
 * What the pure floors ask of the world, as interfaces: the composition root hands in what does it. Only what is used.
 */

import type { UnixSeconds } from '../dns/presentation/index.ts'

export type { UnixSeconds }

/** What time it is. */
export type Clock = { now(): UnixSeconds }

/** Octets that nobody can foretell. */
export type Random = { bytes(length: number): Uint8Array }
