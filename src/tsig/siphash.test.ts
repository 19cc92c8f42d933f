import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { sipHash24, sipHashKey } from './index.ts'

const MASK = (1n << 64n) - 1n

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK
}

function littleEndian(octets: Uint8Array): bigint {
  return octets.reduceRight((value, octet) => (value << 8n) | BigInt(octet), 0n)
}

/** SipHash-2-4 as its authors describe it, with numbers of any size. */
function plainSipHash(key: Uint8Array, input: Uint8Array): bigint {
  const [k0, k1] = [littleEndian(key.subarray(0, 8)), littleEndian(key.subarray(8))]
  let [a, b, c, d] = [
    k0 ^ 0x736f6d6570736575n,
    k1 ^ 0x646f72616e646f6dn,
    k0 ^ 0x6c7967656e657261n,
    k1 ^ 0x7465646279746573n,
  ]
  const rounds = (n: number): void => {
    for (let i = 0; i < n; i++) {
      a = (a + b) & MASK
      c = (c + d) & MASK
      b = rotate(b, 13n) ^ a
      d = rotate(d, 16n) ^ c
      a = rotate(a, 32n)
      c = (c + b) & MASK
      a = (a + d) & MASK
      b = rotate(b, 17n) ^ c
      d = rotate(d, 21n) ^ a
      c = rotate(c, 32n)
    }
  }
  const padded = new Uint8Array((Math.floor(input.length / 8) + 1) * 8)
  padded.set(input)
  padded[padded.length - 1] = input.length & 255
  for (let at = 0; at < padded.length; at += 8) {
    const block = littleEndian(padded.subarray(at, at + 8))
    d ^= block
    rounds(2)
    a ^= block
  }
  c ^= 0xffn
  rounds(4)
  return a ^ b ^ c ^ d
}

test('SipHash-2-4: the example in appendix A of its paper', () => {
  const key = Uint8Array.from({ length: 16 }, (_, i) => i)
  const input = Uint8Array.from({ length: 15 }, (_, i) => i)
  const out = new Uint8Array(8)
  sipHash24(sipHashKey(key), input, 0, 15, out, 0)
  assert.equal(littleEndian(out), 0xa129ca6149be45e5n)
  assert.equal(plainSipHash(key, input), 0xa129ca6149be45e5n)
})

test('SipHash-2-4 is what a plain version says, for any key, input and place', () => {
  const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  fc.assert(
    fc.property(octets(16), fc.uint8Array({ maxLength: 70 }), fc.nat(5), (key, input, at) => {
      const buffer = new Uint8Array(at + input.length + 3)
      buffer.set(input, at)
      const out = new Uint8Array(at + 10)
      sipHash24(sipHashKey(key), buffer, at, input.length, out, at)
      assert.equal(littleEndian(out.subarray(at, at + 8)), plainSipHash(key, input))
      assert.ok(out.subarray(0, at).every((octet) => octet === 0) && out.at(-1) === 0)
    }),
    { numRuns: 500 },
  )
})

test('a key has 16 octets', () => {
  assert.throws(() => sipHashKey(new Uint8Array(15)), RangeError)
})
