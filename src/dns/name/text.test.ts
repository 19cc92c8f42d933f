import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DnsError } from '../errors.ts'
import { anyName } from './name.fixture.ts'
import { Name, nameText } from './name.ts'
import {
  explainNameFault,
  MAX_NAME_TEXT,
  NAME_BAD_ESCAPE,
  NAME_EMPTY_LABEL,
  NAME_LABEL_TOO_LONG,
  NAME_TOO_LONG,
  readNameText,
  writeNameText,
} from './text.ts'

const encoder = new TextEncoder()

function read(text: string | Uint8Array, origin = Name.root): number {
  const input = typeof text === 'string' ? encoder.encode(text) : text
  return readNameText(input, 0, input.length, origin.octets, 0, new Uint8Array(256), 0)
}

test('any name reads back from its text, octet for octet', () => {
  fc.assert(
    fc.property(anyName, (name) => {
      const text = name.toString()
      assert.deepEqual(Name.parse(text).octets, name.octets)
      assert.match(text, /^[!-~]+\.$|^\.$/, 'printable octets only, with a final dot')
      assert.ok(text.length <= MAX_NAME_TEXT)
    }),
    { numRuns: 500 },
  )
})

test('every octet as the only one of a label, as \\DDD and as printed', () => {
  for (let octet = 0; octet < 256; octet++) {
    const escaped = `\\${String(octet).padStart(3, '0')}.`
    const name = Name.parse(escaped)
    assert.deepEqual([...name.octets], [1, octet, 0])
    assert.deepEqual([...Name.parse(name.toString()).octets], [1, octet, 0])
  }
  assert.equal(Name.parse('\\046\\092\\034\\040\\041\\059\\064\\036.').toString(), '\\.\\\\\\"\\(\\)\\;\\@\\$.')
  assert.equal(Name.parse('a\\032b\\200\\127.').toString(), 'a\\032b\\200\\127.')
})

test('escapes: \\X for any character but a digit, \\DDD up to 255', () => {
  assert.deepEqual([...Name.parse('a\\.b.c.').octets], [3, 0x61, 0x2e, 0x62, 1, 0x63, 0])
  assert.deepEqual([...Name.parse('\\a\\ \\\\.').octets], [3, 0x61, 0x20, 0x5c, 0])
  assert.deepEqual([...Name.parse('\\0001.').octets], [2, 0, 0x31, 0])
  for (const bad of ['\\256.', '\\999.', '\\1.', '\\12.', '\\12', '\\1', '\\', 'a\\', '\\1a2.', 'a.\\']) {
    assert.equal(read(bad), NAME_BAD_ESCAPE, bad)
  }
})

test('a dot at the very end after an escaped dot', () => {
  assert.deepEqual([...Name.parse('a\\.').octets], [2, 0x61, 0x2e, 0])
  assert.deepEqual([...Name.parse('a\\..').octets], [2, 0x61, 0x2e, 0])
})

test('empty labels and empty texts are refused', () => {
  for (const bad of ['', '..', '.a', 'a..', 'a..b', '.a.', '...']) assert.equal(read(bad), NAME_EMPTY_LABEL, bad)
  assert.equal(read('.'), 1)
})

test('relative names continue with the origin; @ is the origin itself', () => {
  const origin = Name.parse('Example.ORG.')
  assert.equal(Name.parse('www', origin).toString(), 'www.Example.ORG.')
  assert.equal(Name.parse('www.', origin).toString(), 'www.')
  assert.equal(Name.parse('@', origin).toString(), 'Example.ORG.')
  assert.equal(Name.parse('\\@', origin).toString(), '\\@.Example.ORG.')
  assert.equal(Name.parse('@.', origin).toString(), '\\@.')
  assert.equal(Name.parse('a@b', origin).toString(), 'a\\@b.Example.ORG.')
  assert.equal(Name.parse('.', origin).toString(), '.')
})

test('a label has at most 63 octets, escaped or not', () => {
  for (const octet of ['a', '\\097']) {
    assert.equal(read(`${octet.repeat(63)}.`), 65)
    assert.equal(read(octet.repeat(63)), 65)
    assert.equal(read(`${octet.repeat(64)}.`), NAME_LABEL_TOO_LONG)
    assert.equal(read(octet.repeat(64)), NAME_LABEL_TOO_LONG)
    assert.equal(read(`x.${octet.repeat(64)}.y.`), NAME_LABEL_TOO_LONG)
    assert.equal(read(`${octet.repeat(300)}.`), NAME_LABEL_TOO_LONG)
  }
})

test('a name has at most 255 octets', () => {
  const of = (octets: number): string =>
    `${'a.'.repeat(Math.floor((octets - 1) / 2) - 1)}${octets % 2 === 1 ? 'a' : 'aa'}.`
  assert.equal(read(of(255)), 255)
  assert.equal(read(of(256)), NAME_TOO_LONG)
  assert.equal(read(of(257)), NAME_TOO_LONG)
  assert.equal(read(`${'a.'.repeat(5000)}`), NAME_TOO_LONG)
  const origin = Name.parse(of(253))
  assert.equal(read('a', origin), 255)
  assert.equal(read('aa', origin), NAME_TOO_LONG)
  const full = `${'a'.repeat(63)}.`.repeat(3)
  assert.equal(read(`${full}${'a'.repeat(61)}.`), 255)
  assert.equal(read(`${full}${'a'.repeat(62)}.`), NAME_TOO_LONG)
  assert.equal(read(`${full}${'a'.repeat(61)}`), 255)
  assert.equal(read(`${full}${'a'.repeat(62)}`), NAME_TOO_LONG)
})

test('any octets as text are a name or a named fault, within 256 octets of room', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 600 }),
        fc.array(fc.constantFrom(0x2e, 0x5c, 0x61, 0x31, 0x40), { maxLength: 600 }).map((a) => Uint8Array.from(a)),
      ),
      (text) => {
        const out = new Uint8Array(256 + 4).fill(0xee)
        const end = readNameText(text, 0, text.length, Name.parse('o.').octets, 0, out, 2)
        assert.deepEqual([out[0], out[1], out[258], out[259]], [0xee, 0xee, 0xee, 0xee], 'nothing outside the room')
        if (end < 0) assert.ok(explainNameFault(end).length > 0)
        else assert.equal(Name.fromOctets(out, 2).octets.length, end - 2)
      },
    ),
    { numRuns: 500 },
  )
})

test('Name.parse throws errors with codes that say what is wrong', () => {
  const code = (text: string): string => {
    try {
      Name.parse(text)
    } catch (error) {
      return error instanceof DnsError ? error.code : 'other'
    }
    return 'none'
  }
  assert.equal(code('a..b'), 'name-syntax')
  assert.equal(code('\\400.'), 'name-syntax')
  assert.equal(code('a'.repeat(64)), 'label-too-long')
  assert.equal(code('a.'.repeat(200)), 'name-too-long')
  assert.match(explainNameFault(NAME_TOO_LONG), /255/)
})

test('writeNameText of the longest name fits MAX_NAME_TEXT', () => {
  const name = new Uint8Array(255)
  for (let i = 0; i < 254; i += 64) name[i] = Math.min(63, 253 - i)
  name[254] = 0
  const out = new Uint8Array(MAX_NAME_TEXT)
  const end = writeNameText(name, 0, out, 0)
  assert.ok(end <= MAX_NAME_TEXT)
  assert.deepEqual(Name.parse(nameText(name, 0)).octets, Name.fromOctets(name).octets)
})
