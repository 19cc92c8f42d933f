/** Fields that speak of record types: one type (RRSIG's type covered), or the set of them at a name (NSEC, NSEC3, CSYNC). */
import { type OctetWriter, readU16 } from '../../octets.ts'
import type { TextWriter, Tokens } from '../../presentation/index.ts'
import { arrayValue, type Draw, Field, type RdataCursor, stringValue, unfit } from '../field.ts'
import { typeMnemonic, typeNumber, typeOfToken } from '../registry.ts'

class TypeField extends Field<string> {
  parse(tokens: Tokens, out: OctetWriter): void {
    const token = tokens.next(this.kind)
    let number = typeOfToken(tokens, token)
    if (number < 0) number = tokens.decimal(token, 65535)
    if (number < 0) tokens.fail(`expected ${this.kind}, found '${tokens.show(token)}'`)
    out.u16(number)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    out.ascii(typeMnemonic(readU16(cursor.octets, cursor.at)))
    cursor.at += 2
  }

  check(cursor: RdataCursor): boolean {
    cursor.at += 2
    return cursor.at <= cursor.end
  }

  decode(cursor: RdataCursor): string {
    cursor.at += 2
    return typeMnemonic(readU16(cursor.octets, cursor.at - 2))
  }

  encode(value: unknown, out: OctetWriter): void {
    const number = typeNumber(stringValue(this.kind, value))
    if (number < 0) unfit(this.kind, value)
    out.u16(number)
  }

  generate(draw: Draw): string {
    return typeMnemonic(draw(65536))
  }
}

export const typeCovered: Field<string> = new TypeField('a record type')

/** A bit for each type, all zero between calls. */
const bits = new Uint8Array(8192)

/** Writes the type bitmap (RFC 4034 §4.1.2) of a list of types, in any order. */
export function writeTypeBitmap(types: readonly number[], out: OctetWriter): void {
  let highest = -1
  for (let i = 0; i < types.length; i++) {
    const type = types[i]!
    bits[type >> 3] = bits[type >> 3]! | (0x80 >> (type & 7))
    if (type > highest) highest = type
  }
  const lastOctet = highest >> 3
  for (let base = 0; base <= lastOctet; base += 32) {
    let last = Math.min(lastOctet, base + 31)
    while (last >= base && bits[last] === 0) last--
    if (last < base) continue
    out.ensure(2 + 32)
    out.octets[out.length++] = base >> 5
    out.octets[out.length++] = last - base + 1
    for (let i = base; i <= last; i++) {
      out.octets[out.length++] = bits[i]!
      bits[i] = 0
    }
  }
}

/** Calls back for each type of the well-formed bitmap in `octets[at, end)`, in ascending order. */
export function forEachTypeInBitmap(octets: Uint8Array, at: number, end: number, found: (type: number) => void): void {
  while (at < end) {
    const window = octets[at]! << 8
    const length = octets[at + 1]!
    for (let i = 0; i < length; i++) {
      const bits = octets[at + 2 + i]!
      for (let bit = 0; bit < 8; bit++) if ((bits & (0x80 >> bit)) !== 0) found(window | (i << 3) | bit)
    }
    at += 2 + length
  }
}

/** Whether the well-formed bitmap has this type. */
export function bitmapHas(octets: Uint8Array, at: number, end: number, type: number): boolean {
  const window = type >> 8
  const octet = (type & 255) >> 3
  while (at < end && octets[at]! < window) at += 2 + octets[at + 1]!
  if (at >= end || octets[at] !== window || octet >= octets[at + 1]!) return false
  return (octets[at + 2 + octet]! & (0x80 >> (type & 7))) !== 0
}

class TypeBitmap extends Field<string[]> {
  parse(tokens: Tokens, out: OctetWriter): void {
    const types: number[] = []
    while (tokens.left > 0) {
      const token = tokens.cursor++
      const number = typeOfToken(tokens, token)
      if (number < 0) tokens.fail(`expected a record type, found '${tokens.show(token)}'`)
      types.push(number)
    }
    writeTypeBitmap(types, out)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    let first = true
    forEachTypeInBitmap(cursor.octets, cursor.at, cursor.end, (type) => {
      if (!first) out.space()
      first = false
      out.ascii(typeMnemonic(type))
    })
    cursor.at = cursor.end
  }

  check(cursor: RdataCursor): boolean {
    const { octets, end } = cursor
    let window = -1
    while (cursor.at < end) {
      if (cursor.at + 2 > end) return false
      const length = octets[cursor.at + 1]!
      // RFC 4034 §4.1.2: windows ascend, are not empty, and end with a non-zero octet.
      if (octets[cursor.at]! <= window || length < 1 || length > 32) return false
      window = octets[cursor.at]!
      cursor.at += 2 + length
      if (cursor.at > end || octets[cursor.at - 1] === 0) return false
    }
    return true
  }

  decode(cursor: RdataCursor): string[] {
    const types: string[] = []
    forEachTypeInBitmap(cursor.octets, cursor.at, cursor.end, (type) => types.push(typeMnemonic(type)))
    cursor.at = cursor.end
    return types
  }

  encode(value: unknown, out: OctetWriter): void {
    const numbers = arrayValue(this.kind, value).map((type) => typeNumber(stringValue(this.kind, type)))
    if (numbers.some((number) => number < 0)) unfit(this.kind, value)
    writeTypeBitmap(numbers, out)
  }

  generate(draw: Draw): string[] {
    const types = Array.from({ length: draw(8) }, () => (draw(4) === 0 ? draw(65536) : draw(64)))
    return [...new Set(types)].sort((a, b) => a - b).map(typeMnemonic)
  }
}

export const typeBitmap: Field<string[]> = new TypeBitmap('record types')
