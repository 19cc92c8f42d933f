/**
 * One version of a zone as a signer reads it: the records of a name, the names in canonical order, and the NSEC3 records in the
 * order of their hashes. `TableView` reads a table in canonical order, `ImageView` a version in the image.
 *
 * A name exists when it has records that signing does not make: RRSIG and NSEC alone make no name. NSEC3 records and the
 * signatures over them stand apart where their owner is one label below the apex (RFC 5155 §3); elsewhere they are data.
 *
 * RDATA belongs to the version and is good while that is held.
 */
import type { Name } from '../dns/name/index.ts'

export type ViewRecord = { readonly ttl: number; readonly rdata: Uint8Array }

/** An RRset with the signatures over it, both in canonical order. There may be signatures that cover nothing. */
export type ViewRrset = {
  readonly type: number
  readonly records: readonly ViewRecord[]
  readonly signatures: readonly ViewRecord[]
}

export type ViewNode = {
  /** The name as this version spells it. */
  readonly owner: Name
  /** By ascending type, NSEC among them; RRSIG records are with what they cover. */
  readonly rrsets: readonly ViewRrset[]
}

export type ViewNsec3 = { readonly hash: Uint8Array; readonly rrset: ViewRrset }

/** What a zone holds. Names that are passed are at or below the apex, in any case. */
export type ZoneContent = {
  readonly apex: Name
  /** The records of a name; undefined when it has none: it is absent, or an empty non-terminal. */
  node(name: Name): ViewNode | undefined
  /** Whether the name has records of this type, which is not RRSIG. */
  has(name: Name, type: number): boolean
  /** Whether the name has records that make it exist. */
  exists(name: Name): boolean
  /** Whether a name below this one exists. With no records of its own, this one is then an empty non-terminal (RFC 4592 §2.2.2). */
  hasBelow(name: Name): boolean
  /** The next name that exists, in canonical order. */
  nameAfter(name: Name): Name | undefined
  /** The next name that exists and is not below this one. */
  nameBehind(name: Name): Name | undefined
}

/** What a zone holds, with what a signer looks up in its chain of denial. */
export type ZoneView = ZoneContent & {
  /** The last name before this one that exists, in canonical order. */
  nameBefore(name: Name): Name | undefined
  /** The NSEC3 record whose owner is this hash. */
  nsec3(hash: Uint8Array): ViewRrset | undefined
  /** The last NSEC3 record before this hash, around the end: the record of the hash itself when there is no other. */
  nsec3Before(hash: Uint8Array): ViewNsec3 | undefined
}
