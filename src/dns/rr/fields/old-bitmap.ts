/** The type bitmap of NXT (RFC 2535 §5.2): a bit for each type below 128, in up to 16 octets; bit 0 says of another format. */
import type { OctetWriter } from '../../octets.ts'
import type { TextWriter, Tokens } from '../../presentation/index.ts'
import { arrayValue, type Draw, Field, type RdataCursor, stringValue, unfit } from '../field.ts'
import { typeMnemonic, typeNumber, typeOfToken } from '../registry.ts'

class OldTypeBitmap extends Field<string[]> {
  parse(tokens: Tokens, out: OctetWriter): void {
    const types: number[] = []
    while (tokens.left > 0) {
      const token = tokens.cursor++
      let type = typeOfToken(tokens, token)
      if (type < 0) type = tokens.decimal(token, 127)
      if (type < 1 || type > 127) tokens.fail(`expected a record type from 1 to 127, found '${tokens.show(token)}'`)
      types.push(type)
    }
    writeBits(types, out)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    out.ascii(this.decode(cursor).join(' '))
  }

  check(cursor: RdataCursor): boolean {
    const length = cursor.end - cursor.at
    if (length > 16) return false
    if (length > 0 && (cursor.octets[cursor.at]! >= 128 || cursor.octets[cursor.end - 1] === 0)) return false
    cursor.at = cursor.end
    return true
  }

  decode(cursor: RdataCursor): string[] {
    const types: string[] = []
    for (let base = 0; cursor.at < cursor.end; base += 8) {
      const octet = cursor.octets[cursor.at++]!
      for (let bit = 0; bit < 8; bit++) if ((octet & (0x80 >> bit)) !== 0) types.push(typeMnemonic(base + bit))
    }
    return types
  }

  encode(value: unknown, out: OctetWriter): void {
    const types = arrayValue(this.kind, value).map((type) => typeNumber(stringValue(this.kind, type)))
    if (types.some((type) => type < 1 || type > 127)) unfit(this.kind, value)
    writeBits(types, out)
  }

  generate(draw: Draw): string[] {
    const types = Array.from({ length: draw(6) }, () => 1 + draw(127))
    return [...new Set(types)].sort((a, b) => a - b).map(typeMnemonic)
  }
}

function writeBits(types: readonly number[], out: OctetWriter): void {
  const bits = new Uint8Array(types.length === 0 ? 0 : (Math.max(...types) >> 3) + 1)
  for (const type of types) bits[type >> 3] = bits[type >> 3]! | (0x80 >> (type & 7))
  out.bytes(bits)
}

export const oldTypeBitmap: Field<string[]> = new OldTypeBitmap('record types below 128')
