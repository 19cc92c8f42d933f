/** Character strings (RFC 1035 §3.3): a length octet and up to 255 octets. JSON has them as strings of one character an octet. */
import type { OctetWriter } from '../../octets.ts'
import type { TextWriter, Tokens } from '../../presentation/index.ts'
import { arrayValue, type Draw, Field, type RdataCursor, stringValue, unfit } from '../field.ts'

/** The octets as a string, one character (U+0000 to U+00FF) an octet. */
export function latin1(octets: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let i = from; i < to; i++) text += String.fromCharCode(octets[i]!)
  return text
}

/** The octets of a string whose characters all are below U+0100. */
export function latin1Octets(kind: string, value: unknown, max: number): Uint8Array {
  const text = stringValue(kind, value)
  if (text.length > max) unfit(kind, value)
  return Uint8Array.from(text, (character) => {
    const code = character.charCodeAt(0)
    return character.length === 1 && code < 256 ? code : unfit(kind, value)
  })
}

export function generateString(draw: Draw, max = 255): string {
  const length = draw(6) === 0 ? draw(max + 1) : draw(Math.min(max, 20) + 1)
  let text = ''
  for (let i = 0; i < length; i++) text += String.fromCharCode(draw(3) === 0 ? draw(256) : 0x20 + draw(95))
  return text
}

function checkString(cursor: RdataCursor): boolean {
  if (cursor.at >= cursor.end) return false
  cursor.at += 1 + cursor.octets[cursor.at]!
  return cursor.at <= cursor.end
}

function printString(cursor: RdataCursor, out: TextWriter): void {
  const from = cursor.at + 1
  cursor.at = from + cursor.octets[cursor.at]!
  out.quoted(cursor.octets, from, cursor.at)
}

function decodeString(cursor: RdataCursor): string {
  const from = cursor.at + 1
  cursor.at = from + cursor.octets[cursor.at]!
  return latin1(cursor.octets, from, cursor.at)
}

function encodeString(kind: string, value: unknown, out: OctetWriter): void {
  const octets = latin1Octets(kind, value, 255)
  out.u8(octets.length)
  out.bytes(octets)
}

/** Whether the octets have the form that a field asks for. */
export type StringSyntax = (octets: Uint8Array, from: number, to: number) => boolean

class StringField extends Field<string> {
  readonly #syntax: StringSyntax | undefined
  readonly #generate: ((draw: Draw) => string) | undefined

  constructor(kind: string, syntax?: StringSyntax, generate?: (draw: Draw) => string) {
    super(kind)
    this.#syntax = syntax
    this.#generate = generate
  }

  parse(tokens: Tokens, out: OctetWriter): void {
    const from = out.length + 1
    tokens.characterString(out, this.kind)
    if (this.#syntax?.(out.octets, from, out.length) === false) {
      tokens.fail(`expected ${this.kind}, found '${tokens.show(tokens.cursor - 1)}'`)
    }
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    printString(cursor, out)
  }

  check(cursor: RdataCursor): boolean {
    const from = cursor.at + 1
    return checkString(cursor) && this.#syntax?.(cursor.octets, from, cursor.at) !== false
  }

  decode(cursor: RdataCursor): string {
    return decodeString(cursor)
  }

  encode(value: unknown, out: OctetWriter): void {
    const from = out.length + 1
    encodeString(this.kind, value, out)
    if (this.#syntax?.(out.octets, from, out.length) === false) unfit(this.kind, value)
  }

  generate(draw: Draw): string {
    return this.#generate === undefined ? generateString(draw) : this.#generate(draw)
  }
}

/** One character string of a certain form, with a generator of such strings. */
export const stringOfForm = (what: string, syntax: StringSyntax, generate: (draw: Draw) => string): Field<string> =>
  new StringField(what, syntax, generate)

/** One character string. */
export const characterString = (what = 'a character string'): Field<string> => new StringField(what)

/** All strings to the end of the RDATA, at least `least`. */
class StringsField extends Field<string[]> {
  readonly #least: number

  constructor(kind: string, least: number) {
    super(kind)
    this.#least = least
  }

  parse(tokens: Tokens, out: OctetWriter): void {
    for (let n = 0; n < this.#least || tokens.left > 0; n++) tokens.characterString(out, this.kind)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    for (let first = true; cursor.at < cursor.end; first = false) {
      if (!first) out.space()
      printString(cursor, out)
    }
  }

  check(cursor: RdataCursor): boolean {
    let n = 0
    for (; cursor.at < cursor.end; n++) if (!checkString(cursor)) return false
    return n >= this.#least
  }

  decode(cursor: RdataCursor): string[] {
    const strings: string[] = []
    while (cursor.at < cursor.end) strings.push(decodeString(cursor))
    return strings
  }

  encode(value: unknown, out: OctetWriter): void {
    const strings = arrayValue(this.kind, value)
    if (strings.length < this.#least) unfit(this.kind, value)
    for (const string of strings) encodeString(this.kind, string, out)
  }

  generate(draw: Draw): string[] {
    return Array.from({ length: this.#least + draw(3) }, () => generateString(draw))
  }
}

export const characterStrings = (what = 'character strings', least = 1): Field<string[]> =>
  new StringsField(what, least)

/** A string without a length octet that takes the rest of the RDATA, written between quotes (URI, CAA). */
class TextRest extends Field<string> {
  readonly #least: number

  constructor(kind: string, least: number) {
    super(kind)
    this.#least = least
  }

  parse(tokens: Tokens, out: OctetWriter): void {
    const length = tokens.octetsOf(tokens.next(this.kind), out, 65535, this.kind)
    if (length < this.#least) tokens.fail(`${this.kind} is empty`)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    out.quoted(cursor.octets, cursor.at, cursor.end)
    cursor.at = cursor.end
  }

  check(cursor: RdataCursor): boolean {
    const length = cursor.end - cursor.at
    cursor.at = cursor.end
    return length >= this.#least
  }

  decode(cursor: RdataCursor): string {
    const text = latin1(cursor.octets, cursor.at, cursor.end)
    cursor.at = cursor.end
    return text
  }

  encode(value: unknown, out: OctetWriter): void {
    const octets = latin1Octets(this.kind, value, 65535)
    if (octets.length < this.#least) unfit(this.kind, value)
    out.bytes(octets)
  }

  generate(draw: Draw): string {
    return generateString(draw, 400) || '-'
  }
}

/** A text to the end of the RDATA, at least `least` octets. */
export const textRest = (what: string, least = 0): Field<string> => new TextRest(what, least)
