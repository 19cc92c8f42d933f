/**
 * What a signature covers (RFC 4034 §3.1.8.1): the RRSIG's RDATA without the signature, then each record of the RRset in
 * canonical form and order, with the original TTL. Signer and verifier build the same octets here.
 */
import { countLabels, dropLabels, LOWER, skipName } from '../dns/name/index.ts'
import { type OctetWriter, readU32 } from '../dns/octets.ts'
import { CLASS_IN, recordType } from '../dns/rr/index.ts'
import type { RecordTable } from './record-table.ts'

/** Offsets within RRSIG RDATA (RFC 4034 §3.1). */
export const RRSIG_LABELS = 3
export const RRSIG_ORIGINAL_TTL = 4
export const RRSIG_EXPIRATION = 8
export const RRSIG_INCEPTION = 12
export const RRSIG_KEY_TAG = 16
export const RRSIG_SIGNER = 18

/**
 * Writes the octets for the RRset `records[from, to)` of `table`, signed by RRSIG RDATA that begins at `rrsigAt`. The records
 * are in canonical order without duplicates. Where the RRSIG has fewer labels than the owner, the owner is the wildcard that
 * was expanded (RFC 4035 §5.3.2).
 */
export function writeSignedData(
  table: RecordTable,
  records: Uint32Array,
  from: number,
  to: number,
  rrsigAt: number,
  out: OctetWriter,
): void {
  const { octets } = table
  const signerEnd = skipName(octets, rrsigAt + RRSIG_SIGNER)
  out.clear()
  out.bytes(octets, rrsigAt, rrsigAt + RRSIG_SIGNER)
  lowerName(octets, rrsigAt + RRSIG_SIGNER, signerEnd, out)
  const owner = table.owner[records[from]!]!
  const ownerFrom = out.length
  writeSignedOwner(octets, owner, octets[rrsigAt + RRSIG_LABELS]!, out)
  const ownerTo = out.length
  const originalTtl = readU32(octets, rrsigAt + RRSIG_ORIGINAL_TTL)
  for (let i = from; i < to; i++) {
    const index = records[i]!
    if (i > from) {
      out.ensure(ownerTo - ownerFrom)
      out.octets.copyWithin(out.length, ownerFrom, ownerTo)
      out.length += ownerTo - ownerFrom
    }
    writeCanonicalTail(table, index, originalTtl, out)
  }
}

/** Appends type, class, TTL, length and canonical RDATA of a record: all of its canonical form but the owner. */
export function writeCanonicalTail(table: RecordTable, index: number, ttl: number, out: OctetWriter): void {
  const type = table.type[index]!
  out.ensure(10)
  out.u16(type)
  out.u16(CLASS_IN)
  out.u32(ttl)
  const lengthAt = out.length
  out.u16(table.rdataLength[index]!)
  const declared = recordType(type)
  if (declared === undefined || !declared.lowersNames)
    out.bytes(table.octets, table.rdata[index]!, table.rdataEnd(index))
  else {
    declared.canonical(table.octets, table.rdata[index]!, table.rdataEnd(index), out)
    out.patchU16(lengthAt, out.length - lengthAt - 2)
  }
}

/** Appends the name at `at` in lower case. */
export function lowerName(octets: Uint8Array, at: number, end: number, out: OctetWriter): void {
  out.ensure(end - at)
  const target = out.octets
  let to = out.length
  for (let i = at; i < end; i++) target[to++] = LOWER[octets[i]!]!
  out.length = to
}

function writeSignedOwner(octets: Uint8Array, owner: number, labels: number, out: OctetWriter): void {
  const own = countLabels(octets, owner)
  // A leading `*` is not counted (RFC 4034 §3.1.3), so the wildcard itself comes out as it stands.
  const drop = own - labels
  if (drop <= 0) {
    lowerName(octets, owner, skipName(octets, owner), out)
    return
  }
  out.u8(1)
  out.u8(0x2a)
  const rest = dropLabels(octets, owner, drop)
  lowerName(octets, rest, skipName(octets, rest), out)
}
