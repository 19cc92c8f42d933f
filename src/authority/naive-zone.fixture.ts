/**
 * Zones as plain lists of records, for tests, and a signer of them that is as simple as can be: signatures are made up, the chain
 * of NSEC or NSEC3 records is whole. Nothing here is fast, and nothing of it is shared with what it judges.
 */
import { Name } from '../dns/name/index.ts'
import { OctetWriter } from '../dns/octets.ts'
import { encodeBase32Hex } from '../dns/presentation/index.ts'
import {
  CNAME,
  DNAME,
  DS,
  MX,
  NS,
  NSEC,
  NSEC3,
  NSEC3PARAM,
  RRSIG,
  SOA,
  typeMnemonic,
  writeTypeBitmap,
} from '../dns/rr/index.ts'
import { textSource } from '../dns/text/index.ts'
import { nsec3Hash } from '../dnssec/index.ts'
import { loadRecords, RecordTable, Zone, type ZoneChange } from '../zone/index.ts'

export type NaiveRecord = {
  readonly owner: Name
  readonly type: number
  readonly ttl: number
  readonly rdata: Uint8Array
}

export type NaiveZone = { readonly apex: Name; readonly records: readonly NaiveRecord[] }

export type Signing = 'unsigned' | 'nsec' | 'nsec3' | 'opt-out'

const SALT = Uint8Array.of(0xab, 0xcd)
const ITERATIONS = 2
const TTL = 300

/** Reads records in presentation format; names are relative to the apex. */
export function recordsOf(text: string, apex: Name): NaiveRecord[] {
  const { table } = loadRecords(textSource(`$TTL ${TTL}\n${text}`), apex)
  return recordsIn(table)
}

export function recordsIn(table: RecordTable): NaiveRecord[] {
  return Array.from({ length: table.count }, (_, i) => ({
    owner: Name.fromOctets(table.octets, table.owner[i] ?? 0),
    type: table.type[i] ?? 0,
    ttl: table.ttl[i] ?? 0,
    rdata: table.rdataOf(i),
  }))
}

export function tableOf(records: readonly NaiveRecord[]): RecordTable {
  const table = new RecordTable({ records: records.length, octets: 1 << 12 })
  for (const { owner, type, ttl, rdata } of records) table.add(owner.octets, type, ttl, rdata)
  return table
}

/** The zone as the image takes it. */
export function arrange({ apex, records }: NaiveZone): Zone {
  return Zone.arrange(apex, tableOf(records))
}

/** What makes one version the other. */
export function changeBetween(from: NaiveZone, to: NaiveZone): ZoneChange {
  const old = new Set(from.records.map(lineOf))
  const fresh = new Set(to.records.map(lineOf))
  return {
    removed: tableOf(from.records.filter((record) => !fresh.has(lineOf(record)))),
    added: tableOf(to.records.filter((record) => !old.has(lineOf(record)))),
    fromSerial: 0,
    toSerial: 0,
  }
}

/** A record as text that equal records share. */
export function lineOf({ owner, type, ttl, rdata }: NaiveRecord): string {
  return `${owner.key} ${ttl} ${typeMnemonic(type)} ${lowersNames(type) ? lower(rdata).toHex() : rdata.toHex()}`
}

/** Types whose names a message may compress, and so bring back in another case. */
function lowersNames(type: number): boolean {
  return [NS, CNAME, SOA, MX].some(({ number }) => number === type)
}

function lower(octets: Uint8Array): Uint8Array {
  return octets.map((octet) => (octet >= 0x41 && octet <= 0x5a ? octet + 32 : octet))
}

/** Adds signatures and a chain to records that have none. */
export function signNaively(zone: NaiveZone, how: Signing, iterations = ITERATIONS): NaiveZone {
  if (how === 'unsigned') return zone
  const { apex } = zone
  const chain = how === 'nsec' ? nsecChain(zone) : nsec3Chain(zone, how === 'opt-out', iterations)
  const params =
    how === 'nsec' ? [] : [{ owner: apex, type: NSEC3PARAM.number, ttl: 0, rdata: chainHead(0, iterations) }]
  const unsigned = [...zone.records, ...params]
  const signed = [...unsigned.filter((record) => isSigned(zone, record)), ...chain]
  const rrsets = new Map(signed.map((record) => [`${record.owner.key} ${record.type}`, record]))
  const signatures = [...rrsets.values()].map((record) => signatureOf(record, apex))
  return { apex, records: [...unsigned, ...chain, ...signatures] }
}

/** The name of a zone cut or DNAME strictly above a name. */
function barrierAbove({ apex, records }: NaiveZone, name: Name): Name | undefined {
  return records.find(
    ({ owner, type }) =>
      ((type === NS.number && !owner.equals(apex)) || type === DNAME.number) &&
      name.isAtOrBelow(owner) &&
      !name.equals(owner),
  )?.owner
}

function has(zone: NaiveZone, name: Name, type: number): boolean {
  return zone.records.some((record) => record.type === type && record.owner.equals(name))
}

function isCut(zone: NaiveZone, name: Name): boolean {
  return !name.equals(zone.apex) && has(zone, name, NS.number)
}

function isSigned(zone: NaiveZone, { owner, type }: NaiveRecord): boolean {
  if (barrierAbove(zone, owner) !== undefined) return false
  return !isCut(zone, owner) || type === DS.number
}

function signatureOf({ owner, type, ttl }: NaiveRecord, apex: Name): NaiveRecord {
  const out = new OctetWriter(64)
  out.u16(type)
  out.u8(13)
  out.u8(owner.labelCount - (owner.isWildcard ? 1 : 0))
  out.u32(ttl)
  out.u32(2_000_000_000)
  out.u32(1_700_000_000)
  out.u16(4711)
  out.bytes(apex.octets)
  out.u32(type * 65537 + owner.octets.length)
  return { owner, type: RRSIG.number, ttl, rdata: out.copy() }
}

/** Names that belong to the chain of denial: with records, not below a zone cut or a DNAME. */
function chainNames(zone: NaiveZone): Name[] {
  const names = new Map(zone.records.map(({ owner }) => [owner.key, owner]))
  return [...names.values()].filter((name) => barrierAbove(zone, name) === undefined)
}

function typesAt(zone: NaiveZone, name: Name): number[] {
  return zone.records.filter(({ owner }) => owner.equals(name)).map(({ type }) => type)
}

function bitmap(types: readonly number[]): Uint8Array {
  const out = new OctetWriter(64)
  writeTypeBitmap(
    [...new Set(types)].sort((a, b) => a - b),
    out,
  )
  return out.copy()
}

function nsecChain(zone: NaiveZone): NaiveRecord[] {
  const names = chainNames(zone).sort((a, b) => a.compareTo(b))
  return names.map((owner, i) => {
    const next = names[i + 1] ?? zone.apex
    const types = [...typesAt(zone, owner), NSEC.number, RRSIG.number]
    return { owner, type: NSEC.number, ttl: TTL, rdata: Uint8Array.of(...next.octets, ...bitmap(types)) }
  })
}

function chainHead(flags: number, iterations: number): Uint8Array {
  return Uint8Array.of(1, flags, iterations >> 8, iterations, SALT.length, ...SALT)
}

/** The hash of a name with the parameters of these zones. */
export function hashOf(name: Name, iterations = ITERATIONS): Uint8Array {
  const hash = new Uint8Array(20)
  const { octets } = name.toCanonical()
  nsec3Hash(octets, 0, octets.length, SALT, iterations, hash, 0)
  return hash
}

export function hashLabel(hash: Uint8Array): string {
  const text = new Uint8Array(32)
  encodeBase32Hex(hash, 0, hash.length, text, 0)
  return new TextDecoder('latin1').decode(text).toLowerCase()
}

function nsec3Chain(zone: NaiveZone, optOut: boolean, iterations: number): NaiveRecord[] {
  const { apex } = zone
  const leaves = chainNames(zone).filter((name) => !(optOut && isCut(zone, name) && !has(zone, name, DS.number)))
  const names = new Map<string, Name>()
  for (const leaf of leaves) {
    for (let name = leaf; name.isAtOrBelow(apex); name = name.parent) {
      names.set(name.key, name)
      if (name.equals(apex)) break
    }
  }
  const hashed = [...names.values()].map((name) => ({ name, hash: hashOf(name, iterations) }))
  hashed.sort((a, b) => Buffer.compare(a.hash, b.hash))
  return hashed.map(({ name, hash }, i) => {
    const next = hashed[i + 1]?.hash ?? hashed[0]?.hash ?? hash
    const rdata = Uint8Array.of(
      ...chainHead(optOut ? 1 : 0, iterations),
      next.length,
      ...next,
      ...bitmap(typesAt(zone, name)),
    )
    return { owner: apex.child(hashLabel(hash)), type: NSEC3.number, ttl: TTL, rdata }
  })
}

/** A SOA record; `minimum` is the TTL of negative answers where it is below 3600. */
export function soaOf(apex: Name, serial: number, minimum = 600): NaiveRecord {
  const host = Name.parse('ns.invalid.').octets
  const numbers = new OctetWriter(20)
  for (const number of [serial, 7200, 3600, 1_209_600, minimum]) numbers.u32(number)
  return { owner: apex, type: SOA.number, ttl: 3600, rdata: Uint8Array.of(...host, ...host, ...numbers.copy()) }
}
