/**
 * What turns one version of a zone into the next, as IXFR tells it (RFC 1995 §4): records that go and records that come, both
 * with the SOA of their version. A journal is a row of changes; an update, a re-signing and a reloaded file are one each.
 * The records of a table stand in any order.
 */
import type { RecordTable } from './record-table.ts'

export type ZoneChange = {
  /** Records of the old version that are not in the new one: the old SOA is among them. Owner, type, TTL and RDATA count. */
  readonly removed: RecordTable
  /** Records of the new version that were not in the old one: the new SOA is among them. */
  readonly added: RecordTable
  readonly fromSerial: number
  readonly toSerial: number
}

/**
 * A walk over the records of one version of a zone: the SOA of the apex first, then the rest in canonical order, which is by
 * owner, type number and RDATA (RFC 4034 §6); an RRSIG is a record like others. `step` moves to the next record; the fields
 * below tell of it and are good until the next step. The version stays whole and unchanged until `close`, whatever is
 * published meanwhile.
 */
export type RecordWalk = {
  step(): boolean
  close(): void
  readonly octets: Uint8Array
  /** True where an owner stands at a place of its own until `close`: the same place is the same owner. */
  readonly holdsStill?: boolean
  readonly ownerAt: number
  readonly type: number
  readonly ttl: number
  /** RDATA, uncompressed. */
  readonly rdataAt: number
  readonly rdataEnd: number
}
