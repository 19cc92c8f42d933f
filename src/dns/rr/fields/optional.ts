/** Fields at the edge of the ordinary: a string that may be absent, octets that have no text form, a tag of letters and digits. */
import type { OctetWriter } from '../../octets.ts'
import { type TextWriter, type Tokens, writeHex } from '../../presentation/index.ts'
import { type Draw, Field, type RdataCursor, stringValue, takeCounted, unfit } from '../field.ts'
import { generateString, latin1, latin1Octets } from './strings.ts'

/** A character string that ends the RDATA or is absent (the subaddress of ISDN, RFC 1183 §3.2). JSON has null for none. */
class OptionalString extends Field<string | null> {
  parse(tokens: Tokens, out: OctetWriter): void {
    if (tokens.left > 0) tokens.characterString(out, this.kind)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    if (cursor.at < cursor.end) out.quoted(cursor.octets, cursor.at + 1, cursor.end)
    cursor.at = cursor.end
  }

  check(cursor: RdataCursor): boolean {
    if (cursor.at < cursor.end) cursor.at += 1 + cursor.octets[cursor.at]!
    return cursor.at === cursor.end
  }

  decode(cursor: RdataCursor): string | null {
    const text = cursor.at < cursor.end ? latin1(cursor.octets, cursor.at + 1, cursor.end) : null
    cursor.at = cursor.end
    return text
  }

  encode(value: unknown, out: OctetWriter): void {
    if (value === null || value === undefined) return
    const octets = latin1Octets(this.kind, value, 255)
    out.u8(octets.length)
    out.bytes(octets)
  }

  generate(draw: Draw): string | null {
    return draw(2) === 0 ? null : generateString(draw)
  }
}

export const optionalString = (what: string): Field<string | null> => new OptionalString(what)

/** Octets without a text form: written as RFC 3597 §5 says. JSON has them in hexadecimal. */
class Opaque extends Field<string> {
  parse(tokens: Tokens): void {
    tokens.fail('this type has no text form of its own: write \\# LENGTH HEX (RFC 3597)', tokens.cursor)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    out.ascii(cursor.at === cursor.end ? '\\# 0' : `\\# ${cursor.end - cursor.at} `)
    writeHex(cursor.octets, cursor.at, cursor.end, out)
    cursor.at = cursor.end
  }

  check(cursor: RdataCursor): boolean {
    cursor.at = cursor.end
    return true
  }

  decode(cursor: RdataCursor): string {
    const text = cursor.octets.slice(cursor.at, cursor.end).toHex()
    cursor.at = cursor.end
    return text
  }

  encode(value: unknown, out: OctetWriter): void {
    const text = stringValue(this.kind, value)
    if (text.length % 2 !== 0 || /[^0-9a-fA-F]/.test(text)) unfit(this.kind, value)
    out.bytes(Uint8Array.fromHex(text))
  }

  generate(draw: Draw): string {
    return Uint8Array.from({ length: draw(40) }, () => draw(256)).toHex()
  }
}

export const opaque: Field<string> = new Opaque('octets')

function isTag(octets: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const octet = octets[i]!
    const letter = octet | 0x20
    if ((octet < 0x30 || octet > 0x39) && (letter < 0x61 || letter > 0x7a)) return false
  }
  return to > from
}

/** A length octet, then ASCII letters and digits, at least one, written as a word (the tag of CAA, RFC 8659 §4.1). */
class Tag extends Field<string> {
  parse(tokens: Tokens, out: OctetWriter): void {
    const from = out.length + 1
    tokens.characterString(out, this.kind)
    if (!isTag(out.octets, from, out.length)) {
      tokens.fail(`expected ${this.kind} (letters and digits), found '${tokens.show(tokens.cursor - 1)}'`)
    }
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    const from = takeCounted(cursor)
    out.bytes(cursor.octets, from, cursor.at)
  }

  check(cursor: RdataCursor): boolean {
    if (cursor.at >= cursor.end) return false
    const from = takeCounted(cursor)
    return cursor.at <= cursor.end && isTag(cursor.octets, from, cursor.at)
  }

  decode(cursor: RdataCursor): string {
    const from = takeCounted(cursor)
    return latin1(cursor.octets, from, cursor.at)
  }

  encode(value: unknown, out: OctetWriter): void {
    const octets = latin1Octets(this.kind, value, 255)
    if (!isTag(octets, 0, octets.length)) unfit(this.kind, value)
    out.u8(octets.length)
    out.bytes(octets)
  }

  generate(draw: Draw): string {
    return ['issue', 'issuewild', 'iodef', 'contactemail', 'Tag1'][draw(5)] ?? 'tbs'
  }
}

export const tag = (what: string): Field<string> => new Tag(what)

/** Hexadecimal to the end of the RDATA as one word after `0x`, dots anywhere (NSAP, RFC 1706 §5). At least one octet. */
class PrefixedHex extends Field<string> {
  parse(tokens: Tokens, out: OctetWriter): void {
    const token = tokens.next(this.kind)
    const { text } = tokens
    const at = tokens.starts[token]!
    const end = tokens.ends[token]!
    if (end - at < 4 || text[at] !== 0x30 || (text[at + 1]! | 0x20) !== 0x78) {
      tokens.fail(`expected ${this.kind} (0x and hexadecimal digits), found '${tokens.show(token)}'`)
    }
    readDottedHex(tokens, token, at + 2, out, this.kind)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    out.ascii('0x')
    writeHex(cursor.octets, cursor.at, cursor.end, out)
    cursor.at = cursor.end
  }

  check(cursor: RdataCursor): boolean {
    const length = cursor.end - cursor.at
    cursor.at = cursor.end
    return length > 0
  }

  decode(cursor: RdataCursor): string {
    return opaque.decode(cursor)
  }

  encode(value: unknown, out: OctetWriter): void {
    if (value === '') unfit(this.kind, value)
    opaque.encode(value, out, 0)
  }

  generate(draw: Draw): string {
    return Uint8Array.from({ length: 1 + draw(20) }, () => draw(256)).toHex()
  }
}

/** Reads hexadecimal digits of a token from `at` on, dots left out; fails when there are none. */
export function readDottedHex(tokens: Tokens, token: number, at: number, out: OctetWriter, what: string): void {
  const from = out.length
  const digits = tokens
    .string(token)
    .slice(at - tokens.starts[token]!)
    .replaceAll('.', '')
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]+$/.test(digits)) {
    tokens.fail(`${what}: '${tokens.show(token)}' is not hexadecimal in pairs`, token)
  }
  out.bytes(Uint8Array.fromHex(digits))
  if (out.length === from) tokens.fail(`${what} is empty`, token)
}

export const prefixedHex = (what: string): Field<string> => new PrefixedHex(what)
