/** The record types of DNSSEC: RFC 4034, RFC 5155, and what parents and children tell each other (RFC 7344, RFC 7477). */
import { declare } from '../declare.ts'
import { base64Rest, countedBase32Hex, countedHex, hexRest } from '../fields/binary.ts'
import { legacyName, plainName } from '../fields/names.ts'
import { named, time, ttl, u8, u16, u32 } from '../fields/numbers.ts'
import { typeBitmap, typeCovered } from '../fields/type-fields.ts'

/** DNS Security Algorithm Numbers (IANA). */
export const ALGORITHM_MNEMONICS: ReadonlyMap<number, string> = new Map([
  [1, 'RSAMD5'],
  [2, 'DH'],
  [3, 'DSA'],
  [5, 'RSASHA1'],
  [6, 'DSA-NSEC3-SHA1'],
  [7, 'RSASHA1-NSEC3-SHA1'],
  [8, 'RSASHA256'],
  [10, 'RSASHA512'],
  [12, 'ECC-GOST'],
  [13, 'ECDSAP256SHA256'],
  [14, 'ECDSAP384SHA384'],
  [15, 'ED25519'],
  [16, 'ED448'],
  [17, 'SM2SM3'],
  [23, 'ECC-GOST12'],
  [252, 'INDIRECT'],
  [253, 'PRIVATEDNS'],
  [254, 'PRIVATEOID'],
])
const ALIASES = new Map([['NSEC3RSASHA1', 7]])

const algorithm = named(1, 'a DNSSEC algorithm', ALGORITHM_MNEMONICS, { aliases: ALIASES })
const DIGESTS: ReadonlyMap<number, string> = new Map([
  [1, 'SHA-1'],
  [2, 'SHA-256'],
  [4, 'SHA-384'],
])
const digestType = named(1, 'a digest type', DIGESTS)

/** Octets of the digests that have a number (IANA: DS RR Type Digest Algorithms). */
const DIGEST_OCTETS: ReadonlyMap<number, number> = new Map([
  [1, 20],
  [2, 32],
  [3, 32],
  [4, 48],
  [5, 32],
  [6, 32],
])

/** A digest of a known type has the length of that type. */
export function digestRule(octets: Uint8Array, at: number, end: number): string | undefined {
  const expected = DIGEST_OCTETS.get(octets[at + 3]!)
  if (expected === undefined || end - at - 4 === expected) return undefined
  return `a digest of type ${octets[at + 3]} has ${expected} octets, not ${end - at - 4}`
}

/** Fields of DS, and of the types that are like it. */
export const dsFields = { keyTag: u16('a key tag'), algorithm, digestType, digest: hexRest('a digest', 1) }
const keyFields = { flags: u16('flags'), protocol: u8('a protocol'), algorithm, publicKey: base64Rest('a public key') }
/** Fields of RRSIG, and of SIG before it. */
export const signatureFields = {
  typeCovered,
  algorithm,
  labels: u8('a number of labels'),
  originalTtl: ttl('the original TTL'),
  expiration: time('the expiration'),
  inception: time('the inception'),
  keyTag: u16('a key tag'),
  signer: legacyName("the signer's name"),
  signature: base64Rest('a signature'),
}

export const DS = declare({
  number: 43,
  mnemonic: 'DS',
  meaning: "a digest of a key of the delegated zone, in the parent's keeping",
  reference: 'RFC 4034 §5',
  fields: dsFields,
  rule: digestRule,
})

export const RRSIG = declare({
  number: 46,
  mnemonic: 'RRSIG',
  meaning: 'a signature over an RRset',
  reference: 'RFC 4034 §3',
  fields: signatureFields,
})

export const NSEC = declare({
  number: 47,
  mnemonic: 'NSEC',
  meaning: 'the next name of the zone, and the types that exist at this one',
  reference: 'RFC 4034 §4, RFC 6840 §5.1',
  fields: { next: plainName('the next name'), types: typeBitmap },
})

export const DNSKEY = declare({
  number: 48,
  mnemonic: 'DNSKEY',
  meaning: 'a public key of the zone',
  reference: 'RFC 4034 §2',
  fields: keyFields,
})

export const NSEC3 = declare({
  number: 50,
  mnemonic: 'NSEC3',
  meaning: 'the next hashed name of the zone, and the types that exist at the name hashed here',
  reference: 'RFC 5155 §3',
  fields: {
    hashAlgorithm: u8('a hash algorithm'),
    flags: u8('flags'),
    iterations: u16('a number of iterations'),
    salt: countedHex('a salt'),
    next: countedBase32Hex('the next hashed name'),
    types: typeBitmap,
  },
})

export const NSEC3PARAM = declare({
  number: 51,
  mnemonic: 'NSEC3PARAM',
  meaning: 'how names are hashed in this zone',
  reference: 'RFC 5155 §4',
  fields: {
    hashAlgorithm: u8('a hash algorithm'),
    flags: u8('flags'),
    iterations: u16('a number of iterations'),
    salt: countedHex('a salt'),
  },
})

export const CDS = declare({
  number: 59,
  mnemonic: 'CDS',
  meaning: 'the DS that the child asks its parent for',
  reference: 'RFC 7344 §3.1, RFC 8078 §4',
  fields: dsFields,
  rule: digestRule,
})

export const CDNSKEY = declare({
  number: 60,
  mnemonic: 'CDNSKEY',
  meaning: 'the key that the child asks its parent to make a DS of',
  reference: 'RFC 7344 §3.2, RFC 8078 §4',
  fields: keyFields,
})

export const CSYNC = declare({
  number: 62,
  mnemonic: 'CSYNC',
  meaning: "what the parent may copy from the child's zone",
  reference: 'RFC 7477 §2.1',
  fields: { serial: u32('a serial'), flags: u16('flags'), types: typeBitmap },
})

export const ZONEMD = declare({
  number: 63,
  mnemonic: 'ZONEMD',
  meaning: 'a digest of the whole zone',
  reference: 'RFC 8976 §2',
  fields: {
    serial: u32('a serial'),
    scheme: u8('a scheme'),
    hashAlgorithm: u8('a hash algorithm'),
    digest: hexRest('a digest', 12),
  },
})
