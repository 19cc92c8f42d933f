import assert from 'node:assert/strict'
import test from 'node:test'
import { computeKeyTag } from './key-tag.ts'
import { ed25519Key, p256Key } from './keys.fixture.ts'

test('tags of the keys in RFC 6605 and RFC 8080', () => {
  assert.equal(computeKeyTag(p256Key().dnskeyRdata), 55648)
  assert.equal(computeKeyTag(ed25519Key().dnskeyRdata), 3613)
})

test('RFC4034 §B: an odd last octet counts as the high one, and carries are added once', () => {
  // 0x0100 + 0x0308 + 0xff00 = 0x10308: the carry comes back as 1.
  assert.equal(computeKeyTag(Uint8Array.from([1, 0, 3, 8, 0xff])), 0x0309)
  const long = new Uint8Array(600).fill(0xff)
  assert.equal(computeKeyTag(long), 0xffff)
})

test('RFC4034 §B.1: the tag of an RSA/MD5 key is part of its modulus', () => {
  assert.equal(computeKeyTag(Uint8Array.from([1, 0, 3, 1, 3, 1, 0, 1, 0xaa, 0xbb, 0xcc, 0xdd])), 0xbbcc)
})

test('a range of a larger buffer, and rdata too short to be any', () => {
  const rdata = p256Key().dnskeyRdata
  const framed = Uint8Array.from([9, 9, 9, ...rdata, 9, 9])
  assert.equal(computeKeyTag(framed, 3, 3 + rdata.length), 55648)
  assert.equal(computeKeyTag(new Uint8Array(3)), 0)
  assert.equal(computeKeyTag(Uint8Array.from([1, 0, 3, 1, 5])), 0)
})
