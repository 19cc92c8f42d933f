/**
 * DS digests (RFC 4034 §5.1.4): the hash of a zone's name in canonical form and its DNSKEY's rdata. Types: 1 SHA-1
 * (RFC 3658), 2 SHA-256 (RFC 4509), 4 SHA-384 (RFC 6605). Any other type is `unsupported`, a value.
 */
import { hash } from 'node:crypto'
import type { Name } from '../dns/name/index.ts'
import { equalOctets } from '../dns/octets.ts'
import { computeKeyTag } from './key-tag.ts'

export type DigestType = {
  readonly number: number
  readonly mnemonic: string
  readonly hash: 'sha1' | 'sha256' | 'sha384'
  readonly length: number
}

export const DIGEST_TYPES: readonly DigestType[] = [
  { number: 1, mnemonic: 'SHA-1', hash: 'sha1', length: 20 },
  { number: 2, mnemonic: 'SHA-256', hash: 'sha256', length: 32 },
  { number: 4, mnemonic: 'SHA-384', hash: 'sha384', length: 48 },
]

export function findDigestType(number: number): DigestType | 'unsupported' {
  return DIGEST_TYPES.find((type) => type.number === number) ?? 'unsupported'
}

const NAMES: ReadonlyMap<string, number> = new Map([
  ['SHA1', 1],
  ['SHA256', 2],
  ['GOST', 3],
  ['SHA384', 4],
])

/** The number that `SHA-256`, `sha256` or `2` stands for; undefined for anything else. */
export function parseDigestType(text: string): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text) <= 255 ? Number(text) : undefined
  return NAMES.get(text.toUpperCase().replace('-', ''))
}

/** The digest of one DNSKEY of the zone `owner`. */
export function computeDsDigest(digestType: number, owner: Name, dnskeyRdata: Uint8Array): Uint8Array | 'unsupported' {
  const type = findDigestType(digestType)
  if (type === 'unsupported') return type
  const name = owner.toCanonical().octets
  const input = new Uint8Array(name.length + dnskeyRdata.length)
  input.set(name)
  input.set(dnskeyRdata, name.length)
  return Uint8Array.from(hash(type.hash, input, 'buffer'))
}

/** DS rdata for a DNSKEY: tag, algorithm, digest type, digest. */
export function makeDsRdata(digestType: number, owner: Name, dnskeyRdata: Uint8Array): Uint8Array | 'unsupported' {
  const digest = computeDsDigest(digestType, owner, dnskeyRdata)
  if (digest === 'unsupported') return digest
  const rdata = new Uint8Array(4 + digest.length)
  const tag = computeKeyTag(dnskeyRdata)
  rdata.set([tag >>> 8, tag, dnskeyRdata[3] ?? 0, digestType])
  rdata.set(digest, 4)
  return rdata
}

/** Whether DS rdata speaks of this DNSKEY of `owner`: tag, algorithm and digest (RFC 4035 §5.2). */
export function matchesDs(dsRdata: Uint8Array, owner: Name, dnskeyRdata: Uint8Array): boolean | 'unsupported' {
  const digestType = dsRdata[3]
  if (digestType === undefined) return false
  const expected = makeDsRdata(digestType, owner, dnskeyRdata)
  return expected === 'unsupported' ? expected : equalOctets(expected, dsRdata)
}
