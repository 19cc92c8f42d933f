/**
 * The block of a zone: what an answer has to know of it, and the roots of its two tries. Begins like the block of a name, so
 * that the trie of all zones finds it by its apex.
 *
 *     word 0, 1      octets, name (as in `node.ts`)
 *     word 2 to 4    root cell of the trie of names
 *     word 5 to 7    root cell of the trie of NSEC3 records, by hash
 *     word 8 …       the fields below
 *     then           the apex
 */

import type { Name } from '../../dns/name/index.ts'
import type { ImageMemory } from './memory.ts'

/** In the root block of the image: number of the version. */
export const ROOT_VERSION = 1
/** In the root block of the image: root cell of the trie of zones. */
export const ZONES_ROOT = 2

export const NAMES_ROOT = 2
export const HASHES_ROOT = 5
/** Number of the zone among all that are served: where its queries are counted. */
export const ZONE_SLOT = 8
export const ZONE_STATE = 9
/** Unit of the apex's block, 0 while there is none. */
export const ZONE_APEX = 10
export const ZONE_SERIAL = 11
/** TTL of a negative answer: the lower of the SOA's TTL and its MINIMUM (RFC 2308 §3). */
export const ZONE_NEGATIVE_TTL = 12
/** How absence is proven. */
export const ZONE_DENIAL = 13
export const ZONE_ITERATIONS = 14
/** Octet of the salt from the start of the apex's block, and its length in the upper 8 bits. */
export const ZONE_SALT = 15
/** Until when a secondary serves its copy, in seconds of the steady clock; 0 for a zone that never expires. */
export const ZONE_EXPIRES = 16
/** Names that have RRsets, and records. */
export const ZONE_NAMES = 17
export const ZONE_RECORDS = 18
/** Settings that the answer depends on, see ZONE_OPTION_…. */
export const ZONE_OPTIONS = 19
/** Unit of the block of the apex's NSEC3 record, with DENIAL_TOO_COSTLY. */
export const ZONE_APEX_NSEC3 = 20
export const ZONE_WORDS = 21

/** Serving; or known here but not to be answered from: SERVFAIL (not loaded, expired), the control thread answers, or the resolver (forward, stub). */
export const STATE_SERVING = 1
export const STATE_UNAVAILABLE = 2
export const STATE_HANDED_OVER = 3
export const STATE_RESOLVED = 4

export const DENIAL_NONE = 0
export const DENIAL_NSEC = 1
export const DENIAL_NSEC3 = 2
/** NSEC3 with more iterations than a query is given: the record of the apex stands for every proof. */
export const DENIAL_TOO_COSTLY = 3

/** The answers of this zone depend on who asks: the control thread decides. */
export const OPTION_RESTRICTED = 1
/** The order of the records of an RRset is rotated from answer to answer. */
export const OPTION_ROTATES = 2
/** From this bit on: the classes of answers to which the higher rate limit applies, as bits. */
export const WHITELIST_SHIFT = 16

/** Octets of a zone block. */
export function zoneBlockSize(apex: Name): number {
  return ZONE_WORDS * 4 + ((apex.octets.length + 3) & ~3)
}

/** Writes the block of a zone without records. */
export function writeZoneBlock({ words, octets }: ImageMemory, unit: number, apex: Name): void {
  words.fill(0, unit * 2, unit * 2 + ZONE_WORDS)
  words[unit * 2] = zoneBlockSize(apex)
  words[unit * 2 + 1] = apex.octets.length | (ZONE_WORDS << 8)
  octets.set(apex.octets, unit * 8 + ZONE_WORDS * 4)
}
