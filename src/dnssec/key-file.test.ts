import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { DnsError, TextError } from '../dns/errors.ts'
import { ALGORITHMS } from './algorithms.ts'
import { parseBindKey, printBindKey } from './key-file.ts'
import { ED25519_RECORD, ED25519_SECRET, newKey, P256_RECORD, P256_SECRET, p256Key } from './keys.fixture.ts'

const read = (record: string, secret: string) =>
  parseBindKey({ file: 'k.key', text: record }, { file: 'k.private', text: secret })

test('keys of every algorithm go to text and back', async () => {
  const times = {
    created: 1795307653,
    publish: 1795307653,
    activate: 1795394053,
    syncPublish: 1795394053,
    delete: 1999999999,
  }
  for (const row of ALGORITHMS) {
    for (const role of ['ksk', 'zsk', 'csk'] as const) {
      const key = (await newKey(row.number, role, 'Ex\\/ample.')).with({ times, friendlyName: 'Schlüssel\n1' })
      const { name, record, secret } = printBindKey(key)
      assert.equal(name, key.name)
      const back = read(record, secret ?? '')
      assert.ok(back.sameKeyAs(key) && back.role === role && back.flags === key.flags)
      assert.deepEqual(back.times, times)
      assert.equal(back.friendlyName, 'Schlüssel 1')
      assert.ok(back.privateKey !== undefined && key.privateKey?.equals(back.privateKey))
      const publicOnly = parseBindKey({ file: 'k.key', text: record })
      assert.deepEqual(publicOnly.times, times)
      assert.equal(publicOnly.privateKey, undefined)
      assert.equal(printBindKey(publicOnly).secret, undefined)
    }
  }
})

test('the texts are what dnssec-keygen writes', () => {
  const key = p256Key().with({ times: { created: 1795307653 } })
  const { record, secret } = printBindKey(key)
  assert.equal(
    record,
    '; This is a key-signing key, keyid 55648, for example.net.\n; Created: 20261122003413 (Sun Nov 22 00:34:13 2026)\n' +
      'example.net. IN DNSKEY 257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==\n',
  )
  assert.equal(secret, `${P256_SECRET.replace('v1.2', 'v1.3')}Created: 20261122003413\n`)
})

test('labels of later BIND versions do not disturb, CRLF neither', () => {
  const extra = 'DNSKEYChange: 20261122003413\nPredecessor: 12\nMaxTTL: 3600\nUnknown-Thing: x\n'
  assert.equal(read(P256_RECORD, P256_SECRET + extra).tag, 55648)
  assert.equal(read(P256_RECORD.replaceAll('\n', '\r\n'), P256_SECRET.replaceAll('\n', '\r\n')).tag, 55648)
})

test('an ECDSA scalar that lost its leading zeros is read, an EdDSA seed is not', () => {
  const short = P256_SECRET.replace(/PrivateKey: .*/, 'PrivateKey: AQ==')
  assert.throws(() => read(P256_RECORD, short), { code: 'key-invalid', message: /does not belong/ })
  const seed = ED25519_SECRET.replace(/PrivateKey: .*/, 'PrivateKey: AQ==')
  assert.throws(() => read(ED25519_RECORD, seed), { code: 'key-invalid', message: /has 32 octets/ })
})

test('a bad private file is refused with its place, and never quoted', () => {
  const [format, algorithm, secret] = P256_SECRET.trim().split('\n')
  const cases: [string, RegExp][] = [
    ['', /^k.private:1:1: the file ends/],
    ['x', /^k.private:1:1: expected 'Label: value'/],
    [`${algorithm}\n${format}\n`, /^k.private:1:1: expected 'Private-key-format/],
    [`Private-key-format: v2.0\n${algorithm}\n`, /^k.private:1:1: only format v1/],
    [`${format}\n${secret}\n`, /^k.private:2:1: expected 'Algorithm: '/],
    [`${format}\nAlgorithm: x\n`, /^k.private:2:1: /],
    [`${format}\n${algorithm}\n`, /^k.private:\d:1: PrivateKey is missing/],
    [`${format}\n${algorithm}\n${secret}\n${secret}\n`, /^k.private:4:1: PrivateKey stands there twice/],
    [`${format}\n${algorithm}\n${secret}\nCreated: yesterday\n`, /^k.private:4:1: Created is no/],
    [`${format}\n${algorithm}\nEngine: cGtjczEx\nLabel: x\n`, /^k.private:3:1: .*PKCS#11/],
    [`${format}\n${algorithm}\n${secret}!\n`, /PrivateKey is no base64/],
    [`${format}\n${algorithm}\nPrivateKey: ${Buffer.alloc(32).toString('base64')}\n`, /outside the order/],
    [`${format}\n${algorithm}\nPrivateKey: ${Buffer.alloc(32, 255).toString('base64')}\n`, /outside the order/],
    [`${format}\n${algorithm}\nPrivateKey: ${Buffer.alloc(33, 1).toString('base64')}\n`, /has 32 octets/],
    [`${format}\n${algorithm}\nPrivateKey: ${Buffer.alloc(32, 1).toString('base64')}\n`, /does not belong/],
    [ED25519_SECRET, /of algorithm 15, the DNSKEY of 13/],
    [`${P256_SECRET}${' '.repeat(70000)}`, /at most/],
  ]
  for (const [text, message] of cases) {
    assert.throws(
      () => read(P256_RECORD, text),
      (error) =>
        error instanceof DnsError &&
        error.code === 'key-invalid' &&
        message.test(error.message) &&
        error.message.startsWith('k.private') &&
        !error.message.includes('GU6SnQ'),
      String(message),
    )
  }
  assert.throws(() => read(P256_RECORD, `${format}\nAlgorithm: 12 (ECC-GOST)\n`), { code: 'algorithm-unsupported' })
})

test('RSA keys with damaged or missing parts are refused', async () => {
  const { record, secret = '' } = printBindKey(await newKey(8))
  const other = printBindKey(await newKey(8)).secret ?? ''
  for (const label of [
    'Modulus',
    'PublicExponent',
    'PrivateExponent',
    'Prime1',
    'Prime2',
    'Exponent1',
    'Coefficient',
  ]) {
    const line = new RegExp(`^${label}: .*$`, 'm')
    assert.throws(() => read(record, secret.replace(line, '')), { code: 'key-invalid' })
    assert.throws(() => read(record, secret.replace(line, `${label}: !`)), { code: 'key-invalid' })
    assert.throws(() => read(record, secret.replace(line, `${label}: ${'AAAA'.repeat(2000)}`)), { code: 'key-invalid' })
    if (label !== 'Modulus') continue
    assert.throws(() => read(record, secret.replace(line, line.exec(other)?.[0] ?? '')), { code: 'key-invalid' })
  }
  assert.throws(() => read(record, other), { code: 'key-invalid', message: /does not belong/ })
})

test('any change of a key file gives a key or an error of ours', () => {
  const change = fc.tuple(fc.nat(P256_SECRET.length), fc.nat(4), fc.string({ maxLength: 5 }))
  fc.assert(
    fc.property(change, fc.boolean(), ([at, drop, insert], inSecret) => {
      const damage = (text: string) => text.slice(0, at) + insert + text.slice(at + drop)
      try {
        read(inSecret ? P256_RECORD : damage(P256_RECORD), inSecret ? damage(P256_SECRET) : P256_SECRET)
      } catch (error) {
        assert.ok(error instanceof TextError || error instanceof DnsError, String(error))
      }
    }),
    { numRuns: 1000 },
  )
})
