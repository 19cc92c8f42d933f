/** Octets written as base64 or base16: to the end of the RDATA, or with a length octet before them. JSON has them as that text. */
import type { OctetWriter } from '../../octets.ts'
import {
  decodeBase32Hex,
  encodeBase32Hex,
  readBase64,
  readHex,
  readHexToken,
  type TextWriter,
  type Tokens,
  writeBase64,
  writeHex,
} from '../../presentation/index.ts'
import { checkCounted, type Draw, Field, type RdataCursor, stringValue, takeCounted, unfit } from '../field.ts'

function generateOctets(draw: Draw, least: number, most: number): Uint8Array {
  return Uint8Array.from({ length: least + draw(most - least + 1) }, () => draw(256))
}

function decodeText(kind: string, value: unknown, form: 'hex' | 'base64'): Uint8Array {
  const text = stringValue(kind, value)
  const octets = form === 'hex' ? Uint8Array.fromHex(text) : Uint8Array.fromBase64(text)
  return octets
}

function octetsOfText(kind: string, value: unknown, form: 'hex' | 'base64'): Uint8Array {
  try {
    return decodeText(kind, value, form)
  } catch {
    return unfit(kind, value)
  }
}

class OctetsRest extends Field<string> {
  readonly #form: 'hex' | 'base64'
  readonly #least: number

  constructor(kind: string, form: 'hex' | 'base64', least: number) {
    super(kind)
    this.#form = form
    this.#least = least
  }

  parse(tokens: Tokens, out: OctetWriter): void {
    const from = out.length
    if (this.#form === 'base64' && (this.#least > 0 || tokens.left > 0)) readBase64(tokens, out, this.kind)
    else if (this.#form === 'hex') readHex(tokens, out, this.kind)
    if (out.length - from < this.#least) tokens.fail(`expected ${this.kind}, at least ${this.#least} octets`)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    if (this.#form === 'base64') writeBase64(cursor.octets, cursor.at, cursor.end, out)
    else writeHex(cursor.octets, cursor.at, cursor.end, out)
    cursor.at = cursor.end
  }

  check(cursor: RdataCursor): boolean {
    const length = cursor.end - cursor.at
    cursor.at = cursor.end
    return length >= this.#least
  }

  decode(cursor: RdataCursor): string {
    const octets = cursor.octets.slice(cursor.at, cursor.end)
    cursor.at = cursor.end
    return this.#form === 'hex' ? octets.toHex() : octets.toBase64()
  }

  encode(value: unknown, out: OctetWriter): void {
    const octets = octetsOfText(this.kind, value, this.#form)
    if (octets.length < this.#least) unfit(this.kind, value)
    out.bytes(octets)
  }

  generate(draw: Draw): string {
    // Often a length that digests have, so that rules over them are met.
    const length = [20, 32, 48][draw(6)] ?? this.#least + draw(80)
    const octets = generateOctets(draw, Math.max(length, this.#least), Math.max(length, this.#least))
    return this.#form === 'hex' ? octets.toHex() : octets.toBase64()
  }
}

/** Base64 (or hex) to the end of the RDATA, at least `least` octets. */
export const base64Rest = (what: string, least = 0): Field<string> => new OctetsRest(what, 'base64', least)
export const hexRest = (what: string, least = 0): Field<string> => new OctetsRest(what, 'hex', least)

/** A length octet, then octets written in hex as one word; none at all is written `-` (the salt of NSEC3). */
class CountedHex extends Field<string> {
  parse(tokens: Tokens, out: OctetWriter): void {
    const token = tokens.next(this.kind)
    out.u8(0)
    if (tokens.is(token, '-')) return
    const lengthAt = out.length - 1
    const length = readHexToken(tokens, token, out, this.kind)
    if (length > 255) tokens.fail(`${this.kind} is longer than 255 octets`)
    out.octets[lengthAt] = length
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    const from = takeCounted(cursor)
    if (cursor.at === from) out.octet(0x2d)
    else writeHex(cursor.octets, from, cursor.at, out)
  }

  check(cursor: RdataCursor): boolean {
    return checkCounted(cursor)
  }

  decode(cursor: RdataCursor): string {
    const from = takeCounted(cursor)
    return cursor.octets.slice(from, cursor.at).toHex()
  }

  encode(value: unknown, out: OctetWriter): void {
    const octets = octetsOfText(this.kind, value, 'hex')
    if (octets.length > 255) unfit(this.kind, value)
    out.u8(octets.length)
    out.bytes(octets)
  }

  generate(draw: Draw): string {
    return generateOctets(draw, 0, 20).toHex()
  }
}

export const countedHex = (what: string): Field<string> => new CountedHex(what)

/** A length octet, then octets written in base32hex (the next hashed owner name of NSEC3, RFC 5155 §3.3). */
class CountedBase32Hex extends Field<string> {
  parse(tokens: Tokens, out: OctetWriter): void {
    const token = tokens.next(this.kind)
    const start = tokens.starts[token]!
    const end = tokens.ends[token]!
    out.ensure(1 + (end - start))
    const lengthAt = out.length++
    const after = decodeBase32Hex(tokens.text, start, end, out.octets, out.length)
    const length = after - out.length
    if (after < 0 || length === 0 || length > 255) tokens.fail(`expected ${this.kind}, found '${tokens.show(token)}'`)
    out.octets[lengthAt] = length
    out.length = after
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    const from = takeCounted(cursor)
    out.ensure((cursor.at - from) * 2)
    out.length = encodeBase32Hex(cursor.octets, from, cursor.at, out.octets, out.length)
  }

  check(cursor: RdataCursor): boolean {
    if (cursor.at >= cursor.end || cursor.octets[cursor.at] === 0) return false
    cursor.at += 1 + cursor.octets[cursor.at]!
    return cursor.at <= cursor.end
  }

  decode(cursor: RdataCursor): string {
    const from = takeCounted(cursor)
    const text = new Uint8Array((cursor.at - from) * 2)
    const end = encodeBase32Hex(cursor.octets, from, cursor.at, text, 0)
    return String.fromCharCode(...text.subarray(0, end))
  }

  encode(value: unknown, out: OctetWriter): void {
    const text = new TextEncoder().encode(stringValue(this.kind, value))
    const octets = new Uint8Array(text.length)
    const length = decodeBase32Hex(text, 0, text.length, octets, 0)
    if (length < 1 || length > 255) unfit(this.kind, value)
    out.u8(length)
    out.bytes(octets, 0, length)
  }

  generate(draw: Draw): string {
    const text = new Uint8Array(64)
    const end = encodeBase32Hex(generateOctets(draw, 20, 20), 0, 20, text, 0)
    return String.fromCharCode(...text.subarray(0, end))
  }
}

export const countedBase32Hex = (what: string): Field<string> => new CountedBase32Hex(what)
