/**
 * What a signature covers (RFC 4034 §3.1.8.1): the RRSIG's RDATA without the signature, then each record of the RRset in
 * canonical form and order, with the original TTL. Signer and verifier build the same octets here.
 */
import { type OctetWriter, readU32 } from '../dns/octets.ts'
import { CLASS_IN, recordType } from '../dns/rr/index.ts'
import { RRSIG_LABELS, RRSIG_ORIGINAL_TTL, writeSignedHead, writeSignedOwner } from '../dnssec/index.ts'
import type { RecordTable } from './record-table.ts'

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
  out.clear()
  writeSignedHead(octets, rrsigAt, out)
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
