/** A signed zone as a set of records that can be compared: read with our own reader, names and RDATA in canonical form. */
import { Name, skipName } from '../../../src/dns/name/index.ts'
import { OctetWriter, readU32 } from '../../../src/dns/octets.ts'
import { rdataText, recordType, typeMnemonic } from '../../../src/dns/rr/index.ts'
import { textSource } from '../../../src/dns/text/index.ts'
import { RRSIG_ORIGINAL_TTL, RRSIG_SIGNER } from '../../../src/dnssec/index.ts'
import { loadRecords } from '../../../src/zone/index.ts'

export type NormalRecord = {
  readonly owner: string
  readonly type: string
  readonly ttl: number
  /** Of an RRSIG: the type covered, the original TTL and the signature, which are not part of the key. */
  readonly signature?: {
    readonly covered: string
    readonly algorithm: number
    readonly originalTtl: number
    readonly octets: string
  }
}

const RRSIG = 46

/** Records by `owner type RDATA`; of an RRSIG without signature and original TTL. */
export type NormalForm = ReadonlyMap<string, NormalRecord>

export function normalForm(text: Uint8Array, apex: Name): NormalForm {
  const { table } = loadRecords(textSource(text), apex, { textLength: text.length })
  const records = new Map<string, NormalRecord>()
  for (let i = 0; i < table.count; i++) {
    const number = table.type[i] ?? 0
    const owner = Name.fromOctets(table.octets, table.owner[i]).toCanonical().toString()
    const type = typeMnemonic(number)
    const rdata = canonicalRdata(number, table.rdataOf(i))
    const common = { owner, type, ttl: table.ttl[i] ?? 0 }
    if (number !== RRSIG) records.set(`${owner} ${type} ${rdataText(number, rdata)}`, common)
    else {
      const signer = skipName(rdata, RRSIG_SIGNER)
      const words = rdataText(number, rdata).split(' ')
      const [covered = '', algorithm = ''] = words
      const originalTtl = readU32(rdata, RRSIG_ORIGINAL_TTL)
      const octets = rdata.subarray(signer).toHex()
      const key = `${owner} RRSIG ${words
        .filter((_, i) => i !== 3)
        .slice(0, 7)
        .join(' ')}`
      records.set(key, { ...common, signature: { covered, algorithm: Number(algorithm), originalTtl, octets } })
    }
  }
  return records
}

function canonicalRdata(type: number, rdata: Uint8Array): Uint8Array {
  const declared = recordType(type)
  if (declared === undefined) return rdata
  const out = new OctetWriter(rdata.length + 16)
  declared.canonical(rdata, 0, rdata.length, out)
  return out.copy()
}

export type Difference = {
  /** `ours`, `theirs`: a record that only one has. Else what differs of a record that both have. */
  readonly kind: 'ours' | 'theirs' | 'ttl' | 'original-ttl' | 'signature'
  readonly key: string
  readonly owner: string
  readonly type: string
  /** Of an RRSIG the type covered. */
  readonly covered?: string
  readonly values: readonly [ours: string, theirs: string]
}

/** RSA and EdDSA give the same octets for the same data. */
const DETERMINISTIC: ReadonlySet<number> = new Set([5, 7, 8, 10, 15, 16])

export function differences(ours: NormalForm, theirs: NormalForm): Difference[] {
  const found: Difference[] = []
  for (const [key, own] of ours) {
    const { owner, type, signature } = own
    const common = { key, owner, type, ...(signature === undefined ? {} : { covered: signature.covered }) }
    const other = theirs.get(key)
    if (other === undefined) found.push({ kind: 'ours', ...common, values: [key, ''] })
    else {
      const tell = (kind: Difference['kind'], a: string | number, b: string | number): void => {
        if (a !== b) found.push({ kind, ...common, values: [String(a), String(b)] })
      }
      tell('ttl', own.ttl, other.ttl)
      const [a, b] = [signature, other.signature]
      if (a === undefined || b === undefined) continue
      tell('original-ttl', a.originalTtl, b.originalTtl)
      if (a.originalTtl === b.originalTtl && DETERMINISTIC.has(a.algorithm)) tell('signature', a.octets, b.octets)
    }
  }
  for (const [key, { owner, type, signature }] of theirs) {
    const common = { key, owner, type, ...(signature === undefined ? {} : { covered: signature.covered }) }
    if (!ours.has(key)) found.push({ kind: 'theirs', ...common, values: ['', key] })
  }
  return found
}
