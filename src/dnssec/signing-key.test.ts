import assert from 'node:assert/strict'
import test from 'node:test'
import { inspect } from 'node:util'
import { Name } from '../dns/name/index.ts'
import { ALGORITHMS } from './algorithms.ts'
import { generateKey } from './generate-key.ts'
import { ed25519Key, newKey, p256Key } from './keys.fixture.ts'
import { Verifier } from './signature.ts'
import { SigningKey } from './signing-key.ts'

test('keys of every algorithm and role are made, and sign', async () => {
  for (const row of ALGORITHMS) {
    for (const role of ['ksk', 'zsk', 'csk'] as const) {
      const key = await newKey(row.number, role)
      assert.equal(key.flags, role === 'zsk' ? 256 : 257)
      assert.equal(key.bits, row.family === 'rsa' ? 1024 : row.minBits)
      assert.equal(key.signsKeys, role !== 'zsk')
      assert.equal(key.signsZone, role !== 'ksk')
      const signature = new Uint8Array(key.signer().signatureLength)
      key.signer().sign(key.dnskeyRdata, signature, 0)
      const verifier = Verifier.create(row.number, key.publicKey)
      assert.ok(verifier instanceof Verifier && verifier.verify(key.dnskeyRdata, signature))
    }
  }
})

test('a new key takes no tag that is taken, with or without REVOKE', async () => {
  const zone = Name.parse('example.')
  const others = [p256Key()]
  for (let i = 0; i < 30; i++) others.push(await generateKey({ zone, algorithm: 15, role: 'zsk', others }))
  const tags = others.flatMap((key) => [key.tag, key.otherTag])
  assert.equal(new Set(tags).size, tags.length)
})

test('RSA keys are of the size asked for, with exponent 65537', async () => {
  const key = await generateKey({ zone: Name.root, algorithm: 5, role: 'zsk', bits: 512 })
  assert.equal(key.bits, 512)
  assert.deepEqual([...key.publicKey.subarray(0, 4)], [3, 1, 0, 1])
  await assert.rejects(generateKey({ zone: Name.root, algorithm: 10, role: 'zsk', bits: 512 }), { code: 'usage' })
  await assert.rejects(generateKey({ zone: Name.root, algorithm: 12, role: 'zsk' }), { code: 'algorithm-unsupported' })
})

test('RFC5011 §2.1: revoking changes the tag, and both are known', () => {
  const key = p256Key()
  const revoked = key.with({ flags: key.flags | 0x80 })
  assert.equal(revoked.isRevoked, true)
  assert.equal(revoked.tag, key.otherTag)
  assert.equal(revoked.otherTag, key.tag)
  assert.equal(revoked.tag, 55776)
})

test('flags, roles and halves that do not fit are refused with a sentence', () => {
  const key = p256Key()
  const { zone, algorithm, publicKey, privateKey } = key
  const parts = { zone, algorithm, publicKey, privateKey, source: { form: 'generated' } as const }
  for (const flags of [0, 1, 0x8000, 258, 0x1ff]) {
    assert.throws(() => SigningKey.create({ ...parts, flags }), { code: 'key-invalid', message: /flags/ })
  }
  assert.throws(() => SigningKey.create({ ...parts, flags: 256, role: 'ksk' }), { code: 'key-invalid' })
  assert.throws(() => SigningKey.create({ ...parts, flags: 257, role: 'zsk' }), { code: 'key-invalid' })
  assert.throws(() => SigningKey.create({ ...parts, flags: 257, publicKey: new Uint8Array(5) }), {
    code: 'key-invalid',
  })
  const bad = Uint8Array.from(publicKey)
  bad[0] = (bad[0] ?? 0) ^ 1
  assert.throws(() => SigningKey.create({ ...parts, flags: 257, publicKey: bad }), {
    code: 'key-invalid',
    message: 'the private key does not belong to the public key',
  })
  assert.throws(() => SigningKey.create({ ...parts, flags: 257, algorithm: 12 }), { code: 'algorithm-unsupported' })
  const publicOnly = SigningKey.create({ ...parts, flags: 257, privateKey: undefined })
  assert.throws(() => publicOnly.signer(), { code: 'key-missing' })
})

test('the private half shows nowhere', () => {
  const key = ed25519Key()
  const secret = 'ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI='
  const hex = Buffer.from(secret, 'base64').toString('hex')
  const shown = [
    String(key),
    JSON.stringify({ key }),
    inspect({ key }, { depth: 9, showHidden: true }),
    inspect(key.signer(), { depth: 9 }),
  ]
  for (const text of shown) {
    assert.ok(!text.includes(secret) && !text.includes(hex) && !text.includes(secret.replace('=', '')), text)
    assert.ok(!/privateKey: (?!undefined)/.test(text))
  }
  assert.equal(key.toJSON().hasPrivateKey, true)
})
