import assert from 'node:assert/strict'
import test from 'node:test'
import { inspect } from 'node:util'
import { Name } from '../dns/name/index.ts'
import { newTsigKey, parseTsigKey, readTsigAlgorithm, TSIG_ALGORITHMS, TsigKeys } from './index.ts'
import { keyOf, SECRET } from './tsig.fixture.ts'

test('RFC8945 §6: the names of algorithms, in any case, with or without a final dot', () => {
  for (const algorithm of TSIG_ALGORITHMS) {
    for (const name of [algorithm.mnemonic, `${algorithm.mnemonic.toUpperCase()}.`, algorithm.name.toString()]) {
      assert.deepEqual(readTsigAlgorithm(name), { algorithm, macLength: algorithm.macLength })
    }
  }
})

test('RFC8945 §5.2.2.1: a name with a number of bits is the algorithm with truncation', () => {
  for (const [name, stem, octets] of [
    ['hmac-sha256-128', 'hmac-sha256', 16],
    ['hmac-sha384-192', 'hmac-sha384', 24],
    ['HMAC-SHA512-256.', 'hmac-sha512', 32],
    ['hmac-sha1-96', 'hmac-sha1', 12],
    ['hmac-sha1-80', 'hmac-sha1', 10],
  ] as const) {
    const { algorithm, macLength } = readTsigAlgorithm(name)
    assert.deepEqual([algorithm.mnemonic, macLength], [stem, octets])
  }
  for (const name of ['hmac-sha256-120', 'hmac-sha256-129', 'hmac-sha256-264', 'hmac-sha1-72', 'hmac-sha3-256', '']) {
    assert.throws(() => readTsigAlgorithm(name), { code: 'algorithm-unsupported' })
  }
})

test('HMAC-MD5 is for keys that say so', () => {
  const name = Name.parse('old.')
  assert.throws(() => newTsigKey(name, 'hmac-md5', SECRET), { code: 'algorithm-unsupported' })
  assert.throws(() => newTsigKey(name, 'HMAC-MD5.SIG-ALG.REG.INT', SECRET), { code: 'algorithm-unsupported' })
  assert.equal(newTsigKey(name, 'hmac-md5', SECRET, { allowMd5: true }).macLength, 16)
})

test('a key has a secret, and a least length of MACs that the RFC allows', () => {
  assert.throws(() => newTsigKey(Name.parse('k.'), 'hmac-sha256', new Uint8Array(0)), { code: 'key-invalid' })
  assert.throws(() => keyOf('hmac-sha256', { leastMacLength: 15 }), { code: 'key-invalid' })
  assert.throws(() => keyOf('hmac-sha256', { leastMacLength: 33 }), { code: 'key-invalid' })
  assert.equal(keyOf('hmac-sha256', { leastMacLength: 16 }).leastMacLength, 16)
})

test('neither an error nor a printed key shows the secret', () => {
  const secret = Buffer.from('a very secret word').toString('base64')
  const text = { name: 'k.', algorithm: 'hmac-sha256', secret }
  const key = parseTsigKey(text)
  for (const shown of [inspect(key, { depth: 9 }), JSON.stringify(key)]) {
    assert.ok(!shown.includes('secret word') && !shown.includes(secret), shown)
  }
  assert.throws(
    () => parseTsigKey({ ...text, secret: `%%${secret}` }),
    (error) => error instanceof Error && !error.message.includes(secret) && /no base64/.test(error.message),
  )
})

test('RFC8945 §5.2.1: a key is found by name and algorithm, without regard to case', () => {
  const sha256 = keyOf('hmac-sha256')
  const sha512 = keyOf('hmac-sha512')
  const keys = new TsigKeys([sha256, sha512])
  const find = (name: string, algorithm: string) => keys.find(Name.parse(name), Name.parse(algorithm))
  assert.equal(find('KEY.example.', 'hmac-SHA256.'), sha256)
  assert.equal(find('key.example.', 'hmac-sha512.'), sha512)
  assert.equal(find('key.example.', 'hmac-sha1.'), undefined)
  assert.equal(find('other.example.', 'hmac-sha256.'), undefined)
  assert.deepEqual([...keys], [sha256, sha512])
  assert.throws(() => new TsigKeys([sha256, sha256]), { code: 'key-invalid' })
})
