import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import test from 'node:test'
import { ALGORITHMS } from './algorithms.ts'
import { newKey, p256Key } from './keys.fixture.ts'
import { findPrivateKey, parsePemKey, printPemKey, splitPem } from './pem.ts'

test('keys of every algorithm go to PKCS#8 PEM and back', async () => {
  for (const row of ALGORITHMS) {
    const key = await newKey(row.number)
    const text = printPemKey(key)
    assert.match(text, /^-----BEGIN PRIVATE KEY-----\n/)
    const { zone, algorithm, flags } = key
    const back = parsePemKey(`some words before\n${text}and after\n`, 'k.pem', { zone, algorithm, flags })
    assert.ok(back.sameKeyAs(key) && back.tag === key.tag)
  }
})

test('the older forms of OpenSSL are read, other kinds of key refused', () => {
  const { zone } = p256Key()
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
  const sec1 = ec.export({ format: 'pem', type: 'sec1' }).toString()
  const pkcs1 = rsa.export({ format: 'pem', type: 'pkcs1' }).toString()
  assert.equal(parsePemKey(sec1, 'f', { zone, algorithm: 13, flags: 256 }).algorithm, 13)
  assert.equal(parsePemKey(pkcs1, 'f', { zone, algorithm: 8, flags: 256 }).bits, 1024)
  assert.throws(() => parsePemKey(pkcs1, 'f', { zone, algorithm: 13, flags: 256 }), { code: 'key-invalid' })
  assert.throws(() => parsePemKey(sec1, 'f', { zone, algorithm: 14, flags: 256 }), { code: 'key-invalid' })
  assert.throws(() => parsePemKey(sec1, 'f', { zone, algorithm: 99, flags: 256 }), { code: 'algorithm-unsupported' })
})

test('what is no PEM, or encrypted, is refused with a sentence', () => {
  const key = p256Key()
  const good = printPemKey(key)
  const encrypted = key.privateKey?.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' })
  const oldForm = key.privateKey?.export({ format: 'pem', type: 'sec1', cipher: 'aes-256-cbc', passphrase: 'x' })
  const details = { zone: key.zone, algorithm: 13, flags: 257 }
  const cases: [string, RegExp][] = [
    ['', /no private key/],
    ['hello', /no private key/],
    [good.replace(/-----END.*/, ''), /does not end/],
    [good.replace(/^MI.*$/m, 'AAAA'), /is no private key/],
    [good + good, /more than one/],
    [String(encrypted), /encrypted/],
    [String(oldForm), /encrypted/],
    [good + ' '.repeat(70000), /at most/],
  ]
  for (const [text, message] of cases) {
    assert.throws(() => parsePemKey(text, 'f', details), { code: 'key-invalid', message })
  }
  assert.equal(findPrivateKey(splitPem('', 'f'), 'f'), undefined)
  assert.throws(() => printPemKey(keyWithoutPrivate()), { code: 'key-missing' })

  function keyWithoutPrivate() {
    return Object.create(key, { privateKey: { value: undefined } })
  }
})
