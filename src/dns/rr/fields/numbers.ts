/** Unsigned numbers in network order, and the numbers that have mnemonics. */
import type { OctetWriter } from '../../octets.ts'
import { readU16, readU32 } from '../../octets.ts'
import { MAX_TTL, readTime, readTtl, type TextWriter, type Tokens, writeTime } from '../../presentation/index.ts'
import { type Draw, Field, type RdataCursor, wholeNumber } from '../field.ts'

abstract class NumberField extends Field<number> {
  abstract readonly size: 1 | 2 | 4

  get max(): number {
    return this.size === 4 ? 0xffffffff : this.size === 2 ? 0xffff : 0xff
  }

  parse(tokens: Tokens, out: OctetWriter): void {
    this.write(tokens.number(this.max, this.kind), out)
  }

  print(cursor: RdataCursor, out: TextWriter): void {
    out.decimal(this.decode(cursor))
  }

  check(cursor: RdataCursor): boolean {
    cursor.at += this.size
    return cursor.at <= cursor.end
  }

  decode(cursor: RdataCursor): number {
    const at = cursor.at
    cursor.at += this.size
    if (this.size === 1) return cursor.octets[at]!
    return this.size === 2 ? readU16(cursor.octets, at) : readU32(cursor.octets, at)
  }

  encode(value: unknown, out: OctetWriter): void {
    this.write(wholeNumber(this.kind, value, this.max), out)
  }

  generate(draw: Draw): number {
    return draw(this.max + 1)
  }

  protected write(value: number, out: OctetWriter): void {
    if (this.size === 1) out.u8(value)
    else if (this.size === 2) out.u16(value)
    else out.u32(value)
  }
}

class PlainNumber extends NumberField {
  readonly size: 1 | 2 | 4

  constructor(size: 1 | 2 | 4, kind: string) {
    super(kind)
    this.size = size
  }
}

/** An unsigned number of 8, 16 or 32 bits; `what` names it in errors. */
export const u8 = (what = 'a number of 8 bits'): Field<number> => new PlainNumber(1, what)
export const u16 = (what = 'a number of 16 bits'): Field<number> => new PlainNumber(2, what)
export const u32 = (what = 'a number of 32 bits'): Field<number> => new PlainNumber(4, what)

class BoundedNumber extends PlainNumber {
  readonly #max: number

  constructor(kind: string, max: number) {
    super(1, kind)
    this.#max = max
  }

  override get max(): number {
    return this.#max
  }

  override check(cursor: RdataCursor): boolean {
    return cursor.at < cursor.end && cursor.octets[cursor.at++]! <= this.#max
  }
}

/** A number of 8 bits that may not go beyond `max`. */
export const u8UpTo = (max: number, what: string): Field<number> => new BoundedNumber(what, max)

/** A number that words stand for. A number without a word is written in decimal. */
export type Mnemonics = ReadonlyMap<number, string>

class NamedNumber extends NumberField {
  readonly size: 1 | 2
  readonly #words: Mnemonics
  readonly #numbers: ReadonlyMap<string, number>
  readonly #printWords: boolean

  constructor(size: 1 | 2, kind: string, words: Mnemonics, aliases: ReadonlyMap<string, number>, printWords: boolean) {
    super(kind)
    this.size = size
    this.#words = words
    this.#numbers = new Map([...[...words].map(([number, word]): [string, number] => [word, number]), ...aliases])
    this.#printWords = printWords
  }

  override parse(tokens: Tokens, out: OctetWriter): void {
    const token = tokens.next(this.kind)
    let value = tokens.decimal(token, this.max)
    if (value < 0) value = this.#numbers.get(tokens.string(token).toUpperCase()) ?? -1
    if (value < 0) tokens.fail(`expected ${this.kind} (a number or a known mnemonic), found '${tokens.show(token)}'`)
    this.write(value, out)
  }

  override print(cursor: RdataCursor, out: TextWriter): void {
    const value = this.decode(cursor)
    const word = this.#printWords ? this.#words.get(value) : undefined
    if (word === undefined) out.decimal(value)
    else out.ascii(word)
  }

  override generate(draw: Draw): number {
    const known = [...this.#words.keys()]
    return draw(2) === 0 ? (known[draw(known.length)] ?? 0) : draw(this.max + 1)
  }
}

/** Words are read; `print: true` writes them too, otherwise numbers are written, as other tools do. */
export function named(
  size: 1 | 2,
  kind: string,
  words: Mnemonics,
  options: { aliases?: ReadonlyMap<string, number>; print?: boolean } = {},
): Field<number> {
  return new NamedNumber(size, kind, words, options.aliases ?? new Map(), options.print ?? false)
}

class TtlField extends PlainNumber {
  override parse(tokens: Tokens, out: OctetWriter): void {
    this.write(readTtl(tokens, this.kind), out)
  }

  override generate(draw: Draw): number {
    return draw(MAX_TTL + 1)
  }
}

/** A number of seconds that may be written with units (`1h`). */
export const ttl = (what: string): Field<number> => new TtlField(4, what)

class TimeField extends PlainNumber {
  override parse(tokens: Tokens, out: OctetWriter): void {
    this.write(readTime(tokens, this.kind), out)
  }

  override print(cursor: RdataCursor, out: TextWriter): void {
    writeTime(this.decode(cursor), out)
  }
}

/** Seconds since 1970 modulo 2^32, written YYYYMMDDHHmmSS (RFC 4034 §3.2). */
export const time = (what: string): Field<number> => new TimeField(4, what)
