/**
 * The parts of A6 (RFC 2874 §3.1) behind its prefix length: the low bits of an address, in as few octets as hold them, and
 * the name where the high bits are found. A length of 0 leaves no name, one of 128 no address.
 */
import type { OctetWriter } from '../../octets.ts'
import type { TextWriter, Tokens } from '../../presentation/index.ts'
import { type Draw, Field, type MessageTarget, type RdataCursor, stringValue, unfit } from '../field.ts'
import { addressOctets, addressText, parseIpv6, printIpv6 } from './addresses.ts'
import { legacyName } from './names.ts'

function suffixOctets(prefixLength: number): number {
  return 16 - Math.floor(prefixLength / 8)
}

/** Bits of the first octet of the suffix that belong to it. */
function firstMask(prefixLength: number): number {
  return 0xff >> (prefixLength % 8)
}

const scratch = new Uint8Array(16)

class AddressSuffix extends Field<string> {
  parse(tokens: Tokens, out: OctetWriter, rdataStart: number): void {
    const length = out.octets[rdataStart]!
    if (length === 128) return
    const token = tokens.next(this.kind)
    if (!parseIpv6(tokens.text, tokens.starts[token]!, tokens.ends[token]!, scratch, 0)) {
      tokens.fail(`expected ${this.kind}, found '${tokens.show(token)}'`)
    }
    this.#write(scratch, length, out)
  }

  #write(address: Uint8Array, length: number, out: OctetWriter): void {
    const from = 16 - suffixOctets(length)
    out.u8(address[from]! & firstMask(length))
    out.bytes(address, from + 1, 16)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    if (cursor.octets[cursor.start] !== 128) printIpv6(this.#address(cursor), 0, out)
  }

  #address(cursor: RdataCursor): Uint8Array {
    const size = suffixOctets(cursor.octets[cursor.start]!)
    scratch.fill(0)
    scratch.set(cursor.octets.subarray(cursor.at, cursor.at + size), 16 - size)
    cursor.at += size
    return scratch
  }

  check(cursor: RdataCursor): boolean {
    const length = cursor.octets[cursor.start]!
    if (length === 128) return true
    const from = cursor.at
    cursor.at += suffixOctets(length)
    return cursor.at <= cursor.end && (cursor.octets[from]! & ~firstMask(length)) === 0
  }

  decode(cursor: RdataCursor): string {
    return cursor.octets[cursor.start] === 128 ? '::' : addressText(this.#address(cursor), 0, 16)
  }

  encode(value: unknown, out: OctetWriter, rdataStart: number): void {
    const length = out.octets[rdataStart]!
    const address = addressOctets(stringValue(this.kind, value))
    if (address?.length !== 16) unfit(this.kind, value)
    if (length < 128) this.#write(address, length, out)
  }

  generate(draw: Draw): string {
    return addressText(
      Uint8Array.from({ length: 16 }, () => draw(256)),
      0,
      16,
    )
  }
}

export const addressSuffix: Field<string> = new AddressSuffix('the low bits of an IPv6 address')

const name = legacyName('the name of the prefix')

/** JSON has null where there is no name. */
class PrefixName extends Field<string | null> {
  override get lowersNames(): boolean {
    return true
  }

  parse(tokens: Tokens, out: OctetWriter, rdataStart: number): void {
    if (out.octets[rdataStart] !== 0) name.parse(tokens, out, rdataStart)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    if (cursor.octets[cursor.start] !== 0) name.print(cursor, out)
  }

  check(cursor: RdataCursor): boolean {
    return cursor.octets[cursor.start] === 0 || name.check(cursor)
  }

  override expand(cursor: RdataCursor, out: OctetWriter): boolean {
    return cursor.octets[cursor.start] === 0 || name.expand(cursor, out)
  }

  override compress(cursor: RdataCursor, target: MessageTarget): void {
    if (cursor.octets[cursor.start] !== 0) name.compress(cursor, target)
  }

  decode(cursor: RdataCursor): string | null {
    return cursor.octets[cursor.start] === 0 ? null : name.decode(cursor)
  }

  encode(value: unknown, out: OctetWriter, rdataStart: number): void {
    if (out.octets[rdataStart] !== 0) name.encode(value, out, rdataStart)
    else if (value !== null) unfit(this.kind, value)
  }

  generate(draw: Draw, before: Uint8Array): string | null {
    return before[0] === 0 ? null : name.generate(draw, before)
  }
}

export const prefixName: Field<string | null> = new PrefixName(name.kind)
