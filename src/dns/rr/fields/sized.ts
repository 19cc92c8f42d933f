/** Octets with a length of 16 bits before them (TSIG, TKEY), written as the length and base64; and the options of OPT. */
import { type OctetWriter, readU16 } from '../../octets.ts'
import { readBase64, readBase64Token, type TextWriter, type Tokens, writeBase64 } from '../../presentation/index.ts'
import { arrayValue, type Draw, Field, type RdataCursor, stringValue, unfit, wholeNumber } from '../field.ts'
import { opaque } from './optional.ts'

class SizedBase64 extends Field<string> {
  parse(tokens: Tokens, out: OctetWriter): void {
    const size = tokens.number(65535, `the size of ${this.kind}`)
    out.u16(size)
    if (size === 0) return
    const found = readBase64Token(tokens, tokens.next(this.kind), out, this.kind)
    if (found !== size) tokens.fail(`${this.kind} has ${found} octets, ${size} are announced`)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    const from = cursor.at + 2
    cursor.at = from + readU16(cursor.octets, cursor.at)
    out.decimal(cursor.at - from)
    if (cursor.at === from) return
    out.space()
    writeBase64(cursor.octets, from, cursor.at, out)
  }

  check(cursor: RdataCursor): boolean {
    if (cursor.at + 2 > cursor.end) return false
    cursor.at += 2 + readU16(cursor.octets, cursor.at)
    return cursor.at <= cursor.end
  }

  decode(cursor: RdataCursor): string {
    const from = cursor.at + 2
    cursor.at = from + readU16(cursor.octets, cursor.at)
    return cursor.octets.slice(from, cursor.at).toBase64()
  }

  encode(value: unknown, out: OctetWriter): void {
    const octets = base64Value(this.kind, value)
    if (octets.length > 65535) unfit(this.kind, value)
    out.u16(octets.length)
    out.bytes(octets)
  }

  generate(draw: Draw): string {
    return Uint8Array.from({ length: draw(40) }, () => draw(256)).toBase64()
  }
}

/** The octets of a JSON value in base64. */
export function base64Value(kind: string, value: unknown): Uint8Array {
  const text = stringValue(kind, value)
  try {
    return Uint8Array.fromBase64(text)
  } catch {
    return unfit(kind, value)
  }
}

export const sizedBase64 = (what: string): Field<string> => new SizedBase64(what)

/** Base64 to the end of the RDATA as one word, none at all written `-` (the data of DOA). */
class Base64OrDash extends Field<string> {
  parse(tokens: Tokens, out: OctetWriter): void {
    const token = tokens.next(this.kind)
    if (tokens.is(token, '-')) return
    tokens.cursor = token
    readBase64(tokens, out, this.kind)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    if (cursor.at === cursor.end) out.octet(0x2d)
    else writeBase64(cursor.octets, cursor.at, cursor.end, out)
    cursor.at = cursor.end
  }

  check(cursor: RdataCursor): boolean {
    cursor.at = cursor.end
    return true
  }

  decode(cursor: RdataCursor): string {
    const text = cursor.octets.slice(cursor.at, cursor.end).toBase64()
    cursor.at = cursor.end
    return text
  }

  encode(value: unknown, out: OctetWriter): void {
    out.bytes(base64Value(this.kind, value))
  }

  generate(draw: Draw): string {
    return Uint8Array.from({ length: draw(40) }, () => draw(256)).toBase64()
  }
}

export const base64OrDash = (what: string): Field<string> => new Base64OrDash(what)

export type OptionValue = { code: number; data: string }

/** Code, length and octets, as often as they come (RFC 6891 §6.1.2). JSON has the octets in hexadecimal; there is no text. */
class Options extends Field<OptionValue[]> {
  parse(tokens: Tokens): void {
    tokens.fail('OPT has no text form: write \\# LENGTH HEX (RFC 3597)', tokens.cursor)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    opaque.print(cursor, out)
  }

  check(cursor: RdataCursor): boolean {
    while (cursor.at < cursor.end) {
      if (cursor.at + 4 > cursor.end) return false
      cursor.at += 4 + readU16(cursor.octets, cursor.at + 2)
    }
    return cursor.at === cursor.end
  }

  decode(cursor: RdataCursor): OptionValue[] {
    const options: OptionValue[] = []
    while (cursor.at < cursor.end) {
      const from = cursor.at + 4
      const code = readU16(cursor.octets, cursor.at)
      cursor.at = from + readU16(cursor.octets, cursor.at + 2)
      options.push({ code, data: cursor.octets.slice(from, cursor.at).toHex() })
    }
    return options
  }

  encode(value: unknown, out: OctetWriter): void {
    for (const option of arrayValue(this.kind, value)) {
      if (typeof option !== 'object' || option === null || !('code' in option) || !('data' in option)) {
        unfit(this.kind, option)
      }
      const data = stringValue(this.kind, option.data)
      if (data.length % 2 !== 0 || data.length > 131070 || /[^0-9a-fA-F]/.test(data)) unfit(this.kind, data)
      out.u16(wholeNumber(this.kind, option.code, 65535))
      out.u16(data.length / 2)
      out.bytes(Uint8Array.fromHex(data))
    }
  }

  generate(draw: Draw): OptionValue[] {
    return Array.from({ length: draw(4) }, () => ({
      code: draw(4) === 0 ? draw(65536) : draw(20),
      data: Uint8Array.from({ length: draw(20) }, () => draw(256)).toHex(),
    }))
  }
}

export const ednsOptions: Field<OptionValue[]> = new Options('EDNS options')
