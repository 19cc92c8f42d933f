/**
 * Making and checking raw signatures: RSA PKCS#1 v1.5 (RFC 3110, RFC 5702), ECDSA as r | s (RFC 6605 §4), pure EdDSA
 * (RFC 8080 §4). `Signer` and `Verifier` hold one key and all that can be prepared for it; `verifySignature` is for one use.
 *
 * The call form was measured (Node 26.10, P-256, µs, best of 12 rounds): one-shot sign 19.3, createSign 18.8; one-shot
 * verify 50.2, createVerify 49.7; DER instead of r | s, or options made for each call, within 0.5 of that. One-shot makes the
 * least garbage, and EdDSA has no other form. `bench/crypto.ts` prints the figures of the day.
 *
 * What it does not do: RRSIG rdata and the canonical form of what is signed.
 */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { DnsError } from '../dns/errors.ts'
import { type Algorithm, findAlgorithm, requireAlgorithm } from './algorithms.ts'
import { exportPublicKey, importPublicKey, type PublicKeyFault, signatureLength } from './public-key.ts'

type KeyInput = { readonly key: KeyObject; readonly dsaEncoding: 'ieee-p1363' }

/** Signs with one private key. The key cannot be got out of it. */
export class Signer {
  readonly algorithm: number
  /** Octets of each signature that it makes. */
  readonly signatureLength: number
  readonly #hash: string | null
  readonly #input: KeyInput

  /** Throws DnsError `algorithm-unsupported`, or `key-invalid` when the key is none of that algorithm. */
  constructor(algorithm: number, privateKey: KeyObject) {
    const row = requireAlgorithm(algorithm)
    if (privateKey.type !== 'private') throw new DnsError('key-invalid', 'signing needs a private key')
    this.algorithm = algorithm
    this.signatureLength = signatureLength(row, exportPublicKey(row, privateKey))
    this.#hash = row.hash
    this.#input = { key: privateKey, dsaEncoding: 'ieee-p1363' }
  }

  /** Writes the signature of `data` to `out` at `at`, which needs `signatureLength` octets of room; returns the offset after it. */
  sign(data: Uint8Array, out: Uint8Array, at: number): number {
    const signature = sign(this.#hash, data, this.#input)
    out.set(signature, at)
    return at + signature.length
  }
}

/** Checks signatures of one public key. */
export class Verifier {
  readonly algorithm: number
  readonly #hash: string | null
  readonly #input: KeyInput
  readonly #length: number

  private constructor(row: Algorithm, key: KeyObject, length: number) {
    this.algorithm = row.number
    this.#hash = row.hash
    this.#input = { key, dsaEncoding: 'ieee-p1363' }
    this.#length = length
  }

  /** From the public key field of a DNSKEY. Never throws: what cannot be used is a value. */
  static create(algorithm: number, publicKey: Uint8Array): Verifier | PublicKeyFault {
    const row = findAlgorithm(algorithm)
    if (row === 'unsupported') return row
    const key = importPublicKey(algorithm, publicKey)
    return typeof key === 'string' ? key : new Verifier(row, key, signatureLength(row, publicKey))
  }

  /** Whether the signature is good. False for anything malformed; never throws. */
  verify(data: Uint8Array, signature: Uint8Array): boolean {
    // Node takes a signature of another length as it is, in whatever encoding that may be: the length is checked here.
    if (signature.length !== this.#length) return false
    try {
      return verify(this.#hash, data, this.#input, signature)
    } catch {
      return false
    }
  }
}

/** Checks one signature with the public key field of a DNSKEY. A key that is none of its algorithm verifies nothing. */
export function verifySignature(
  algorithm: number,
  publicKey: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
): boolean | 'unsupported' {
  const verifier = Verifier.create(algorithm, publicKey)
  if (verifier === 'unsupported') return 'unsupported'
  return verifier === 'invalid' ? false : verifier.verify(data, signature)
}

const PROBE = new TextEncoder().encode('one signature, made and checked')

/**
 * Whether a private key belongs to the public key field: both halves are compared, and one signature is made and checked,
 * which finds an RSA key with damaged private parts. Throws DnsError `key-invalid` only when the kinds of key differ.
 */
export function isKeyPair(algorithm: Algorithm, publicKey: Uint8Array, privateKey: KeyObject): boolean {
  const own = importPublicKey(algorithm.number, exportPublicKey(algorithm, privateKey))
  const given = importPublicKey(algorithm.number, publicKey)
  if (typeof own === 'string' || typeof given === 'string' || !own.equals(given)) return false
  try {
    const options = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
    const signature = sign(algorithm.hash, PROBE, options)
    return verify(algorithm.hash, PROBE, { ...options, key: createPublicKey(privateKey) }, signature)
  } catch {
    return false
  }
}
