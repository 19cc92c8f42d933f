/**
 * Files that are given for a text and are none: named by their first octets, so that an error says what the file is and what to do,
 * and not that a record type is unknown.
 */

/** The first octets of a kind of file, where ANY stands for each octet, and what an error says of it. */
type Kind = readonly [magic: readonly number[], words: string]

const ANY = -1
const ascii = (text: string): number[] => [...text].map((char) => char.charCodeAt(0))

const DECOMPRESS = 'decompress it first'
const SAVE = 'save it as UTF-8'
const RAW = 'convert it with `named-compilezone -f raw -F text`'

const KINDS: readonly Kind[] = [
  [[0x1f, 0x8b], `is compressed by gzip: ${DECOMPRESS}`],
  [[0x1f, 0x9d], `is compressed by compress: ${DECOMPRESS}`],
  [[...ascii('BZh'), ANY, ...ascii('1AY&SY')], `is compressed by bzip2: ${DECOMPRESS}`],
  [[0xfd, ...ascii('7zXZ'), 0x00], `is compressed by xz: ${DECOMPRESS}`],
  [[0x28, 0xb5, 0x2f, 0xfd], `is compressed by zstd: ${DECOMPRESS}`],
  [[0x04, 0x22, 0x4d, 0x18], `is compressed by lz4: ${DECOMPRESS}`],
  [[...ascii('PK'), 0x03, 0x04], 'is a zip archive: unpack it first'],
  [[...ascii('PK'), 0x05, 0x06], 'is a zip archive: unpack it first'],
  [[...ascii('7z'), 0xbc, 0xaf, 0x27, 0x1c], 'is a 7z archive: unpack it first'],
  // Before UTF-16, whose mark is the beginning of this one.
  [[0xff, 0xfe, 0x00, 0x00], `is in UTF-32: ${SAVE}`],
  [[0x00, 0x00, 0xfe, 0xff], `is in UTF-32: ${SAVE}`],
  [[0xff, 0xfe], `is in UTF-16: ${SAVE}`],
  [[0xfe, 0xff], `is in UTF-16: ${SAVE}`],
  [[0, 0, 0, 2, 0, 0, 0], `is a zone in the raw format of BIND: ${RAW}`],
  [[0, 0, 0, 3, 0, 0, 0], 'is a zone in the map format of BIND: convert it with `named-compilezone -f map -F text`'],
  [ascii(';BIND LOG V9'), 'is a journal of BIND, not a zone file: `rndc sync -clean` writes it to the zone file'],
  [ascii('SQLite format 3\0'), 'is an SQLite database'],
]

/**
 * What a file is that begins with these octets, as the end of a sentence; undefined for what may be text. As many octets as there
 * are should be given, up to 16.
 */
export function binaryKind(head: Uint8Array): string | undefined {
  for (const [magic, words] of KINDS) {
    if (magic.every((octet, i) => octet === head[i] || (octet === ANY && i < head.length))) return words
  }
  const [a, b, c, d] = head
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined
  // A sequence (ASN.1) with a long length. No UTF-8 has such an octet behind an ASCII digit.
  if (a === 0x30 && b >= 0x80 && b <= 0x84) return 'is a certificate, a key or a PKCS#12 file in binary form (DER)'
  // Without a mark: of the first characters, one octet of two is zero.
  if ((a === 0 && b !== 0 && c === 0 && d !== 0) || (a !== 0 && b === 0 && c !== 0 && d === 0))
    return `is in UTF-16: ${SAVE}`
  return undefined
}
