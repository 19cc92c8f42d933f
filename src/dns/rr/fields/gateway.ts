/**
 * The gateway of IPSECKEY (RFC 4025 §2.5) and the relay of AMTRELAY (RFC 8777 §4.2.4): nothing, an address or a name, as a type
 * octet before it says. JSON has the text; of a type that is not assigned, hexadecimal.
 */
import { nameEnd } from '../../name/index.ts'
import type { OctetWriter } from '../../octets.ts'
import type { TextWriter, Tokens } from '../../presentation/index.ts'
import { type Draw, Field, type RdataCursor, stringValue, unfit, wholeNumber } from '../field.ts'
import { ipv4, ipv6 } from './addresses.ts'
import { plainName } from './names.ts'
import { opaque } from './optional.ts'

/** Types 1, 2 and 3. Type 0 is no gateway; what is above 3 is not assigned. */
const KINDS: readonly (Field<string> | undefined)[] = [undefined, ipv4, ipv6, plainName('a name')]

class Gateway extends Field<string> {
  /** Where the type octet stands within the RDATA, and which of its bits are the type. */
  readonly #typeAt: number
  readonly #mask: number

  constructor(kind: string, typeAt: number, mask: number) {
    super(kind)
    this.#typeAt = typeAt
    this.#mask = mask
  }

  #type(octets: Uint8Array, start: number): number {
    return octets[start + this.#typeAt]! & this.#mask
  }

  parse(tokens: Tokens, out: OctetWriter, rdataStart: number): void {
    const type = this.#type(out.octets, rdataStart)
    if (type > 3) tokens.fail(`type ${type} of ${this.kind} has no text form: write \\# LENGTH HEX (RFC 3597)`)
    const field = KINDS[type]
    if (field !== undefined) field.parse(tokens, out, rdataStart)
    else if (!tokens.is(tokens.next(this.kind), '.')) tokens.fail(`expected '.', since type 0 means none`)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    const field = KINDS[this.#type(cursor.octets, cursor.start)]
    if (field === undefined) out.octet(0x2e)
    else field.print(cursor, out)
  }

  check(cursor: RdataCursor): boolean {
    const type = this.#type(cursor.octets, cursor.start)
    if (type === 3) {
      const end = nameEnd(cursor.octets, cursor.at, cursor.end)
      if (end >= 0) cursor.at = end
      return end >= 0
    }
    cursor.at = type === 0 ? cursor.at : type > 3 ? cursor.end : cursor.at + (type === 1 ? 4 : 16)
    return cursor.at <= cursor.end
  }

  decode(cursor: RdataCursor): string {
    const type = this.#type(cursor.octets, cursor.start)
    if (type === 0) return '.'
    return (KINDS[type] ?? opaque).decode(cursor)
  }

  encode(value: unknown, out: OctetWriter, rdataStart: number): void {
    const type = this.#type(out.octets, rdataStart)
    const text = stringValue(this.kind, value)
    if (type > 0) (KINDS[type] ?? opaque).encode(text, out, rdataStart)
    else if (text !== '.') unfit(this.kind, value)
  }

  generate(draw: Draw, before: Uint8Array): string {
    const type = this.#type(before, 0)
    return type === 0 ? '.' : (KINDS[type] ?? opaque).generate(draw, before)
  }
}

/** The gateway whose type is the octet at offset `typeAt` of the RDATA; `mask`: the bits of the type in it. */
export const gateway = (what: string, typeAt: number, mask = 0xff): Field<string> => new Gateway(what, typeAt, mask)

/** The octet of AMTRELAY that holds D (discovery optional) and the relay's type, written as two numbers. */
class RelayType extends Field<{ discoveryOptional: boolean; type: number }> {
  parse(tokens: Tokens, out: OctetWriter): void {
    const discovery = tokens.number(1, 'whether discovery is optional')
    out.u8((discovery << 7) | tokens.number(127, 'the type of the relay'))
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    const octet = cursor.octets[cursor.at++]!
    out.decimal(octet >> 7)
    out.space()
    out.decimal(octet & 127)
  }

  check(cursor: RdataCursor): boolean {
    return ++cursor.at <= cursor.end
  }

  decode(cursor: RdataCursor): { discoveryOptional: boolean; type: number } {
    const octet = cursor.octets[cursor.at++]!
    return { discoveryOptional: octet >= 128, type: octet & 127 }
  }

  encode(value: unknown, out: OctetWriter): void {
    if (typeof value !== 'object' || value === null || !('discoveryOptional' in value) || !('type' in value)) {
      unfit(this.kind, value)
    }
    if (typeof value.discoveryOptional !== 'boolean') unfit(this.kind, value)
    out.u8((value.discoveryOptional ? 128 : 0) | wholeNumber(this.kind, value.type, 127))
  }

  generate(draw: Draw): { discoveryOptional: boolean; type: number } {
    return { discoveryOptional: draw(2) === 1, type: draw(8) === 0 ? draw(128) : draw(4) }
  }
}

export const relayType: Field<{ discoveryOptional: boolean; type: number }> = new RelayType(
  'whether discovery is optional, and the type of the relay',
)
