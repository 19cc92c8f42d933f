/** The address of ATMA (ATM Name System, af-dans-0152): an end system address in hexadecimal, or a telephone number after `+`. */
import type { OctetWriter } from '../../octets.ts'
import { type TextWriter, type Tokens, writeHex } from '../../presentation/index.ts'
import type { Draw, Field, RdataCursor } from '../field.ts'
import { printGeneric } from '../record-type.ts'
import { readDottedHex } from './optional.ts'
import { TextValueField } from './text-value.ts'

const END_SYSTEM = 0
const TELEPHONE = 1

class AtmAddress extends TextValueField {
  parse(tokens: Tokens, out: OctetWriter): void {
    const token = tokens.next(this.kind)
    if (tokens.text[tokens.starts[token]!] !== 0x2b) {
      out.u8(END_SYSTEM)
      readDottedHex(tokens, token, tokens.starts[token]!, out, this.kind)
      return
    }
    const digits = tokens.string(token).slice(1)
    if (!/^[0-9]+$/.test(digits)) tokens.fail(`expected ${this.kind} (+ and digits), found '${tokens.show(token)}'`)
    out.u8(TELEPHONE)
    out.bytes(Uint8Array.from(digits, (digit) => digit.charCodeAt(0)))
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    const { octets, at, end } = cursor
    cursor.at = end
    if (octets[at] === END_SYSTEM) writeHex(octets, at + 1, end, out)
    else if (octets[at] === TELEPHONE) {
      out.octet(0x2b)
      out.bytes(octets, at + 1, end)
    } else printGeneric(octets, at, end, out)
  }

  check(cursor: RdataCursor): boolean {
    const { octets, at, end } = cursor
    cursor.at = end
    if (end - at < 2) return false
    if (octets[at] !== TELEPHONE) return true
    for (let i = at + 1; i < end; i++) if (octets[i]! < 0x30 || octets[i]! > 0x39) return false
    return true
  }

  generate(draw: Draw): string {
    if (draw(2) === 0) return `+${1 + draw(1_000_000_000)}`
    return Uint8Array.from({ length: 20 }, () => draw(256)).toHex()
  }
}

/** The whole RDATA of ATMA. JSON has it as text; of a format above 1, in the generic form. */
export const atmAddress: Field<string> = new AtmAddress('an ATM address')
