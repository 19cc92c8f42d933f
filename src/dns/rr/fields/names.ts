/**
 * Names within RDATA. Three kinds, by what a sender and a validator may do to them:
 * `compressibleName` (types of RFC 1035): compressed on the wire, lowered in canonical form;
 * `legacyName` (types of RFC 3597 §4 and RFC 4034 §6.2): accepted compressed, sent uncompressed, lowered in canonical form;
 * `plainName` (all later types): never compressed, canonical as it stands.
 */
import { compressedNameEnd, expandName, MAX_NAME, Name, nameEnd, nameText, skipName } from '../../name/index.ts'
import type { OctetWriter } from '../../octets.ts'
import type { TextWriter, Tokens } from '../../presentation/index.ts'
import { arrayValue, type Draw, Field, type MessageTarget, type RdataCursor, stringValue } from '../field.ts'

class NameField extends Field<string> {
  parse(tokens: Tokens, out: OctetWriter): void {
    tokens.name(out, this.kind)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    out.name(cursor.octets, cursor.at)
    cursor.at = skipName(cursor.octets, cursor.at)
  }

  check(cursor: RdataCursor): boolean {
    const end = nameEnd(cursor.octets, cursor.at, cursor.end)
    if (end < 0) return false
    cursor.at = end
    return true
  }

  decode(cursor: RdataCursor): string {
    const text = nameText(cursor.octets, cursor.at)
    cursor.at = skipName(cursor.octets, cursor.at)
    return text
  }

  encode(value: unknown, out: OctetWriter): void {
    out.bytes(Name.parse(stringValue(this.kind, value)).octets)
  }

  generate(draw: Draw): string {
    return generateName(draw)
  }
}

class LoweredName extends NameField {
  override expand(cursor: RdataCursor, out: OctetWriter): boolean {
    const after = compressedNameEnd(cursor.octets, cursor.at, cursor.end)
    if (after < 0) return false
    out.ensure(MAX_NAME)
    const end = expandName(cursor.octets, cursor.at, cursor.end, out.octets, out.length)
    if (end < 0) return false
    out.length = end
    cursor.at = after
    return true
  }

  override get lowersNames(): boolean {
    return true
  }
}

class CompressibleName extends LoweredName {
  override compress(cursor: RdataCursor, target: MessageTarget): void {
    const { out, names } = target
    out.ensure(MAX_NAME)
    out.length = names.write(cursor.octets, cursor.at, out.octets, out.length)
    cursor.at = skipName(cursor.octets, cursor.at)
  }

  override get compressesNames(): boolean {
    return true
  }
}

export const plainName = (what = 'a domain name'): Field<string> => new NameField(what)
export const legacyName = (what = 'a domain name'): Field<string> => new LoweredName(what)
export const compressibleName = (what = 'a domain name'): Field<string> => new CompressibleName(what)

/** Names to the end of the RDATA, perhaps none, never compressed (the rendezvous servers of HIP). */
class NamesRest extends Field<string[]> {
  readonly #one: Field<string>

  constructor(kind: string) {
    super(kind)
    this.#one = new NameField(kind)
  }

  parse(tokens: Tokens, out: OctetWriter): void {
    while (tokens.left > 0) tokens.name(out, this.kind)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    for (let first = true; cursor.at < cursor.end; first = false) {
      if (!first) out.space()
      this.#one.print(cursor, out)
    }
  }

  check(cursor: RdataCursor): boolean {
    while (cursor.at < cursor.end) if (!this.#one.check(cursor)) return false
    return cursor.at === cursor.end
  }

  decode(cursor: RdataCursor): string[] {
    const names: string[] = []
    while (cursor.at < cursor.end) names.push(this.#one.decode(cursor))
    return names
  }

  encode(value: unknown, out: OctetWriter): void {
    for (const name of arrayValue(this.kind, value)) this.#one.encode(name, out, 0)
  }

  generate(draw: Draw): string[] {
    return Array.from({ length: draw(4) }, () => generateName(draw))
  }
}

export const plainNames = (what: string): Field<string[]> => new NamesRest(what)

/** A random name in presentation format, odd octets included. */
export function generateName(draw: Draw): string {
  let name = Name.root
  for (let labels = draw(5); labels > 0; labels--) {
    const label = Uint8Array.from({ length: 1 + draw(draw(8) === 0 ? 63 : 12) }, () =>
      draw(4) === 0 ? draw(256) : 0x61 + draw(26),
    )
    if (label.length + 1 + name.octets.length <= MAX_NAME) name = name.child(label)
  }
  return name.toString()
}
