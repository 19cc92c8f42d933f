import assert from 'node:assert/strict'
import { generateKeyPairSync, KeyObject } from 'node:crypto'
import test from 'node:test'
import fc from 'fast-check'
import { ALGORITHMS, requireAlgorithm } from './algorithms.ts'
import {
  exportPublicKey,
  importPublicKey,
  joinRsa,
  publicKeyBits,
  readRsaFields,
  signatureLength,
} from './public-key.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey
const ed25519 = generateKeyPairSync('ed25519').publicKey
const ed448 = generateKeyPairSync('ed448').publicKey
const KEYS: readonly (readonly [number, KeyObject])[] = [
  [5, rsa],
  [7, rsa],
  [8, rsa],
  [10, rsa],
  [13, p256],
  [14, p384],
  [15, ed25519],
  [16, ed448],
]

test('every kind of key goes to octets and back', () => {
  for (const [number, key] of KEYS) {
    const octets = exportPublicKey(requireAlgorithm(number), key)
    const back = importPublicKey(number, octets)
    assert.ok(back instanceof KeyObject && back.equals(key), `algorithm ${number}`)
  }
})

test('a key of another kind is refused with a sentence', () => {
  const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey
  const brainpool = generateKeyPairSync('ec', { namedCurve: 'brainpoolP256r1' }).publicKey
  for (const [number] of KEYS) {
    for (const key of [rsa, p256, p384, ed25519, ed448, secp256k1, brainpool]) {
      if (KEYS.some(([n, k]) => n === number && k === key)) continue
      assert.throws(() => exportPublicKey(requireAlgorithm(number), key), {
        code: 'key-invalid',
        message: /is no .* but/,
      })
    }
  }
})

test('RFC3110 §2: exponents with a length of one octet or three, and leading zeros', () => {
  const octets = exportPublicKey(requireAlgorithm(8), rsa)
  const fields = readRsaFields(octets)
  assert.ok(fields !== undefined)
  const exponent = octets.subarray(fields.exponentFrom, fields.exponentTo)
  const modulus = octets.subarray(fields.modulusFrom)
  const forms = [
    [exponent.length, ...exponent, ...modulus],
    [0, 0, exponent.length, ...exponent, ...modulus],
    [exponent.length + 2, 0, 0, ...exponent, ...modulus],
    [exponent.length, ...exponent, 0, 0, 0, ...modulus],
    [0, 1, 44, ...new Uint8Array(300 - exponent.length), ...exponent, 0, ...modulus],
  ]
  for (const form of forms) {
    const key = importPublicKey(8, Uint8Array.from(form))
    assert.ok(key instanceof KeyObject && key.equals(rsa))
    assert.equal(publicKeyBits(requireAlgorithm(8), Uint8Array.from(form)), 1024)
    assert.equal(signatureLength(requireAlgorithm(8), Uint8Array.from(form)), 128)
  }
})

test('RSA keys that are too short, too long or malformed are values', () => {
  const modulus = (bits: number) => {
    const octets = new Uint8Array(Math.ceil(bits / 8)).fill(0xff)
    octets[0] = 0xff >>> (octets.length * 8 - bits)
    return octets
  }
  const three = Uint8Array.from([3])
  assert.equal(importPublicKey(8, joinRsa(modulus(511), three)), 'invalid')
  assert.equal(importPublicKey(10, joinRsa(modulus(1023), three)), 'invalid')
  assert.ok(importPublicKey(8, joinRsa(modulus(512), three)) instanceof KeyObject)
  assert.ok(importPublicKey(8, joinRsa(modulus(4096), three)) instanceof KeyObject)
  assert.equal(importPublicKey(8, joinRsa(modulus(4097), three)), 'unsupported')
  assert.equal(importPublicKey(8, joinRsa(modulus(2048), modulus(72))), 'unsupported')
  for (const octets of [[], [0], [0, 0], [0, 0, 0], [1], [1, 3], [0, 0, 1, 3], [5, 1, 2, 3], [1, 0, 9], [1, 3, 0, 0]]) {
    assert.equal(importPublicKey(8, Uint8Array.from(octets)), 'invalid', octets.join(' '))
  }
})

test('RFC6605 §4: points that are not on the curve are refused', () => {
  for (const number of [13, 14]) {
    const length = requireAlgorithm(number).publicKeyLength
    assert.equal(importPublicKey(number, new Uint8Array(length)), 'invalid')
    assert.equal(importPublicKey(number, new Uint8Array(length).fill(0xff)), 'invalid')
    assert.equal(importPublicKey(number, new Uint8Array(length - 1)), 'invalid')
    assert.equal(importPublicKey(number, new Uint8Array(length + 1)), 'invalid')
  }
})

test('any octets give a key or a value, never a throw; unknown algorithms are unsupported', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ALGORITHMS), fc.uint8Array({ maxLength: 600 }), (row, octets) => {
      const key = importPublicKey(row.number, octets)
      assert.ok(key instanceof KeyObject || key === 'invalid' || key === 'unsupported')
    }),
    { numRuns: 400 },
  )
  assert.equal(importPublicKey(1, new Uint8Array(70)), 'unsupported')
  assert.equal(importPublicKey(253, new Uint8Array(70)), 'unsupported')
})
