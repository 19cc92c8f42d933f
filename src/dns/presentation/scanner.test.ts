import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TextError } from '../errors.ts'
import { EntryScanner, type TextSource } from './scanner.ts'
import { ESCAPED, QUOTED, Tokens } from './tokens.ts'

const encoder = new TextEncoder()

/** A source that gives `piece` octets at a time. */
function sourceOf(text: string | Uint8Array, piece = 1 << 20): TextSource {
  const octets = typeof text === 'string' ? encoder.encode(text) : text
  let given = 0
  return {
    file: 'zone',
    read(into, at) {
      const n = Math.min(piece, octets.length - given, into.length - at)
      into.set(octets.subarray(given, given + n), at)
      given += n
      return n
    },
  }
}

type Entry = { blank: boolean; line: number; words: string[]; places: string[] }

/** All entries, each word marked with what the scanner says of it; an error ends the list. */
function entries(text: string | Uint8Array, piece?: number, block?: number): (Entry | string)[] {
  const tokens = new Tokens()
  const scanner = new EntryScanner(sourceOf(text, piece), tokens, block)
  const found: (Entry | string)[] = []
  try {
    while (scanner.next()) {
      const all = Array.from({ length: tokens.count }, (_, i) => i)
      found.push({
        blank: scanner.startsBlank,
        line: scanner.line,
        words: all.map((i) => {
          const flags = tokens.flags[i] ?? 0
          return `${(flags & QUOTED) !== 0 ? 'q:' : ''}${(flags & ESCAPED) !== 0 ? 'e:' : ''}${tokens.string(i)}`
        }),
        places: all.map((i) => {
          const { line, column } = scanner.lineAt(tokens.starts[i] ?? 0)
          return `${line}:${column}`
        }),
      })
    }
  } catch (error) {
    assert.ok(error instanceof TextError, String(error))
    found.push(error.message)
  }
  return found
}

const words = (text: string): string[][] =>
  entries(text).map((entry) => (typeof entry === 'string' ? [entry] : entry.words))

test('words, quotes, escapes, comments', () => {
  assert.deepEqual(words('a b\tc ; not this "nor (this\nd;e\n'), [['a', 'b', 'c'], ['d']])
  assert.deepEqual(words('"a b" "" "x;(y)" c'), [['q:a b', 'q:', 'q:x;(y)', 'c']])
  assert.deepEqual(words('a\\ b \\; \\( \\" c\\\\ "d\\"e" \\#'), [
    ['e:a\\ b', 'e:\\;', 'e:\\(', 'e:\\"', 'e:c\\\\', 'q:e:d\\"e', 'e:\\#'],
  ])
  assert.deepEqual(words('key="a b"'), [['key=', 'q:a b']])
  assert.deepEqual(words('\n\n ; nothing\n\t\n'), [])
  assert.deepEqual(words(''), [])
})

test('parentheses hold lines together, and may be nested', () => {
  assert.deepEqual(words('a ( b ; one\n c (\n) d ) e\nf'), [['a', 'b', 'c', 'd', 'e'], ['f']])
  assert.deepEqual(words('a(b)c'), [['a', 'b', 'c']])
  assert.deepEqual(words('()\n(\n)\nx'), [['x']])
})

test('an entry knows its line, and whether it began with a blank', () => {
  assert.deepEqual(entries('; first\na (\n b )\n\n  c\n\td'), [
    { blank: false, line: 2, words: ['a', 'b'], places: ['2:1', '3:2'] },
    { blank: true, line: 5, words: ['c'], places: ['5:3'] },
    { blank: true, line: 6, words: ['d'], places: ['6:2'] },
  ])
})

test('lines may end with CR LF, the last one with nothing', () => {
  assert.deepEqual(words('a b\r\n c "d"\r\n\r\ne (\r\nf)\r\ng'), [['a', 'b'], ['c', 'q:d'], ['e', 'f'], ['g']])
  assert.deepEqual(words('a ; comment\r\nb'), [['a'], ['b']])
})

test('a byte order mark at the very beginning is no text; elsewhere it is', () => {
  assert.deepEqual(entries('\ufeffa'), [{ blank: false, line: 1, words: ['a'], places: ['1:1'] }])
  assert.deepEqual(words('\ufeff'), [])
  assert.equal(words('a\n\ufeffb')[1]?.[0]?.length, 4)
})

test('errors say file, line and column', () => {
  const cases: [string, RegExp][] = [
    ['a\n b (\n c', /^zone:2:4: a parenthesis is never closed$/],
    ['a\n b )', /^zone:2:4: a parenthesis is closed that was never opened$/],
    ['a "b\nc"', /^zone:1:3: a quoted string is not closed at the end of the line$/],
    ['\n"b', /^zone:2:1: a quoted string is never closed$/],
    ['\n"b\\', /^zone:2:1: a quoted string is never closed$/],
    ['ab\\', /^zone:1:3: the text ends after a backslash$/],
    ['ab\\\nc', /^zone:1:3: a backslash stands at the end of the line$/],
    ['ab\\\r\nc', /^zone:1:3: a backslash stands at the end of the line$/],
    ['a\nb\0c', /^zone:2:2: an octet of value 0: the file is no text, or a part of it was lost$/],
    ['a b\n\0\0\0', /^zone:2:1: an octet of value 0/],
    ['a\0', /^zone:1:2: an octet of value 0/],
  ]
  for (const [text, expected] of cases) {
    for (const piece of [1, 2, 100]) {
      const last = entries(text, piece, 16).at(-1)
      assert.match(typeof last === 'string' ? last : JSON.stringify(last), expected, JSON.stringify(text))
    }
  }
})

test('an octet of value 0 in quotes or in a comment is like any other, as BIND reads it', () => {
  assert.deepEqual(words('a "b\0c" ; d\0e\nf'), [['a', 'q:b\0c'], ['f']])
})

test('what is no text is named at its beginning', () => {
  assert.deepEqual(entries('PK\x03\x04 and more of it'), [
    'zone:1:1: the file cannot be read as text: it is a zip archive: unpack it first',
  ])
  assert.deepEqual(entries('-----BEGIN CERTIFICATE-----\nMIIB'), [
    'zone:1:1: this is a certificate or a key in PEM, and no records',
  ])
})

const ALPHABET = [
  'a',
  'bc',
  ' ',
  '\t',
  '\n',
  '\r\n',
  '\r',
  '(',
  ')',
  '"',
  '\\',
  ';',
  '\\"',
  '\\;',
  '\\\\',
  '"x y"',
  '( \n',
  ' )',
  '\ufeff',
  '\\032',
  'word ',
  '\n ',
  'é',
  '\0',
]

test('blocks of any size and pieces of any size give the same tokens, places and errors', () => {
  const text = fc.array(fc.constantFrom(...ALPHABET), { maxLength: 60 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, fc.integer({ min: 16, max: 64 }), fc.integer({ min: 1, max: 20 }), (input, block, piece) => {
      const whole = entries(input)
      assert.deepEqual(entries(input, 1, block), whole)
      assert.deepEqual(entries(input, piece, block), whole)
    }),
    { numRuns: 2000 },
  )
})

test('block boundaries at every offset of a record', () => {
  const record = 'www.example.org. ( 3600 ; c\r\n IN TXT "a \\" b" x\\.y\n) z\n'
  for (let before = 0; before < 70; before++) {
    const text = `${'n'.repeat(before)}\n${record}${record}`
    const whole = entries(text)
    for (let block = 16; block <= 64; block++) assert.deepEqual(entries(text, 1, block), whole, `${before} ${block}`)
  }
})

test('an entry of more than 1 MiB is refused, one below is read', () => {
  const counts = (text: string): number[] => {
    const tokens = new Tokens()
    const scanner = new EntryScanner(sourceOf(text, 65536), tokens)
    const found: number[] = []
    while (scanner.next()) found.push(tokens.count)
    return found
  }
  assert.deepEqual(counts(`a ( ${'x '.repeat(400_000)})\nb\n`), [400_001, 1])
  assert.throws(
    () => counts(`ok\n\n( ${'x\n'.repeat(1_500_000)}`),
    /^TextError: zone:3:1: an entry is longer than 1 MiB/,
  )
})
