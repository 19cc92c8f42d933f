/**
 * What a resolver with a cache sees during a rollover: records of one version of a zone, keys of another. An own, small
 * validator, apart from `zone verify`: that one judges a zone as a whole, this one whether each RRset has one good signature.
 */
import { Name, nameText } from '../src/dns/name/index.ts'
import { OctetWriter, readU16 } from '../src/dns/octets.ts'
import { DNSKEY, NSEC, RRSIG, typeMnemonic } from '../src/dns/rr/index.ts'
import { textSource } from '../src/dns/text/index.ts'
import {
  computeKeyTag,
  matchesDs,
  parseKeyRecords,
  RRSIG_KEY_TAG,
  RRSIG_SIGNER,
  verifySignature,
} from '../src/dnssec/index.ts'
import { loadRecords, writeSignedData, Zone } from '../src/zone/index.ts'

export type ZoneVersion = { readonly zone: Zone; readonly keys: readonly Uint8Array[] }

export function readVersion(text: string, apex: string): ZoneVersion {
  const name = Name.parse(apex)
  const zone = Zone.arrange(name, loadRecords(textSource(text), name).table)
  const keys = rrsetsOf(zone, 0)
    .filter(({ type }) => type === DNSKEY.number)
    .flatMap(({ from, to }) => [...zone.records.subarray(from, to)].map((index) => zone.table.rdataOf(index)))
  return { zone, keys }
}

type Rrset = { readonly type: number; readonly from: number; readonly to: number }

function rrsetsOf(zone: Zone, node: number): Rrset[] {
  const found: Rrset[] = []
  const end = zone.nodes[node + 1] ?? 0
  for (let from = zone.nodes[node] ?? 0; from < end; ) {
    const to = zone.rrsetEnd(from, end)
    found.push({ type: zone.typeAt(from), from, to })
    from = to
  }
  return found
}

/** Whether one of these keys made a good signature over the RRset. */
function isSignedBy(zone: Zone, node: number, rrset: Rrset, keys: readonly Uint8Array[]): boolean {
  const { table, records } = zone
  const { octets } = table
  const signatures = rrsetsOf(zone, node).find(({ type }) => type === RRSIG.number)
  if (signatures === undefined) return false
  const data = new OctetWriter(1024)
  for (const index of records.subarray(signatures.from, signatures.to)) {
    const at = table.rdata[index] ?? 0
    if (readU16(octets, at) !== rrset.type) continue
    writeSignedData(table, records, rrset.from, rrset.to, at, data)
    const signature = octets.slice(at + RRSIG_SIGNER + zone.apex.octets.length, table.rdataEnd(index))
    for (const key of keys) {
      if (computeKeyTag(key) !== readU16(octets, at + RRSIG_KEY_TAG) || key[3] !== octets[at + 2]) continue
      if (verifySignature(key[3] ?? 0, key.subarray(4), data.copy(), signature) === true) return true
    }
  }
  return false
}

/** RRsets of `records` that nobody who has cached the DNSKEY RRset of `keys` could validate, as `owner TYPE`. */
export function bogusWith(records: ZoneVersion, keys: ZoneVersion): string[] {
  const { zone } = records
  const bogus: string[] = []
  for (let node = 0; node < zone.nodeCount; node++) {
    for (const rrset of rrsetsOf(zone, node)) {
      // The DNSKEY RRset is what the cache holds in the other version; RRSIGs are not signed.
      if (rrset.type === RRSIG.number || rrset.type === DNSKEY.number) continue
      const isSigned = rrset.type === NSEC.number || Zone.isSigned(zone.kinds[node] ?? 0, rrset.type)
      if (!isSigned || isSignedBy(zone, node, rrset, keys.keys)) continue
      bogus.push(`${nameText(zone.table.octets, zone.ownerOf(node))} ${typeMnemonic(rrset.type)}`)
    }
  }
  return bogus
}

/** Whether the DNSKEY RRset is trusted by whoever has these DS records: one of their keys signs it. */
export function isTrustedBy(version: ZoneVersion, dsText: string): boolean {
  const { zone } = version
  const trusted = parseKeyRecords(dsText, 'ds').flatMap((record) =>
    version.keys.filter((key) => record.type === 'DS' && matchesDs(record.rdata, zone.apex, key) === true),
  )
  const dnskey = rrsetsOf(zone, 0).find(({ type }) => type === DNSKEY.number)
  return dnskey !== undefined && isSignedBy(zone, 0, dnskey, trusted)
}
