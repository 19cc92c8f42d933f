/** The SOA of a merged zone: the serial is worked out, the other fields and the TTL come from the side that changed them. */
import { DnsError } from '../dns/errors.ts'
import { equalNames, type Name } from '../dns/name/index.ts'
import { equalOctets, OctetWriter } from '../dns/octets.ts'
import { SOA } from '../dns/rr/index.ts'
import { type Serial, SOA_NUMBERS } from '../dns/serial.ts'
import type { RecordTable } from './record-table.ts'
import type { ZoneChange } from './zone-change.ts'

/** A SOA record, in memory of its own. */
export type SoaRecord = { readonly ttl: number; readonly rdata: Uint8Array }

export type MergedSoa =
  | { readonly kind: 'merged'; readonly soa: SoaRecord; readonly live: SoaRecord; readonly isFromFile: boolean }
  | { readonly kind: 'conflict'; readonly file: SoaRecord; readonly live: SoaRecord }

/** Which SOA the merged zone has; its serial is still to be set. */
export function mergeSoa(apex: Name, file: ZoneChange, live: ZoneChange): MergedSoa {
  const base = soaOf(apex, file.removed)
  const filed = soaOf(apex, file.added)
  const served = soaOf(apex, live.added)
  if (sameButSerial(base, filed) || sameButSerial(filed, served)) {
    return { kind: 'merged', soa: served, live: served, isFromFile: false }
  }
  if (sameButSerial(base, served)) return { kind: 'merged', soa: filed, live: served, isFromFile: true }
  return { kind: 'conflict', file: filed, live: served }
}

export function withSerial({ ttl, rdata }: SoaRecord, serial: Serial): SoaRecord {
  const copy = rdata.slice()
  new DataView(copy.buffer).setUint32(copy.length - SOA_NUMBERS, serial)
  return { ttl, rdata: copy }
}

function soaOf(apex: Name, table: RecordTable): SoaRecord {
  for (let i = 0; i < table.count; i++) {
    if (table.type[i] !== SOA.number || !equalNames(table.octets, table.owner[i]!, apex.octets, 0)) continue
    return { ttl: table.ttl[i]!, rdata: new Uint8Array(table.rdataOf(i)) }
  }
  throw new DnsError('state-invalid', `a change of ${apex} has no SOA record`)
}

function sameButSerial(a: SoaRecord, b: SoaRecord): boolean {
  return a.ttl === b.ttl && equalOctets(canonicalWithoutSerial(a), canonicalWithoutSerial(b))
}

function canonicalWithoutSerial(soa: SoaRecord): Uint8Array {
  const { rdata } = withSerial(soa, 0)
  const out = new OctetWriter(rdata.length)
  SOA.canonical(rdata, 0, rdata.length, out)
  return out.copy()
}
