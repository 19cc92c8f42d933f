import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { anyName } from '../name/name.fixture.ts'
import { OctetWriter } from '../octets.ts'
import { TextWriter } from './text-writer.ts'
import { tokensOf } from './tokens.fixture.ts'

function written(write: (out: TextWriter) => void): string {
  const out = new TextWriter(1)
  out.ascii('>')
  write(out)
  return out.toString().slice(1)
}

test('decimal is that of String for every whole number up to 2^53', () => {
  for (let digits = 0; digits < 16; digits++) {
    for (const value of [10 ** digits - 1, 10 ** digits, 2 ** 30 - 1, 2 ** 30, 2 ** 31, 2 ** 32 - 1, 2 ** 53 - 1]) {
      assert.equal(
        written((out) => out.decimal(value)),
        String(value),
      )
    }
  }
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(52), (number, shift) => {
      const value = Math.floor(number / 2 ** shift)
      assert.equal(
        written((out) => out.decimal(value)),
        String(value),
      )
    }),
    { numRuns: 2000 },
  )
})

test('a quoted string reads back as the same octets', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 255 }), (octets) => {
      const text = written((out) => out.quoted(octets, 0, octets.length))
      assert.match(text, /^"[ -~]*"$/)
      const out = new OctetWriter(1)
      const tokens = tokensOf(text)
      assert.equal(tokens.count, 1)
      tokens.characterString(out, 'a string')
      assert.deepEqual(out.copy(1), octets)
      assert.equal(out.octets[0], octets.length)
    }),
    { numRuns: 500 },
  )
})

test('a name reads back through the scanner, whatever its octets', () => {
  fc.assert(
    fc.property(anyName, (name) => {
      const tokens = tokensOf(`${written((out) => out.name(name.octets, 0))} next`)
      assert.equal(tokens.count, 2)
      const out = new OctetWriter(1)
      tokens.name(out)
      assert.deepEqual(out.copy(), name.octets)
    }),
    { numRuns: 500 },
  )
})

test('pieces follow each other; clear begins anew', () => {
  const out = new TextWriter(1)
  out.ascii('a')
  out.space()
  out.padded(7, 3)
  out.newline()
  out.bytes(Uint8Array.of(1, 0x62, 0x63), 1)
  out.octet(0xe9)
  assert.equal(out.toString(), 'a 007\nbc\u00e9')
  out.clear()
  assert.equal(out.toString(), '')
})
