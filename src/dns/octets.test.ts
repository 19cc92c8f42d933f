import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareOctets, equalOctets, OctetWriter, readU16, readU32, readU48 } from './octets.ts'

test('numbers are written in network order and read back', () => {
  fc.assert(
    fc.property(fc.nat(255), fc.nat(0xffff), fc.nat(0xffffffff), fc.nat(2 ** 48 - 1), (a, b, c, d) => {
      const out = new OctetWriter(1)
      out.u8(a)
      out.u16(b)
      out.u32(c)
      out.u48(d)
      const view = new DataView(out.copy().buffer)
      assert.deepEqual([view.getUint8(0), view.getUint16(1), view.getUint32(3)], [a, b, c])
      assert.deepEqual([readU16(out.octets, 1), readU32(out.octets, 3), readU48(out.octets, 7)], [b, c, d])
      out.patchU16(1, c & 0xffff)
      assert.equal(readU16(out.octets, 1), c & 0xffff)
    }),
  )
})

test('a writer holds what was written, however it grew', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.uint8Array({ maxLength: 100 }), fc.nat(9))), fc.boolean(), (pieces, shared) => {
      const out = new OctetWriter(1, { shared })
      const expected: number[] = []
      for (const [piece, skip] of pieces) {
        const from = Math.min(skip, piece.length)
        out.bytes(piece, from)
        expected.push(...piece.subarray(from))
      }
      assert.deepEqual([...out.copy()], expected)
      assert.equal(out.octets.buffer instanceof SharedArrayBuffer, shared)
      assert.ok(!(out.copy().buffer instanceof SharedArrayBuffer) || shared)
    }),
  )
})

test('a writer never holds more than its limit, be its first capacity larger', () => {
  for (const [capacity, limit] of [
    [4, 10],
    [512, 10],
    [10, 10],
  ] as const) {
    const out = new OctetWriter(capacity, { limit })
    out.bytes(new Uint8Array(10))
    assert.throws(() => out.u8(1), { code: 'limit-exceeded' }, String(capacity))
    assert.throws(() => out.ensure(1), { code: 'limit-exceeded' })
    assert.equal(out.length, 10)
  }
})

test('compareOctets is Buffer.compare of the ranges', () => {
  const octets = fc.array(fc.constantFrom(0, 1, 255), { maxLength: 6 }).map((list) => Uint8Array.from(list))
  fc.assert(
    fc.property(octets, octets, fc.nat(6), (a, b, skip) => {
      const from = Math.min(skip, a.length)
      const order = compareOctets(a, from, a.length, b, 0, b.length)
      assert.equal(Math.sign(order), Buffer.compare(a.subarray(from), b))
      assert.equal(equalOctets(a, b), Buffer.compare(a, b) === 0)
    }),
  )
})
