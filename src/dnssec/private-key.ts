/**
 * Private keys: their numbers as BIND's key files carry them ↔ Node's KeyObject. RSA by the eight numbers of RFC 8017 A.1.2,
 * ECDSA by the scalar, EdDSA by the seed. No error here ever quotes a value.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { DnsError } from '../dns/errors.ts'
import type { Algorithm } from './algorithms.ts'
import { decodeBase64 } from './encodings.ts'

/** A line of a key file and the member of a JWK (RFC 7518 §6.3) that holds the same number. */
const RSA_FIELDS = [
  ['Modulus', 'n'],
  ['PublicExponent', 'e'],
  ['PrivateExponent', 'd'],
  ['Prime1', 'p'],
  ['Prime2', 'q'],
  ['Exponent1', 'dp'],
  ['Exponent2', 'dq'],
  ['Coefficient', 'qi'],
] as const

const CURVE_FIELD = 'PrivateKey'

/** The labels that a private key of the algorithm is written under, in order. */
export function privateFieldLabels(row: Algorithm): readonly string[] {
  return row.family === 'rsa' ? RSA_FIELDS.map(([label]) => label) : [CURVE_FIELD]
}

/**
 * Makes the key from its fields (label → base64). Throws DnsError `key-invalid` when one is missing, is no base64, or the
 * numbers are no such key. Whether they fit together shows when the key is paired with its public half (`SigningKey.create`).
 */
export function importPrivateFields(row: Algorithm, fields: ReadonlyMap<string, string>): KeyObject {
  const octets = new Map(privateFieldLabels(row).map((label) => [label, readField(fields, label)]))
  try {
    return row.family === 'rsa' ? importRsa(row, octets) : importCurve(row, octets.get(CURVE_FIELD))
  } catch (error) {
    if (error instanceof DnsError) throw error
    throw new DnsError('key-invalid', `the private fields are no ${row.mnemonic} key`)
  }
}

function readField(fields: ReadonlyMap<string, string>, label: string): Uint8Array {
  const text = fields.get(label)
  if (text === undefined) throw new DnsError('key-invalid', `${label} is missing`)
  const octets = decodeBase64(text)
  if (octets === undefined || octets.length === 0) throw new DnsError('key-invalid', `${label} is no base64`)
  return octets
}

function importRsa(row: Algorithm, octets: ReadonlyMap<string, Uint8Array>): KeyObject {
  const jwk: Record<string, string> = { kty: 'RSA' }
  for (const [label, member] of RSA_FIELDS) {
    const number = octets.get(label) ?? new Uint8Array()
    // Bounded before OpenSSL computes with it.
    if (number.length > row.maxBits / 8 + 1) throw new DnsError('key-invalid', `${label} is too long`)
    jwk[member] = Buffer.from(number).toString('base64url')
  }
  return createPrivateKey({ key: jwk, format: 'jwk' })
}

function importCurve(row: Algorithm, octets: Uint8Array | undefined): KeyObject {
  const length = row.privateKeyLength
  // Some writers drop leading zero octets of an ECDSA scalar; an EdDSA seed is no number and has all its octets.
  const short = octets === undefined || (row.family === 'ecdsa' ? octets.length === 0 : octets.length < length)
  if (short || octets.length > length) {
    throw new DnsError('key-invalid', `${CURVE_FIELD} of a ${row.mnemonic} key has ${length} octets`)
  }
  const key = Buffer.alloc(length)
  key.set(octets, length - octets.length)
  if (row.curve === 'ed25519' || row.curve === 'ed448') {
    return createPrivateKey({ key, format: 'raw-private', asymmetricKeyType: row.curve })
  }
  if (!isScalar(row, key)) throw new DnsError('key-invalid', `${CURVE_FIELD} is outside the order of ${row.curve}`)
  return createPrivateKey({ key, format: 'raw-private', asymmetricKeyType: 'ec', namedCurve: row.curve })
}

/** Orders of the base points (SEC 2 §2.4.2, §2.5.1). */
const ORDERS: ReadonlyMap<string, bigint> = new Map([
  ['P-256', 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n],
  ['P-384', 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n],
])

function isScalar(row: Algorithm, key: Buffer): boolean {
  const scalar = BigInt(`0x${key.toString('hex')}`)
  return scalar > 0n && scalar < (ORDERS.get(row.curve) ?? 0n)
}

/** The fields of a private key, label and base64, in the order of a key file. */
export function exportPrivateFields(row: Algorithm, key: KeyObject): (readonly [string, string])[] {
  const jwk = key.export({ format: 'jwk' })
  if (row.family !== 'rsa') return [[CURVE_FIELD, toBase64(jwk.d)]]
  return RSA_FIELDS.map(([label, member]) => [label, toBase64(jwk[member])] as const)
}

function toBase64(base64url: string | undefined): string {
  return Buffer.from(base64url ?? '', 'base64url').toString('base64')
}
