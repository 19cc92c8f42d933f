/**
 * Public keys as a DNSKEY carries them ↔ Node's KeyObject: RSA (RFC 3110 §2), ECDSA (RFC 6605 §4), EdDSA (RFC 8080 §3).
 *
 * The forms were measured (Node 26.10, µs per import, best of several runs): EC from raw octets 14, from DER 18, from a JWK
 * 20; EdDSA raw 1.8, DER 8.4, JWK 3.0; RSA-2048 PKCS#1 DER 5.3, SPKI 7.2, JWK 5.3. So: raw octets, and PKCS#1 for RSA.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { DnsError } from '../dns/errors.ts'
import { type Algorithm, findAlgorithm } from './algorithms.ts'

/** Why there is no usable key: the algorithm has no row here, or the octets are no key of it. */
export type PublicKeyFault = 'unsupported' | 'invalid'

/**
 * Most bits of an RSA exponent. RFC 3110 lets it be as long as the modulus, and then one check costs as much as a private
 * operation; keys in use have 17 or 33 bits, and OpenSSL itself draws this line for large moduli.
 */
const MAX_EXPONENT_OCTETS = 8

/** Reads the public key field of a DNSKEY. Never throws. The octets may lie in shared memory. */
export function importPublicKey(algorithm: number, octets: Uint8Array): KeyObject | PublicKeyFault {
  const row = findAlgorithm(algorithm)
  if (row === 'unsupported') return row
  try {
    if (row.family === 'rsa') return importRsa(row, octets)
    if (octets.length !== row.publicKeyLength) return 'invalid'
    if (row.curve === 'ed25519' || row.curve === 'ed448') {
      return createPublicKey({ key: Buffer.from(octets), format: 'raw-public', asymmetricKeyType: row.curve })
    }
    const point = Buffer.allocUnsafe(octets.length + 1)
    point[0] = 4
    point.set(octets, 1)
    return createPublicKey({ key: point, format: 'raw-public', asymmetricKeyType: 'ec', namedCurve: row.curve })
  } catch {
    // OpenSSL refuses points that are not on the curve (RFC 6605 §4 wants validity checked) and such.
    return 'invalid'
  }
}

/** Where modulus and exponent lie in an RSA public key field, leading zero octets left out. */
export type RsaFields = { exponentFrom: number; exponentTo: number; modulusFrom: number; modulusTo: number }

/**
 * Splits the field of RFC 3110 §2: an exponent length of one octet, or of two after a zero octet; exponent; modulus.
 * Leading zero octets, which the RFC forbids to write, are read over as other implementations do.
 */
export function readRsaFields(octets: Uint8Array): RsaFields | undefined {
  const first = octets[0]
  if (first === undefined) return undefined
  let exponentFrom = 1
  let length = first
  if (first === 0) {
    if (octets.length < 3) return undefined
    length = (octets[1]! << 8) | octets[2]!
    exponentFrom = 3
  }
  const exponentTo = exponentFrom + length
  const modulusTo = octets.length
  if (length === 0 || exponentTo >= modulusTo) return undefined
  while (exponentFrom < exponentTo && octets[exponentFrom] === 0) exponentFrom++
  let modulusFrom = exponentTo
  while (modulusFrom < modulusTo && octets[modulusFrom] === 0) modulusFrom++
  if (exponentFrom === exponentTo || modulusFrom === modulusTo) return undefined
  return { exponentFrom, exponentTo, modulusFrom, modulusTo }
}

function importRsa(row: Algorithm, octets: Uint8Array): KeyObject | PublicKeyFault {
  const fields = readRsaFields(octets)
  if (fields === undefined) return 'invalid'
  const bits = bitLength(octets, fields.modulusFrom, fields.modulusTo)
  if (bits < row.minBits) return 'invalid'
  if (bits > row.maxBits || fields.exponentTo - fields.exponentFrom > MAX_EXPONENT_OCTETS) return 'unsupported'
  return createPublicKey({ key: rsaDer(octets, fields), format: 'der', type: 'pkcs1' })
}

/** RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } (RFC 8017 A.1.1). */
function rsaDer(octets: Uint8Array, fields: RsaFields): Buffer {
  const modulus = octets.length - fields.modulusFrom + (octets[fields.modulusFrom]! >>> 7)
  const exponent = fields.exponentTo - fields.exponentFrom + (octets[fields.exponentFrom]! >>> 7)
  const body = headerLength(modulus) + modulus + headerLength(exponent) + exponent
  const der = Buffer.allocUnsafe(headerLength(body) + body)
  let at = writeHeader(der, 0, 0x30, body)
  at = writeHeader(der, at, 0x02, modulus)
  at = writeInteger(der, at, octets, fields.modulusFrom, fields.modulusTo)
  at = writeHeader(der, at, 0x02, exponent)
  writeInteger(der, at, octets, fields.exponentFrom, fields.exponentTo)
  return der
}

function headerLength(length: number): number {
  return length < 0x80 ? 2 : length < 0x100 ? 3 : 4
}

function writeHeader(der: Buffer, at: number, tag: number, length: number): number {
  der[at++] = tag
  if (length >= 0x100) {
    der[at++] = 0x82
    der[at++] = length >>> 8
  } else if (length >= 0x80) der[at++] = 0x81
  der[at++] = length
  return at
}

function writeInteger(der: Buffer, at: number, octets: Uint8Array, from: number, to: number): number {
  if (octets[from]! >= 0x80) der[at++] = 0
  der.set(octets.subarray(from, to), at)
  return at + to - from
}

function bitLength(octets: Uint8Array, from: number, to: number): number {
  return from >= to ? 0 : (to - from) * 8 - (Math.clz32(octets[from]!) - 24)
}

/** Bits of a key: of the modulus for RSA, of the curve otherwise; 0 when the octets are no such key. */
export function publicKeyBits(algorithm: Algorithm, octets: Uint8Array): number {
  if (algorithm.family !== 'rsa') return octets.length === algorithm.publicKeyLength ? algorithm.minBits : 0
  const fields = readRsaFields(octets)
  return fields === undefined ? 0 : bitLength(octets, fields.modulusFrom, fields.modulusTo)
}

/** Octets of a signature made with the key; 0 when the octets are no such key. */
export function signatureLength(algorithm: Algorithm, octets: Uint8Array): number {
  if (algorithm.family !== 'rsa') return algorithm.fixedSignatureLength
  return (publicKeyBits(algorithm, octets) + 7) >>> 3
}

/**
 * The public key field for a DNSKEY, from a public or private KeyObject. Throws DnsError `key-invalid` when the key is of
 * another kind than the algorithm asks for, or of a size that it does not allow.
 */
export function exportPublicKey(algorithm: Algorithm, key: KeyObject): Uint8Array {
  const octets = publicOctets(algorithm, key)
  if (octets === undefined) {
    throw new DnsError('key-invalid', `the key is no ${algorithm.mnemonic} key but ${describeKey(key)}`)
  }
  const bits = publicKeyBits(algorithm, octets)
  if (bits < algorithm.minBits || bits > algorithm.maxBits) {
    throw new DnsError(
      'key-invalid',
      `a key of algorithm ${algorithm.number} (${algorithm.mnemonic}) has ${algorithm.minBits} to ${algorithm.maxBits} bits, this one ${bits}`,
    )
  }
  return octets
}

function publicOctets(algorithm: Algorithm, key: KeyObject): Uint8Array | undefined {
  const jwk = exportJwk(key)
  if (jwk === undefined) return undefined
  if (algorithm.family === 'rsa') {
    if (jwk.kty !== 'RSA' || jwk.n === undefined || jwk.e === undefined) return undefined
    return joinRsa(Buffer.from(jwk.n, 'base64url'), Buffer.from(jwk.e, 'base64url'))
  }
  if (jwk.x === undefined || jwk.crv?.toLowerCase() !== algorithm.curve.toLowerCase()) return undefined
  return Uint8Array.from(Buffer.concat([Buffer.from(jwk.x, 'base64url'), Buffer.from(jwk.y ?? '', 'base64url')]))
}

function exportJwk(key: KeyObject) {
  try {
    return (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' })
  } catch {
    return undefined // a kind of key that JWK does not know: DSA, DH, Brainpool curves
  }
}

/** The field of RFC 3110 §2 from its two numbers, each without leading zero octets. */
export function joinRsa(modulus: Uint8Array, exponent: Uint8Array): Uint8Array {
  const length = exponent.length
  const head = length < 256 ? [length] : [0, length >>> 8, length & 0xff]
  const octets = new Uint8Array(head.length + length + modulus.length)
  octets.set(head)
  octets.set(exponent, head.length)
  octets.set(modulus, head.length + length)
  return octets
}

function describeKey(key: KeyObject): string {
  const details = key.asymmetricKeyDetails
  const detail = details?.namedCurve ?? (details?.modulusLength === undefined ? '' : `${details.modulusLength} bits`)
  return `a key of type ${key.asymmetricKeyType ?? 'secret'}${detail === '' ? '' : ` (${detail})`}`
}
