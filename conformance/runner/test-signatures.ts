/**
 * Signatures that the product does not know any more and old scenarios are full of: DSA (RFC 2536) of 512 bits, with r and s as
 * the RFC has them or in DER. For replays alone; the product takes algorithms 3 and 6 for unknown (RFC 8624 §3.1).
 */
import { createHash } from 'node:crypto'
import { Verifier } from '../../src/dnssec/index.ts'
import type { PreparedKey } from '../../src/validator/settings.ts'

const DSA = 3
const DSA_NSEC3_SHA1 = 6

/** Whether an algorithm is DSA under one of its two numbers. */
export function isDsa(algorithm: number): boolean {
  return algorithm === DSA || algorithm === DSA_NSEC3_SHA1
}

/** The product's keys, and those of DSA beside them. */
export function prepareTestKey(algorithm: number, publicKey: Uint8Array): PreparedKey | 'unsupported' | 'invalid' {
  if (!isDsa(algorithm)) return Verifier.create(algorithm, publicKey)
  return { verify: (data, signature) => verifyDsa(publicKey, data, signature) }
}

/** FIPS 186-4 §4.7. False for anything malformed. */
export function verifyDsa(publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  const key = readKey(publicKey)
  const pair = readPair(signature)
  if (key === undefined || pair === undefined) return false
  const { p, q, g, y } = key
  const [r, s] = pair
  if (r <= 0n || r >= q || s <= 0n || s >= q) return false
  const w = modPower(s, q - 2n, q)
  const digest = numberOf(createHash('sha1').update(data).digest())
  const v = (modPower(g, (digest * w) % q, p) * modPower(y, (r * w) % q, p)) % p
  return v % q === r
}

type DsaKey = { readonly p: bigint; readonly q: bigint; readonly g: bigint; readonly y: bigint }

/** T, then Q of 20 octets, then P, G and Y of 64 + 8 T octets each (RFC 2536 §2). */
function readKey(octets: Uint8Array): DsaKey | undefined {
  const t = octets[0] ?? 255
  const size = 64 + 8 * t
  if (t > 8 || octets.length !== 21 + 3 * size) return undefined
  const field = (at: number, length: number): bigint => numberOf(octets.subarray(at, at + length))
  return { q: field(1, 20), p: field(21, size), g: field(21 + size, size), y: field(21 + 2 * size, size) }
}

/** r and s: 20 octets each behind T (RFC 2536 §3), or a DER SEQUENCE of two INTEGERs. */
function readPair(octets: Uint8Array): [bigint, bigint] | undefined {
  if (octets.length === 41) return [numberOf(octets.subarray(1, 21)), numberOf(octets.subarray(21))]
  if (octets[0] !== 0x30 || octets[1] !== octets.length - 2) return undefined
  const first = integerEnd(octets, 2)
  const second = first === undefined ? undefined : integerEnd(octets, first)
  if (first === undefined || second !== octets.length) return undefined
  return [numberOf(octets.subarray(4, first)), numberOf(octets.subarray(first + 2))]
}

function integerEnd(octets: Uint8Array, at: number): number | undefined {
  const end = at + 2 + (octets[at + 1] ?? 0)
  return octets[at] === 0x02 && end > at + 2 && end <= octets.length ? end : undefined
}

function numberOf(octets: Uint8Array): bigint {
  return octets.length === 0 ? 0n : BigInt(`0x${octets.toHex()}`)
}

function modPower(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (let b = base % modulus, e = exponent; e > 0n; e >>= 1n) {
    if ((e & 1n) === 1n) result = (result * b) % modulus
    b = (b * b) % modulus
  }
  return result
}
