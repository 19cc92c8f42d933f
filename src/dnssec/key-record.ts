/**
 * DNSKEY and DS records as text, one or several with comments and parentheses: what `K*.key`, `*.ds`, `dsset-` and
 * trust-anchor files hold. Small on purpose; zone files with all they may have are read elsewhere.
 *
 * What it does not do: $ORIGIN, $TTL, `@`, blank owners. Names without a final dot are taken as absolute.
 */
import { TextError, type TextPlace } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import { parseAlgorithm } from './algorithms.ts'
import { decodeBase64, decodeHex } from './encodings.ts'
import { dnskeyRdata } from './signing-key.ts'

export type DnskeyRecord = {
  readonly type: 'DNSKEY'
  readonly owner: Name
  /** Seconds; undefined when the text does not say. */
  readonly ttl: number | undefined
  readonly flags: number
  readonly algorithm: number
  readonly publicKey: Uint8Array
  readonly rdata: Uint8Array
  readonly place: TextPlace
}

export type DsRecord = {
  readonly type: 'DS'
  readonly owner: Name
  readonly ttl: number | undefined
  readonly keyTag: number
  readonly algorithm: number
  readonly digestType: number
  readonly digest: Uint8Array
  readonly rdata: Uint8Array
  readonly place: TextPlace
}

/** Most octets of a text of keys. */
export const MAX_KEY_TEXT = 1 << 16

/** Reads every record. Throws TextError `key-invalid` at the first that is no DNSKEY or DS record in class IN. */
export function parseKeyRecords(text: string, file: string): (DnskeyRecord | DsRecord)[] {
  if (text.length > MAX_KEY_TEXT)
    fail(`a file of keys has at most ${MAX_KEY_TEXT} octets`, { file, line: 1, column: 1 })
  return splitRecords(text, file).map(readRecord)
}

/** Reads the one DNSKEY record of a `K*.key` file. */
export function parseDnskeyRecord(text: string, file: string): DnskeyRecord {
  const records = parseKeyRecords(text, file)
  const [record] = records
  if (record?.type !== 'DNSKEY' || records.length !== 1) {
    const place = records[1]?.place ?? record?.place ?? { file, line: 1, column: 1 }
    return fail(`expected exactly one DNSKEY record, found ${records.length} records`, place)
  }
  return record
}

type Token = { readonly text: string; readonly place: TextPlace }

function fail(reason: string, place: TextPlace): never {
  throw new TextError(reason, place, 'key-invalid')
}

/** Tokens of each record: a record ends with its line, unless a parenthesis is open; `;` starts a comment. */
function splitRecords(text: string, file: string): Token[][] {
  const records: Token[][] = []
  let tokens: Token[] = []
  let opened: TextPlace | undefined
  for (const [index, line] of text.split('\n').entries()) {
    for (const match of line.matchAll(/;.*|[()]|[^\s();]+/g)) {
      const place = { file, line: index + 1, column: match.index + 1 }
      const token = match[0]
      if (token === '(') {
        if (opened !== undefined) fail('a parenthesis within parentheses', place)
        opened = place
      } else if (token === ')') {
        if (opened === undefined) fail('a closing parenthesis that none opened', place)
        opened = undefined
      } else if (!token.startsWith(';')) tokens.push({ text: token, place })
    }
    if (opened === undefined && tokens.length > 0) {
      records.push(tokens)
      tokens = []
    }
  }
  if (opened !== undefined) fail('a parenthesis that is never closed', opened)
  return records
}

/** Takes tokens one after the other; running out is an error at the last one. */
class TokenReader {
  readonly #tokens: readonly Token[]
  #next = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get place(): TextPlace {
    const token = this.#tokens[this.#next] ?? this.#tokens.at(-1)
    return token?.place ?? { file: '', line: 1, column: 1 }
  }

  peek(): string | undefined {
    return this.#tokens[this.#next]?.text
  }

  take(what: string): string {
    const token = this.#tokens[this.#next]
    if (token === undefined) return fail(`the record ends where ${what} should follow`, this.place)
    this.#next++
    return token.text
  }

  number(what: string, max: number): number {
    const { place } = this
    const text = this.take(what)
    if (!/^\d{1,10}$/.test(text) || Number(text) > max) fail(`expected ${what}, a number from 0 to ${max}`, place)
    return Number(text)
  }

  algorithm(): number {
    const { place } = this
    return parseAlgorithm(this.take('the algorithm')) ?? fail('expected an algorithm: a number or a mnemonic', place)
  }

  /** All that is left, joined. */
  rest(): string {
    const tokens = this.#tokens.slice(this.#next)
    this.#next = this.#tokens.length
    return tokens.map((token) => token.text).join('')
  }
}

function readRecord(tokens: readonly Token[]): DnskeyRecord | DsRecord {
  const reader = new TokenReader(tokens)
  const { place } = reader
  const owner = readName(reader.take('the owner'), place)
  const ttl = skipTtlAndClass(reader)
  const typePlace = reader.place
  const type = reader.take('DNSKEY or DS').toUpperCase()
  if (type === 'DNSKEY') return readDnskey(reader, { owner, ttl, place })
  if (type === 'DS') return readDs(reader, { owner, ttl, place })
  return fail("expected 'DNSKEY' or 'DS' here", typePlace)
}

type RecordHead = { readonly owner: Name; readonly ttl: number | undefined; readonly place: TextPlace }

function readDnskey(reader: TokenReader, head: RecordHead): DnskeyRecord {
  const flags = reader.number('the flags', 65535)
  const protocolPlace = reader.place
  if (reader.number('the protocol', 255) !== 3) fail('the protocol of a DNSKEY is 3', protocolPlace)
  const algorithm = reader.algorithm()
  const keyPlace = reader.place
  const publicKey = decodeBase64(reader.rest()) ?? fail('the public key is no base64', keyPlace)
  if (publicKey.length === 0) fail('the public key is missing', keyPlace)
  const rdata = dnskeyRdata(flags, algorithm, publicKey)
  return { type: 'DNSKEY', ...head, flags, algorithm, publicKey, rdata }
}

function readDs(reader: TokenReader, head: RecordHead): DsRecord {
  const keyTag = reader.number('the key tag', 65535)
  const algorithm = reader.algorithm()
  const digestType = reader.number('the digest type', 255)
  const digestPlace = reader.place
  const digest = decodeHex(reader.rest()) ?? fail('the digest is not in hexadecimal digits', digestPlace)
  if (digest.length === 0) fail('the digest is missing', digestPlace)
  const rdata = Uint8Array.from([keyTag >>> 8, keyTag & 0xff, algorithm, digestType, ...digest])
  return { type: 'DS', ...head, keyTag, algorithm, digestType, digest, rdata }
}

function readName(text: string, place: TextPlace): Name {
  try {
    return Name.parse(text)
  } catch (error) {
    return fail(error instanceof Error ? error.message : 'no domain name', place)
  }
}

/** TTL and class may come in either order, and each may be missing (RFC 1035 §5.1). */
function skipTtlAndClass(reader: TokenReader): number | undefined {
  let ttl: number | undefined
  for (let n = 0; n < 2; n++) {
    const text = reader.peek()
    if (text !== undefined && /^\d+$/.test(text)) ttl = reader.number('a TTL', 0xffffffff)
    else if (text?.toUpperCase() === 'IN') reader.take('the class')
  }
  return ttl
}
