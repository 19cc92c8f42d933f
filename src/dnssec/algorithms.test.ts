import assert from 'node:assert/strict'
import test from 'node:test'
import {
  ALGORITHMS,
  algorithmName,
  chooseKeyBits,
  findAlgorithm,
  parseAlgorithm,
  requireAlgorithm,
  requireNsec3,
  signingWarning,
} from './algorithms.ts'

test('names that tools and Windows use lead to the number', () => {
  const names: [string, number][] = [
    ['RSASHA1', 5],
    ['RsaSha1', 5],
    ['NSEC3RSASHA1', 7],
    ['RSASHA1-NSEC3-SHA1', 7],
    ['RsaSha1NSec3', 7],
    ['RsaSha256', 8],
    ['rsasha512', 10],
    ['ECDsaP256Sha256', 13],
    ['ECDSAP384SHA384', 14],
    ['ED25519', 15],
    ['ed448', 16],
    ['ECC-GOST', 12],
    ['PRIVATEOID', 254],
    ['13', 13],
    ['255', 255],
  ]
  for (const [name, number] of names) assert.equal(parseAlgorithm(name), number, name)
  for (const name of ['', '256', '-1', '1.5', 'RSA', '0x8', 'constructor'])
    assert.equal(parseAlgorithm(name), undefined)
})

test('every algorithm keeps its name through both ways', () => {
  for (const { number, mnemonic } of ALGORITHMS) {
    assert.equal(algorithmName(number), mnemonic)
    assert.equal(parseAlgorithm(mnemonic), number)
  }
  assert.equal(algorithmName(99), '99')
})

test('an algorithm without a row is a value, and an error only where one is needed', () => {
  for (const number of [0, 1, 3, 6, 12, 17, 23, 99, 253, 254, 255, 256, -1, 1.5]) {
    assert.equal(findAlgorithm(number), 'unsupported')
  }
  assert.throws(() => requireAlgorithm(12), { code: 'algorithm-unsupported', message: /ECC-GOST/ })
})

test('RFC5702 §2: RSA keys have 512 to 4096 bits, those of algorithm 10 at least 1024', () => {
  assert.equal(chooseKeyBits(requireAlgorithm(8)), 2048)
  assert.equal(chooseKeyBits(requireAlgorithm(8), 512), 512)
  assert.equal(chooseKeyBits(requireAlgorithm(10), 1024), 1024)
  for (const [number, bits] of [
    [8, 511],
    [8, 4097],
    [10, 1023],
    [13, 255],
    [15, 2048],
    [8, 1024.5],
  ] as const) {
    assert.throws(() => chooseKeyBits(requireAlgorithm(number), bits), { code: 'usage' }, `${number} ${bits}`)
  }
})

test('RFC5155 §2: algorithm 5 does not go with NSEC3, and the message names 7', () => {
  assert.throws(() => requireNsec3(requireAlgorithm(5)), { code: 'signing-refused', message: /\b7\b/ })
  for (const row of ALGORITHMS) if (row.number !== 5) requireNsec3(row)
})

test('RFC8624 §3.1: a warning for what should not sign any more', () => {
  const warned = ALGORITHMS.filter((row) => signingWarning(row, row.defaultBits) !== undefined)
  assert.deepEqual(
    warned.map((row) => row.number),
    [5, 7, 10],
  )
  assert.match(signingWarning(requireAlgorithm(8), 1024) ?? '', /1024 bits/)
})
