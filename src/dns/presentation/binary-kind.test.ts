import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { binaryKind } from './binary-kind.ts'

const TEXT = '$TTL 60\n@ SOA ns host 1 2 3 4 5\n'
const octets = (...parts: (string | number | Uint8Array)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : Buffer.from(part))))
const utf16be = Buffer.from(TEXT, 'utf16le').swap16()
const utf32le = Buffer.concat([...TEXT].map((char) => Buffer.from(`${char}\0\0\0`, 'latin1')))

const KINDS: readonly (readonly [name: string, file: Uint8Array, words: RegExp])[] = [
  ['gzip', gzipSync(TEXT), /^is compressed by gzip: decompress it first$/],
  ['zstd', zstdCompressSync(TEXT), /by zstd/],
  ['compress', octets(0x1f, 0x9d, 0x90), /by compress/],
  ['bzip2', octets('BZh91AY&SY', 1), /by bzip2/],
  ['bzip2 of another block size', octets('BZh11AY&SY', 1), /by bzip2/],
  ['xz', octets(0xfd, '7zXZ', 0), /by xz/],
  ['lz4', octets(4, 0x22, 0x4d, 0x18), /by lz4/],
  ['zip', octets('PK', 3, 4, 20), /zip archive/],
  ['an empty zip', octets('PK', 5, 6, 0), /zip archive/],
  ['7z', octets('7z', 0xbc, 0xaf, 0x27, 0x1c), /7z archive/],
  ['UTF-16, little end first', octets(0xff, 0xfe, Buffer.from(TEXT, 'utf16le')), /^is in UTF-16: save it as UTF-8$/],
  ['UTF-16, big end first', octets(0xfe, 0xff, utf16be), /in UTF-16/],
  ['UTF-16 without a mark, little end first', Buffer.from(TEXT, 'utf16le'), /in UTF-16/],
  ['UTF-16 without a mark, big end first', utf16be, /in UTF-16/],
  ['UTF-32, little end first', octets(0xff, 0xfe, 0, 0, utf32le), /in UTF-32/],
  ['UTF-32, big end first', octets(0, 0, 0xfe, 0xff, 0, 0, 0, 0x24), /in UTF-32/],
  [
    'a raw zone of BIND',
    Buffer.from('00000002000000016b0e5f46', 'hex'),
    /raw format of BIND: .*named-compilezone -f raw/,
  ],
  ['a raw zone of old versions', Buffer.from('00000002000000006b0e5f46', 'hex'), /raw format of BIND/],
  ['a map zone of BIND', Buffer.from('00000003000000016b0e5f46', 'hex'), /map format of BIND/],
  ['a journal of BIND', octets(';BIND LOG V9.2\n', 0), /journal of BIND/],
  ['a certificate in DER', Buffer.from('308201d830820', 'hex'), /DER/],
  ['PKCS#12 of another writer', Buffer.from('30800201033080', 'hex'), /PKCS#12/],
  ['a key of PKCS#8', Buffer.from('308187020100', 'hex'), /DER/],
  ['an SQLite database', octets('SQLite format 3', 0), /SQLite/],
]

describe('a file that is no text is named by its first octets', () => {
  for (const [name, file, words] of KINDS) {
    test(name, () => {
      assert.match(binaryKind(file) ?? 'text', words)
      assert.match(binaryKind(file.subarray(0, 16)) ?? 'text', words)
    })
  }
})

test('what may be text is not named: short, with other letters, with a mark of UTF-8, with an octet 0 somewhere', () => {
  const texts = [
    '',
    '0',
    '0 A',
    '@',
    'BZh',
    'BZh9 A',
    'PK A',
    '7z A',
    ';BIND',
    '30 A',
    '\ufeff@ A',
    '0é A',
    '0ü',
    'a\0',
    '\0',
    'a\0b',
    '\0abc',
    'a\0\0b',
    '\0a\0\0',
    'ab\0\0',
  ]
  for (const text of texts) assert.equal(binaryKind(Buffer.from(text)), undefined, JSON.stringify(text))
})

test('no text in UTF-8 without control characters is named', () => {
  const unit = fc.string({ unit: 'binary' }).map((text) => text.replaceAll(/\p{Cc}/gu, ' '))
  fc.assert(
    fc.property(unit, (text) => {
      assert.equal(binaryKind(Buffer.from(text)), undefined)
    }),
    { examples: [['0\u0082'], ['0\u0100'], ['\ufeff'], ['BZh91'], ['PK'], ['(\u00b5/\u00fd']] },
  )
})
