/**
 * Makes the records of a zone ready to be signed: what an earlier signing put in is taken out, and the apex gets its new
 * serial, DNSKEY, NSEC3PARAM and ZONEMD records. After this the zone is what its signatures will be made over.
 *
 * As dnssec-signzone does: DS, CDS and CDNSKEY records stay as they are. `zone-dnskeys.ts` says which DNSKEY records do.
 */
import { DnsError } from '../dns/errors.ts'
import { equalNames, type Name, skipName } from '../dns/name/index.ts'
import { readU16, readU32 } from '../dns/octets.ts'
import { DNSKEY, NSEC3PARAM, RRSIG, SOA, WINS, WINS_R, ZONEMD } from '../dns/rr/index.ts'
import { algorithmName } from '../dnssec/index.ts'
import { compareRdata, type RecordTable } from '../zone/index.ts'
import { denialTtl, MADE_BY_SIGNING } from './node-rules.ts'
import type { Denial, SigningOptions } from './options.ts'
import { nextSerial } from './serial-policy.ts'
import type { SignerSet } from './signers.ts'
import { sortDnskeys, type ZoneDnskey } from './zone-dnskeys.ts'

/** What later steps need to know of the apex. */
export type PreparedApex = {
  readonly serial: number
  /** TTL of NSEC and NSEC3 records. */
  readonly negativeTtl: number
  /** All DNSKEY records of the apex. */
  readonly dnskeys: readonly ZoneDnskey[]
  readonly warnings: readonly string[]
}

/** Octets of a digest by its hash algorithm (RFC 8976 §5.3). */
export const ZONEMD_LENGTH: Readonly<Record<1 | 2, number>> = { 1: 48, 2: 64 }

/** Changes the table in place. Throws DnsError `zone-invalid` when the apex has no SOA, or different ones. */
export function prepareApex(
  table: RecordTable,
  apex: Name,
  options: SigningOptions,
  signers: SignerSet,
  denial: Denial,
): PreparedApex {
  const [soa, ...others] = apexRecords(table, apex, SOA.number)
  if (soa === undefined) throw new DnsError('zone-invalid', `${apex} has no SOA record: is it the zone's name?`)
  // What a transfer was written to ends with the SOA once more.
  if (others.some((other) => compareRdata(table, soa, other) !== 0)) {
    throw new DnsError('zone-invalid', `${apex} has ${others.length + 1} different SOA records; a zone has one`)
  }
  const keyRecords = apexRecords(table, apex, DNSKEY.number)
  const [firstKey] = keyRecords
  const keyTtl = (firstKey === undefined ? options.dnskeyTtl : table.ttl[firstKey]) ?? table.ttl[soa]!
  const keyRdatas = keyRecords.map((index) => table.rdataOf(index))
  const sorted = sortDnskeys(keyRdatas, wasSigned(table, apex), signers, options.recorded ?? [])
  removeEarlierSigning(table, apex, new Set([...others, ...keyRecords.filter((_, i) => !sorted.stays[i])]))
  // Removing rows moves the others: the SOA is looked up anew.
  const [index = soa] = apexRecords(table, apex, SOA.number)
  const serialAt = skipName(table.octets, skipName(table.octets, table.rdata[index]!))
  const serial = nextSerial(readU32(table.octets, serialAt), options.serial, options.now)
  const soaTtl = table.ttl[index]!
  const negativeTtl = denialTtl(soaTtl, readU32(table.octets, serialAt + 16))
  new DataView(table.octets.buffer).setUint32(serialAt, serial)
  const owner = table.owner[index]!
  const add = (type: number, ttl: number, rdata: Uint8Array): void => {
    table.record(owner, type, ttl, table.addOctets(rdata), rdata.length)
  }
  for (const key of signers.published) add(DNSKEY.number, keyTtl, key.dnskeyRdata)
  if (denial.kind === 'nsec3') add(NSEC3PARAM.number, 0, nsec3paramRdata(denial.iterations, denial.salt))
  for (const hash of options.zonemd) add(ZONEMD.number, soaTtl, zonemdRdata(serial, hash))
  const warnings = [...sorted.warnings, ...strangeKeys(table, apex, signers), ...lookupsInWins(table, apex)]
  return { serial, negativeTtl, dnskeys: sorted.dnskeys, warnings }
}

/** What a server makes of WINS records is in no signed record: it contradicts the proof that the name does not exist. */
function lookupsInWins(table: RecordTable, apex: Name): string[] {
  if (apexRecords(table, apex, WINS.number).length + apexRecords(table, apex, WINS_R.number).length === 0) return []
  return ['the zone has WINS or WINS-R records: names that a server looks up there do not exist for who validates']
}

/** Warnings of DNSKEY records that stay from the input although no key of their algorithm signs. */
function strangeKeys(table: RecordTable, apex: Name, signers: SignerSet): string[] {
  const algorithms = new Set(
    apexRecords(table, apex, DNSKEY.number).map((index) => table.octets[table.rdata[index]! + 3]!),
  )
  return [...algorithms]
    .filter((algorithm) => !signers.published.some((key) => key.algorithm === algorithm))
    .map(
      (algorithm) =>
        `a DNSKEY of algorithm ${algorithm} (${algorithmName(algorithm)}) is in the zone file, but no key of it signs: resolvers may then call the zone bogus (RFC 4035 §2.2)`,
    )
}

/** RDATA of NSEC3PARAM; its flags are zero, opt-out or not (RFC 5155 §4.1.2). */
export function nsec3paramRdata(iterations: number, salt: Uint8Array): Uint8Array {
  return Uint8Array.of(1, 0, iterations >> 8, iterations & 255, salt.length, ...salt)
}

/** RDATA of ZONEMD, scheme SIMPLE, with room for the digest (RFC 8976 §2.2). */
function zonemdRdata(serial: number, hash: 1 | 2): Uint8Array {
  const rdata = new Uint8Array(6 + ZONEMD_LENGTH[hash])
  new DataView(rdata.buffer).setUint32(0, serial)
  rdata[4] = 1
  rdata[5] = hash
  return rdata
}

/** Indices of the apex's records of a type, in the order of the file. */
function apexRecords(table: RecordTable, apex: Name, type: number): number[] {
  const found: number[] = []
  const { octets, owner, type: types, count } = table
  for (let i = 0; i < count; i++) {
    if (types[i] === type && equalNames(octets, owner[i]!, apex.octets, 0)) found.push(i)
  }
  return found
}

/** Whether the DNSKEY RRset of the input has a signature. */
function wasSigned(table: RecordTable, apex: Name): boolean {
  return apexRecords(table, apex, RRSIG.number).some((i) => readU16(table.octets, table.rdata[i]!) === DNSKEY.number)
}

/** `atApex`: further records there that go, by their indices. */
function removeEarlierSigning(table: RecordTable, apex: Name, atApex: ReadonlySet<number>): void {
  table.removeWhere((index) => {
    const type = table.type[index]!
    if (MADE_BY_SIGNING.has(type) || atApex.has(index)) return true
    return type === ZONEMD.number && equalNames(table.octets, table.owner[index]!, apex.octets, 0)
  })
}
