/** Numbers that do not fit 32 bits, and the identifiers that are written as groups of hexadecimal digits. */
import { type OctetWriter, readU16, readU48 } from '../../octets.ts'
import type { TextWriter, Tokens } from '../../presentation/index.ts'
import { type Draw, Field, type RdataCursor, stringValue, unfit, wholeNumber } from '../field.ts'
import { TextValueField } from './text-value.ts'

const MAX_U48 = 2 ** 48 - 1

class U48 extends Field<number> {
  parse(tokens: Tokens, out: OctetWriter): void {
    out.u48(tokens.number(MAX_U48, this.kind))
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    out.decimal(this.decode(cursor))
  }

  check(cursor: RdataCursor): boolean {
    cursor.at += 6
    return cursor.at <= cursor.end
  }

  decode(cursor: RdataCursor): number {
    cursor.at += 6
    return readU48(cursor.octets, cursor.at - 6)
  }

  encode(value: unknown, out: OctetWriter): void {
    out.u48(wholeNumber(this.kind, value, MAX_U48))
  }

  generate(draw: Draw): number {
    return draw(0x10000) * 0x100000000 + draw(0x100000000)
  }
}

/** A number of 48 bits (the time of TSIG). */
export const u48 = (what: string): Field<number> => new U48(what)

class U64 extends Field<string> {
  parse(tokens: Tokens, out: OctetWriter): void {
    const token = tokens.next(this.kind)
    const text = tokens.string(token)
    if (!writeU64(text, out)) tokens.fail(`expected ${this.kind} (a number below 2^64), found '${tokens.show(token)}'`)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    out.ascii(this.decode(cursor))
  }

  check(cursor: RdataCursor): boolean {
    cursor.at += 8
    return cursor.at <= cursor.end
  }

  decode(cursor: RdataCursor): string {
    let value = 0n
    for (let i = 0; i < 8; i++) value = (value << 8n) | BigInt(cursor.octets[cursor.at++]!)
    return value.toString()
  }

  encode(value: unknown, out: OctetWriter): void {
    if (!writeU64(stringValue(this.kind, value), out)) unfit(this.kind, value)
  }

  generate(draw: Draw): string {
    return ((BigInt(draw(0x100000000)) << 32n) | BigInt(draw(0x100000000))).toString()
  }
}

function writeU64(text: string, out: OctetWriter): boolean {
  if (!/^[0-9]{1,20}$/.test(text)) return false
  const value = BigInt(text)
  if (value >= 1n << 64n) return false
  out.u32(Number(value >> 32n))
  out.u32(Number(value & 0xffffffffn))
  return true
}

/** A number of 64 bits; JSON has it as decimal text, since it may be beyond 2^53. */
export const u64 = (what: string): Field<string> => new U64(what)

/** Octets as hexadecimal groups of one size with a separator: `00-00-5e-00-53-2a`, `0014:4fff:ff20:ee64`. */
class HexGroups extends TextValueField {
  readonly #groups: number
  readonly #digits: 2 | 4
  readonly #separator: number

  constructor(kind: string, groups: number, digits: 2 | 4, separator: string) {
    super(kind)
    this.#groups = groups
    this.#digits = digits
    this.#separator = separator.charCodeAt(0)
  }

  parse(tokens: Tokens, out: OctetWriter): void {
    const token = tokens.next(this.kind)
    const groups = tokens.string(token).split(String.fromCharCode(this.#separator))
    // RFC 7043 §3.2 wants both digits of each octet; RFC 6742 §2.1.2 lets leading zeros of a group go.
    const form = this.#digits === 2 ? /^[0-9a-fA-F]{2}$/ : /^[0-9a-fA-F]{1,4}$/
    if (groups.length !== this.#groups || !groups.every((group) => form.test(group))) {
      tokens.fail(`expected ${this.kind}, found '${tokens.show(token)}'`)
    }
    for (const group of groups) {
      const value = Number.parseInt(group, 16)
      if (this.#digits === 2) out.u8(value)
      else out.u16(value)
    }
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    for (let i = 0; i < this.#groups; i++) {
      if (i > 0) out.octet(this.#separator)
      const value = this.#digits === 2 ? cursor.octets[cursor.at]! : readU16(cursor.octets, cursor.at)
      cursor.at += this.#digits / 2
      out.ascii(value.toString(16).padStart(this.#digits, '0'))
    }
  }

  check(cursor: RdataCursor): boolean {
    cursor.at += (this.#groups * this.#digits) / 2
    return cursor.at <= cursor.end
  }

  generate(draw: Draw): string {
    return Array.from({ length: this.#groups }, () =>
      draw(16 ** this.#digits)
        .toString(16)
        .padStart(this.#digits, '0'),
    ).join(String.fromCharCode(this.#separator))
  }
}

/** An IEEE address of 6 or 8 octets (RFC 7043). */
export const eui = (octets: 6 | 8): Field<string> => new HexGroups(`an EUI-${octets * 8} address`, octets, 2, '-')
/** 64 bits as four groups (RFC 6742 §2.1.2). */
export const ilnp64 = (what: string): Field<string> => new HexGroups(what, 4, 4, ':')
