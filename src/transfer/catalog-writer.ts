/** Makes the zone of a catalog (RFC 9432 §4) out of its members: the producer's side. */
import type { Name } from '../dns/name/index.ts'
import { NS, PTR, SOA, TXT } from '../dns/rr/index.ts'
import type { Serial } from '../dns/serial.ts'
import { NSEC3_HASH_LENGTH, nsec3Hash } from '../dnssec/index.ts'
import { RecordTable } from '../zone/index.ts'
import { CATALOG_VERSION } from './catalog-reader.ts'

export type ProducedMember = {
  readonly name: Name
  readonly groups?: readonly string[]
  readonly coo?: Name
  /** How many times the state of the zone was reset: each makes another label (§5.6). */
  readonly generation?: number
}

export type CatalogOptions = {
  readonly serial: Serial
  /** Timers of the SOA, for the catalog's own secondaries. */
  readonly refreshSeconds?: number
  readonly retrySeconds?: number
  readonly expireSeconds?: number
}

/** RFC 9432 §4.1: the records of a catalog are not for resolvers; their TTL says nothing. */
const TTL = 0
/** §4: `invalid.` names no server (RFC 2606). */
const NOBODY = 'invalid.'

/**
 * The records of a catalog zone, its SOA first: NS `invalid.`, the version, and for each member a PTR record with its properties.
 * The same members give the same records. Throws DnsError `name-too-long` when the catalog's name leaves no room for the labels,
 * `rdata-malformed` for a group of more than 255 octets.
 */
export function makeCatalog(apex: Name, members: readonly ProducedMember[], options: CatalogOptions): RecordTable {
  const { serial, refreshSeconds = 3600, retrySeconds = 600, expireSeconds = 2147483646 } = options
  const table = new RecordTable({ records: members.length + 16, octets: 512 + members.length * 128 })
  const soa = SOA.encode({
    primary: NOBODY,
    mailbox: NOBODY,
    serial,
    refresh: refreshSeconds,
    retry: retrySeconds,
    expire: expireSeconds,
    minimum: TTL,
  })
  table.add(apex.octets, SOA.number, TTL, soa)
  table.add(apex.octets, NS.number, TTL, NS.encode({ nameServer: NOBODY }))
  table.add(apex.child('version').octets, TXT.number, TTL, text(CATALOG_VERSION))
  const zones = apex.child('zones')
  for (const member of members) {
    const node = zones.child(memberId(member.name, member.generation))
    table.add(node.octets, PTR.number, TTL, member.name.octets)
    if (member.coo !== undefined) table.add(node.child('coo').octets, PTR.number, TTL, member.coo.octets)
    for (const group of member.groups ?? []) table.add(node.child('group').octets, TXT.number, TTL, text(group))
  }
  return table
}

function text(value: string): Uint8Array {
  return TXT.encode({ text: [value] })
}

/**
 * The label of a member node: the same for the same zone and generation, on every server that makes it, and of use in every
 * catalog, so that a zone can migrate with its state (§4.3.1).
 */
export function memberId(zone: Name, generation = 0): string {
  const name = zone.toCanonical().octets
  const salt = new Uint8Array(generation === 0 ? 0 : 4)
  if (generation > 0) new DataView(salt.buffer).setUint32(0, generation)
  // One round of SHA-1, with which a name is spread evenly; nothing here is secret.
  const hash = new Uint8Array(NSEC3_HASH_LENGTH)
  nsec3Hash(name, 0, name.length, salt, 0, hash, 0)
  return hash.toHex()
}
