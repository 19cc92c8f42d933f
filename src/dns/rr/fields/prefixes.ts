/** The address prefixes of APL (RFC 3123): family, prefix length, negation, and the address without its trailing zero octets. */
import { type OctetWriter, readU16 } from '../../octets.ts'
import type { TextWriter, Tokens } from '../../presentation/index.ts'
import { arrayValue, type Draw, Field, type RdataCursor, stringValue, unfit } from '../field.ts'
import { addressOctets, addressText } from './addresses.ts'

/** Octets of an address of the family (RFC 3123 §4.1, §4.2), or 0 for a family that no text form is defined for. */
function familySize(family: number): 0 | 4 | 16 {
  return family === 1 ? 4 : family === 2 ? 16 : 0
}

/** The wire form of `[!]family:address/length`, or why it is none. */
function prefixOctets(text: string): Uint8Array | string {
  const match = /^(!?)([0-9]{1,5}):([^/]+)\/([0-9]{1,3})$/.exec(text)
  if (match === null) return 'expected a prefix such as 1:192.0.2.0/24 or !2:2001:db8::/32'
  const [, negation, familyText, addressPart = '', lengthText] = match
  const family = Number(familyText)
  const size = familySize(family)
  if (size === 0) return `family ${family} has no text form: 1 (IPv4) and 2 (IPv6) have`
  const length = Number(lengthText)
  const address = addressOctets(addressPart)
  if (address?.length !== size) return `'${addressPart}' is no address of family ${family}`
  if (length > size * 8) return `a prefix of family ${family} has at most ${size * 8} bits`
  let used: number = size
  while (used > 0 && address[used - 1] === 0) used--
  return Uint8Array.of(0, family, length, (negation === '!' ? 0x80 : 0) | used, ...address.subarray(0, used))
}

/** Text of the item at the cursor, which moves behind it. */
function prefixText(cursor: RdataCursor): string {
  const { octets, at } = cursor
  const family = readU16(octets, at)
  const used = octets[at + 3]! & 0x7f
  cursor.at = at + 4 + used
  const negation = octets[at + 3]! >= 0x80 ? '!' : ''
  const size = familySize(family)
  const address = new Uint8Array(16)
  if (size > 0) address.set(octets.subarray(at + 4, at + 4 + used))
  // Of other families JSON has the octets as they stand; there is no text form.
  const text = size === 0 ? `0x${octets.slice(at + 4, at + 4 + used).toHex()}` : addressText(address, 0, size)
  return `${negation}${family}:${text}/${octets[at + 2]}`
}

class Prefixes extends Field<string[]> {
  parse(tokens: Tokens, out: OctetWriter): void {
    while (tokens.left > 0) {
      const token = tokens.cursor++
      const octets = prefixOctets(tokens.string(token))
      if (typeof octets === 'string') tokens.fail(`${octets}, found '${tokens.show(token)}'`)
      out.bytes(octets)
    }
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    out.ascii(this.decode(cursor).join(' '))
  }

  check(cursor: RdataCursor): boolean {
    const { octets, end } = cursor
    while (cursor.at < end) {
      if (cursor.at + 4 > end) return false
      const size = familySize(readU16(octets, cursor.at))
      const used = octets[cursor.at + 3]! & 0x7f
      const after = cursor.at + 4 + used
      if (after > end) return false
      // RFC 3123 §4: trailing zero octets are not sent.
      if (used > 0 && octets[after - 1] === 0) return false
      if (size > 0 && (used > size || octets[cursor.at + 2]! > size * 8)) return false
      cursor.at = after
    }
    return true
  }

  decode(cursor: RdataCursor): string[] {
    const prefixes: string[] = []
    while (cursor.at < cursor.end) prefixes.push(prefixText(cursor))
    return prefixes
  }

  encode(value: unknown, out: OctetWriter): void {
    for (const item of arrayValue(this.kind, value)) {
      const octets = prefixOctets(stringValue(this.kind, item))
      if (typeof octets === 'string') unfit(this.kind, item)
      out.bytes(octets)
    }
  }

  generate(draw: Draw): string[] {
    return Array.from({ length: draw(4) }, () => {
      const size = draw(2) === 0 ? 4 : 16
      const address = Uint8Array.from({ length: size }, () => (draw(2) === 0 ? 0 : draw(256)))
      return `${draw(2) === 0 ? '!' : ''}${size === 4 ? 1 : 2}:${addressText(address, 0, size)}/${draw(size * 8 + 1)}`
    })
  }
}

export const prefixes: Field<string[]> = new Prefixes('address prefixes')

/** Whether an item of the well-formed list is of a family without a text form. */
export function hasUnknownFamily(octets: Uint8Array, at: number, end: number): boolean {
  while (at < end) {
    if (familySize(readU16(octets, at)) === 0) return true
    at += 4 + (octets[at + 3]! & 0x7f)
  }
  return false
}
