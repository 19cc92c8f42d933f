import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import test from 'node:test'
import { ALGORITHMS, requireAlgorithm } from './algorithms.ts'
import { exportPublicKey } from './public-key.ts'
import { isKeyPair, Signer, Verifier, verifySignature } from './signature.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
const KEYS: ReadonlyMap<string, KeyObject> = new Map([
  ['', rsa],
  ['P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
  ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
  ['ed25519', generateKeyPairSync('ed25519').privateKey],
  ['ed448', generateKeyPairSync('ed448').privateKey],
])

function keyOf(curve: string): KeyObject {
  const key = KEYS.get(curve)
  assert.ok(key !== undefined)
  return key
}

test('every algorithm signs and verifies, in shared and growable memory', () => {
  for (const row of ALGORITHMS) {
    const privateKey = keyOf(row.curve)
    const publicKey = exportPublicKey(row, privateKey)
    const signer = new Signer(row.number, privateKey)
    const verifier = Verifier.create(row.number, publicKey)
    assert.ok(verifier instanceof Verifier)
    const memory = new SharedArrayBuffer(1024, { maxByteLength: 4096 })
    const data = new Uint8Array(memory, 5, 200).fill(9)
    const out = new Uint8Array(memory, 300, 700)
    const end = signer.sign(data, out, 7)
    assert.equal(end, 7 + signer.signatureLength)
    const signature = out.subarray(7, end)
    assert.equal(verifier.verify(data, signature), true, row.mnemonic)
    assert.equal(verifySignature(row.number, publicKey, data, signature), true)
    assert.deepEqual([...out.subarray(0, 7)], [0, 0, 0, 0, 0, 0, 0])
    for (const at of [0, 40, signature.length - 1]) {
      const bad = Uint8Array.from(signature)
      bad[at] = (bad[at] ?? 0) ^ 1
      assert.equal(verifier.verify(data, bad), false)
    }
    assert.equal(verifier.verify(data.subarray(1), signature), false)
    assert.equal(verifier.verify(data, signature.subarray(1)), false)
    assert.equal(verifier.verify(data, Uint8Array.from([...signature, 0])), false)
    assert.equal(verifier.verify(data, new Uint8Array()), false)
    if (row.deterministic) {
      const again = new Uint8Array(signer.signatureLength)
      signer.sign(data, again, 0)
      assert.deepEqual([...again], [...signature])
    }
  }
})

test('unknown algorithms are unsupported, keys that are none verify nothing', () => {
  const nothing = new Uint8Array()
  assert.equal(verifySignature(12, nothing, nothing, nothing), 'unsupported')
  assert.equal(verifySignature(1, new Uint8Array(70), nothing, nothing), 'unsupported')
  for (const row of ALGORITHMS) assert.equal(verifySignature(row.number, nothing, nothing, nothing), false)
  for (const row of ALGORITHMS) assert.equal(Verifier.create(row.number, nothing), 'invalid')
})

test('a key of another algorithm does not sign', () => {
  assert.throws(() => new Signer(13, rsa), { code: 'key-invalid' })
  assert.throws(() => new Signer(12, rsa), { code: 'algorithm-unsupported' })
})

test('a private key is known by its public half, whatever the DNSKEY says', () => {
  const row = requireAlgorithm(8)
  const publicKey = exportPublicKey(row, rsa)
  assert.equal(isKeyPair(row, publicKey, rsa), true)
  const other = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
  assert.equal(isKeyPair(row, publicKey, other), false)
})
