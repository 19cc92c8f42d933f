/**
 * The digest of a whole zone (RFC 8976 §3.3.1, scheme SIMPLE): every record in canonical form and order, but for the ZONEMD
 * RRset of the apex and the signatures over it.
 */
import { equalNames, type Name, skipName } from '../dns/name/index.ts'
import { OctetWriter, readU16 } from '../dns/octets.ts'
import { RRSIG, ZONEMD } from '../dns/rr/index.ts'
import { lowerName, zonemdHash } from '../dnssec/index.ts'
import type { RecordTable } from './record-table.ts'
import { writeCanonicalTail } from './signed-data.ts'

/** Octets that are gathered before the hash takes them. */
const BLOCK = 1 << 17

/** `records`: the whole zone in canonical order, without duplicates. */
export function computeZonemd(table: RecordTable, records: Uint32Array, apex: Name, hashAlgorithm: 1 | 2): Uint8Array {
  const hash = zonemdHash(hashAlgorithm)
  const out = new OctetWriter(BLOCK + 70_000)
  const { octets } = table
  for (let i = 0; i < records.length; i++) {
    const index = records[i]!
    const owner = table.owner[index]!
    if (isExcluded(table, index) && equalNames(octets, owner, apex.octets, 0)) continue
    lowerName(octets, owner, skipName(octets, owner), out)
    writeCanonicalTail(table, index, table.ttl[index]!, out)
    if (out.length >= BLOCK) {
      hash.update(out.octets.subarray(0, out.length))
      out.clear()
    }
  }
  hash.update(out.octets.subarray(0, out.length))
  return hash.digest()
}

function isExcluded(table: RecordTable, index: number): boolean {
  const type = table.type[index]
  return (
    type === ZONEMD.number || (type === RRSIG.number && readU16(table.octets, table.rdata[index]!) === ZONEMD.number)
  )
}
