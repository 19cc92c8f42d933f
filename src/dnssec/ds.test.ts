import assert from 'node:assert/strict'
import test from 'node:test'
import { Name } from '../dns/name/index.ts'
import { computeDsDigest, findDigestType, makeDsRdata, matchesDs, parseDigestType } from './ds.ts'
import { p256Key } from './keys.fixture.ts'

const SHA256 = 'b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17'

test('RFC6605 §6.1: the DS of the key, whatever the case of its owner', () => {
  const key = p256Key()
  for (const owner of ['example.net.', 'EXAMPLE.Net.']) {
    const digest = computeDsDigest(2, Name.parse(owner), key.dnskeyRdata)
    assert.ok(digest instanceof Uint8Array)
    assert.equal(Buffer.from(digest).toString('hex'), SHA256)
  }
  const rdata = makeDsRdata(2, key.zone, key.dnskeyRdata)
  assert.ok(rdata instanceof Uint8Array)
  assert.deepEqual([...rdata.subarray(0, 4)], [55648 >> 8, 55648 & 0xff, 13, 2])
  assert.equal(matchesDs(rdata, key.zone, key.dnskeyRdata), true)
  assert.equal(matchesDs(rdata, Name.parse('example.org.'), key.dnskeyRdata), false)
  for (let i = 0; i < rdata.length; i++) {
    const bad = Uint8Array.from(rdata)
    bad[i] = (bad[i] ?? 0) ^ 0x40
    assert.notEqual(matchesDs(bad, key.zone, key.dnskeyRdata), true, `octet ${i}`)
  }
})

test('digests of each type have their length; other types are a value', () => {
  const key = p256Key()
  for (const [type, length] of [
    [1, 20],
    [2, 32],
    [4, 48],
  ] as const) {
    assert.equal(key.dsRdata(type).length, 4 + length)
  }
  for (const type of [0, 3, 5, 6, 255]) {
    assert.equal(findDigestType(type), 'unsupported')
    assert.equal(key.dsRdata(type), 'unsupported')
    assert.equal(matchesDs(Uint8Array.from([0, 0, 13, type, 1]), key.zone, key.dnskeyRdata), 'unsupported')
  }
  assert.equal(matchesDs(new Uint8Array(3), key.zone, key.dnskeyRdata), false)
})

test('digest types by name', () => {
  for (const [text, number] of [
    ['SHA-1', 1],
    ['sha1', 1],
    ['Sha256', 2],
    ['SHA-384', 4],
    ['4', 4],
    ['77', 77],
  ] as const) {
    assert.equal(parseDigestType(text), number)
  }
  for (const text of ['', 'md5', '256', '-1']) assert.equal(parseDigestType(text), undefined)
})
