import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TextError } from '../errors.ts'
import { OctetWriter } from '../octets.ts'
import {
  decodeBase32Hex,
  encodeBase32Hex,
  readBase64,
  readHex,
  readHexToken,
  writeBase64,
  writeHex,
} from './encodings.ts'
import { TextWriter } from './text-writer.ts'
import { tokensOf } from './tokens.fixture.ts'

const octets = fc.uint8Array({ maxLength: 200 })

/** The text with a blank wherever `cuts` says. */
function cut(text: string, cuts: readonly number[]): string {
  return [...text].map((c, i) => (cuts.includes(i) ? ` ${c}` : c)).join('')
}

function base64(text: string): Uint8Array {
  const out = new OctetWriter(1)
  readBase64(tokensOf(text), out, 'a key')
  return out.copy()
}

function hex(text: string): Uint8Array {
  const out = new OctetWriter(1)
  readHex(tokensOf(text), out, 'a digest')
  return out.copy()
}

/** Base32hex by arithmetic on one large number. */
function base32hex(input: Uint8Array): string {
  const bits = [...input].map((octet) => octet.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{1,5}/g) ?? []).map((five) => Number.parseInt(five.padEnd(5, '0'), 2).toString(32)).join('')
}

test('base64 is that of Buffer, both ways, with blanks anywhere', () => {
  fc.assert(
    fc.property(octets, fc.array(fc.nat(280), { maxLength: 8 }), fc.nat(5), (input, cuts, before) => {
      const expected = Buffer.from(input).toString('base64')
      const out = new TextWriter(1)
      writeBase64(Uint8Array.of(...new Uint8Array(before), ...input, 1), before, before + input.length, out)
      assert.equal(out.toString(), expected)
      if (input.length > 0) assert.deepEqual(base64(cut(expected, cuts)), input)
    }),
    { numRuns: 500 },
  )
})

test('base64 that is cut short, badly padded or of other letters is refused', () => {
  for (const bad of [
    'A',
    'AA',
    'AAA',
    'AAAA=',
    'AA=',
    'AA===',
    'AAA==',
    'A=AA',
    'AA=A',
    'AB==',
    'AAB=',
    '=',
    '====',
    'A*==',
    'AA-_',
    'AAAAA',
    'AA= =A',
    'é',
  ]) {
    assert.throws(() => base64(bad), TextError, bad)
  }
  for (const good of ['AA==', 'AA= =', 'A A A =', 'AAAA', 'A A A A'])
    assert.ok(base64(good).every((octet) => octet === 0))
  assert.throws(() => base64(''), /expected a key, but the record ends here/)
})

test('any text is base64 as Buffer writes it, or refused', () => {
  const letters = fc.constantFrom('A', 'B', 'w', '/', '+', '=', ' ')
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 12 }), (parts) => {
      const text = parts.join('')
      let read: Uint8Array
      try {
        read = base64(text)
      } catch (error) {
        return assert.ok(error instanceof TextError)
      }
      assert.equal(Buffer.from(read).toString('base64'), text.replaceAll(' ', ''))
    }),
    { numRuns: 2000 },
  )
})

test('base16 is that of Buffer, both ways, in either case, with blanks anywhere', () => {
  fc.assert(
    fc.property(octets, fc.array(fc.nat(400), { maxLength: 8 }), fc.boolean(), (input, cuts, upper) => {
      const expected = Buffer.from(input).toString('hex')
      const out = new TextWriter(1)
      writeHex(input, 0, input.length, out)
      assert.equal(out.toString(), expected.toUpperCase())
      assert.deepEqual(hex(cut(upper ? expected.toUpperCase() : expected, cuts)), input)
    }),
  )
  for (const bad of ['0', '0g', 'é0', '00 0', '0x00', '-']) assert.throws(() => hex(bad), TextError, bad)
})

test('base16 of one token comes in pairs', () => {
  const read = (text: string): Uint8Array => {
    const out = new OctetWriter(1)
    assert.equal(readHexToken(tokensOf(text), 0, out, 'a salt'), out.length)
    return out.copy()
  }
  assert.deepEqual(read('AbCd 11'), Uint8Array.of(0xab, 0xcd))
  for (const bad of ['a', 'abc', 'zz', 'a\\']) assert.throws(() => read(`${bad} x`), TextError)
})

test('base32hex: RFC 4648 §10, and the arithmetic of one large number', () => {
  const encoder = new TextEncoder()
  for (const [text, expected] of [
    ['', ''],
    ['f', 'co'],
    ['fo', 'cpng'],
    ['foo', 'cpnmu'],
    ['foob', 'cpnmuog'],
    ['fooba', 'cpnmuoj1'],
    ['foobar', 'cpnmuoj1e8'],
  ]) {
    const input = encoder.encode(text)
    const out = new Uint8Array(20)
    const end = encodeBase32Hex(input, 0, input.length, out, 2)
    assert.equal(String.fromCharCode(...out.subarray(2, end)), expected)
  }
  fc.assert(
    fc.property(octets, fc.boolean(), (input, upper) => {
      const text = encoder.encode(upper ? base32hex(input).toUpperCase() : base32hex(input))
      const coded = new Uint8Array(400)
      const end = encodeBase32Hex(input, 0, input.length, coded, 0)
      assert.equal(String.fromCharCode(...coded.subarray(0, end)), base32hex(input))
      const out = new Uint8Array(input.length + 1).fill(0xee)
      assert.equal(decodeBase32Hex(text, 0, text.length, out, 0), input.length)
      assert.deepEqual(out, Uint8Array.of(...input, 0xee))
    }),
  )
})

test('base32hex that stands for no whole octets, or has other letters, is refused', () => {
  const decode = (text: string): number =>
    decodeBase32Hex(new TextEncoder().encode(text), 0, text.length, new Uint8Array(50), 0)
  for (const bad of ['0', '000', '000000', '01', 'w', 'co======', 'c o', 'cp', '0000000v0'])
    assert.equal(decode(bad), -1, bad)
  assert.equal(decode(''), 0)
  assert.equal(decode('00'), 1)
})
