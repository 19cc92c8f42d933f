import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'
import fc from 'fast-check'
import { Name } from '../dns/name/index.ts'
import { NSEC3_HASH_LENGTH, nsec3Hash } from './sha1.ts'

function reference(name: Uint8Array, salt: Uint8Array, iterations: number): Uint8Array {
  let digest = createHash('sha1').update(name).update(salt).digest()
  for (let i = 0; i < iterations; i++) digest = createHash('sha1').update(digest).update(salt).digest()
  return Uint8Array.from(digest)
}

function hashOf(name: Uint8Array, salt: Uint8Array, iterations: number): Uint8Array {
  const out = new Uint8Array(NSEC3_HASH_LENGTH)
  nsec3Hash(name, 0, name.length, salt, iterations, out, 0)
  return out
}

test('any name, salt and iterations hash as node:crypto hashes them', () => {
  const octets = (maxLength: number) => fc.uint8Array({ maxLength })
  fc.assert(
    fc.property(octets(255), octets(255), fc.nat(20), (name, salt, iterations) => {
      assert.deepEqual(hashOf(name, salt, iterations), reference(name, salt, iterations))
    }),
    { numRuns: 500 },
  )
})

test('every length of name and salt around the ends of blocks', () => {
  const name = Uint8Array.from({ length: 255 }, (_, i) => i)
  const salt = Uint8Array.from({ length: 255 }, (_, i) => 255 - i)
  for (let n = 0; n <= 255; n++) {
    for (const s of [0, 1, 8, 34, 35, 36, 99, 100, 255]) {
      const [a, b] = [name.subarray(0, n), salt.subarray(0, s)]
      assert.deepEqual(hashOf(a, b, 2), reference(a, b, 2), `name ${n}, salt ${s}`)
    }
  }
})

test('reads and writes only where it is told, in shared memory too', () => {
  const memory = new Uint8Array(new SharedArrayBuffer(64)).fill(7)
  nsec3Hash(memory, 3, 13, new Uint8Array(), 0, memory, 20)
  assert.deepEqual([...memory.subarray(20, 40)], [...reference(new Uint8Array(10).fill(7), new Uint8Array(), 0)])
  assert.ok(memory.subarray(0, 20).every((octet) => octet === 7))
  assert.ok(memory.subarray(40).every((octet) => octet === 7))
})

test('RFC5155 §A: the hash of "example" with salt aabbccdd and 12 iterations', () => {
  const hash = hashOf(Name.parse('example.').octets, Uint8Array.from([0xaa, 0xbb, 0xcc, 0xdd]), 12)
  const digits = '0123456789abcdefghijklmnopqrstuv'
  const bits = Array.from(hash, (octet) => octet.toString(2).padStart(8, '0')).join('')
  const text = (bits.match(/.{5}/g) ?? []).map((five) => digits[Number.parseInt(five, 2)]).join('')
  assert.equal(text, '0p9mhaveqvm6t7vbl5lop2u3t2rp3tom')
})
