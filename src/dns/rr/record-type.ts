/**
 * A record type, declared once: its number, mnemonic, fields and where it is defined. Everything that is done with RDATA of
 * the type — read and print text, read and write messages, canonical form, JSON, random values — follows from the fields.
 *
 * RDATA is always uncompressed wire octets. `check` must have accepted octets from outside before `print`, `decode`,
 * `canonical` or `compress` see them. What this does not do: rules between records (a CNAME stands alone, …): `zone/` has them.
 */
import { DnsError } from '../errors.ts'
import { LOWER } from '../name/index.ts'
import { OctetWriter } from '../octets.ts'
import { readHexToken, type TextWriter, type Tokens, writeHex } from '../presentation/index.ts'
import { type Draw, type Field, type MessageTarget, RdataCursor } from './field.ts'

export type Fields = Readonly<Record<string, Field>>

/** The JSON form of RDATA: a property for each field. */
export type Values<F extends Fields> = { -readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never }

export type Declaration<F extends Fields = Fields> = {
  readonly number: number
  readonly mnemonic: string
  /** Other words that are read for the type. */
  readonly aliases?: readonly string[]
  /** What the record says, in one line. */
  readonly meaning: string
  /** The document and section that define it. */
  readonly reference: string
  readonly fields: F
  /** Fields whose names' addresses belong into the additional section (RFC 1035 §3.3, RFC 2782, RFC 9460 §4.2). */
  readonly additional?: readonly string[]
  /** A rule over the whole RDATA that the fields alone do not tell; returns what is wrong. */
  readonly rule?: (octets: Uint8Array, at: number, end: number) => string | undefined
  /** The number is of private use (RFC 6895 §3.1): octets of another form are somebody else's, and kept as they are. */
  readonly privateUse?: true
  /**
   * Whether well-formed RDATA is beyond what the text form covers (an unassigned version or family, a contradiction that the
   * text form refuses): it is printed in the generic form of RFC 3597 §5, so that what is printed can always be read again.
   */
  readonly beyondText?: (octets: Uint8Array, at: number, end: number) => boolean
  /** The type never stands in a zone: only in messages, only as a question, or only in the type bitmap of an NSEC. */
  readonly only?: 'message' | 'question' | 'bitmap'
}

/** Most octets of RDATA (RFC 1035 §3.2.1). */
export const MAX_RDATA = 65535

const NOTHING = new Uint8Array(0)
const cursor = new RdataCursor(NOTHING)

/** Lets go of the octets that were read last: a zone that nobody needs any more would stay in memory for the sake of a cursor. */
export function releaseOctets(): void {
  cursor.set(NOTHING, 0, 0)
}

export class RecordType<F extends Fields = Fields> {
  readonly number: number
  readonly mnemonic: string
  readonly declaration: Declaration<F>
  readonly #names: readonly string[]
  readonly #fields: readonly Field[]
  /** Index of the last field that holds a name to be lowered. */
  readonly #lastLowered: number
  /** Index of the field whose name belongs into the additional section, -1 without. */
  readonly #additional: number
  /** Whether the canonical form may differ from the wire form: a field holds a name that is lowered. */
  readonly lowersNames: boolean
  /** Whether a sender may compress a name in it (RFC 3597 §4). */
  readonly compressesNames: boolean

  constructor(declaration: Declaration<F>) {
    this.number = declaration.number
    this.mnemonic = declaration.mnemonic
    this.declaration = declaration
    this.#names = Object.keys(declaration.fields)
    this.#fields = Object.values(declaration.fields)
    this.#lastLowered = this.#fields.findLastIndex((field) => field.lowersNames)
    this.#additional = this.#names.findIndex((name) => declaration.additional?.includes(name) === true)
    this.lowersNames = this.#lastLowered >= 0
    this.compressesNames = this.#fields.some((field) => field.compressesNames)
  }

  /**
   * Reads RDATA in presentation format, all tokens that are left, and appends it. The generic form of RFC 3597 §5 is taken
   * for every type. Throws TextError.
   */
  parse(tokens: Tokens, out: OctetWriter): void {
    const start = out.length
    if (isGeneric(tokens)) {
      parseGeneric(tokens, out)
      if (!this.check(out.octets, start, out.length)) {
        tokens.fail(`these octets are no RDATA of type ${this.mnemonic}`, tokens.cursor - 1)
      }
      return
    }
    const fields = this.#fields
    for (let i = 0; i < fields.length; i++) fields[i]!.parse(tokens, out, start)
    if (tokens.cursor < tokens.count) tokens.end()
    if (out.length - start > MAX_RDATA) tokens.fail(`RDATA is longer than ${MAX_RDATA} octets`)
    const wrong = this.declaration.rule?.(out.octets, start, out.length)
    if (wrong !== undefined) tokens.fail(wrong)
  }

  /** Whether `octets[at, end)` is well-formed RDATA of the type. */
  check(octets: Uint8Array, at: number, end: number): boolean {
    return this.#fits(octets, at, end) || this.declaration.privateUse === true
  }

  /** Whether the fields have no words for checked RDATA, so that its text and JSON are the generic ones. */
  isBeyondText(octets: Uint8Array, at: number, end: number): boolean {
    const { privateUse, beyondText } = this.declaration
    return (privateUse === true && !this.#fits(octets, at, end)) || beyondText?.(octets, at, end) === true
  }

  #fits(octets: Uint8Array, at: number, end: number): boolean {
    cursor.set(octets, at, end)
    const fields = this.#fields
    for (let i = 0; i < fields.length; i++) if (!fields[i]!.check(cursor)) return false
    return cursor.at === end && this.declaration.rule?.(octets, at, end) === undefined
  }

  /** Prints checked RDATA. */
  print(octets: Uint8Array, at: number, end: number, out: TextWriter): void {
    if (this.isBeyondText(octets, at, end)) {
      printGeneric(octets, at, end, out)
      return
    }
    cursor.set(octets, at, end)
    const fields = this.#fields
    const start = out.length
    for (let i = 0; i < fields.length; i++) {
      const before = out.length
      const blank = before > start ? 1 : 0
      if (blank === 1) out.space()
      fields[i]!.print(cursor, out)
      // A field that had nothing to say takes its blank back.
      if (out.length === before + blank) out.length = before
    }
  }

  /** Appends the canonical form (RFC 4034 §6.2, RFC 6840 §5.1) of checked RDATA. */
  canonical(octets: Uint8Array, at: number, end: number, out: OctetWriter): void {
    const shift = out.length - at
    out.bytes(octets, at, end)
    if (!this.lowersNames) return
    cursor.set(octets, at, end)
    const fields = this.#fields
    for (let i = 0; i <= this.#lastLowered; i++) {
      const from = cursor.at
      fields[i]!.check(cursor)
      if (!fields[i]!.lowersNames) continue
      for (let k = from; k < cursor.at; k++) out.octets[k + shift] = LOWER[octets[k]!]!
    }
  }

  /** Where in checked RDATA the name begins whose addresses belong into the additional section; -1 when the type has none. */
  additionalAt(octets: Uint8Array, at: number, end: number): number {
    if (this.#additional < 0) return -1
    cursor.set(octets, at, end)
    for (let i = 0; i < this.#additional; i++) this.#fields[i]!.check(cursor)
    return cursor.at
  }

  /** Reads RDATA out of a message and appends it uncompressed. False when it is malformed; the writer may then hold a part. */
  expand(message: Uint8Array, at: number, end: number, out: OctetWriter): boolean {
    cursor.set(message, at, end)
    const start = out.length
    const fields = this.#fields
    let good = true
    for (let i = 0; i < fields.length && good; i++) good = fields[i]!.expand(cursor, out)
    good &&= cursor.at === end && this.declaration.rule?.(out.octets, start, out.length) === undefined
    if (good || this.declaration.privateUse !== true) return good
    out.length = start
    out.bytes(message, at, end)
    return true
  }

  /** Appends checked RDATA to a message, names compressed where that is legal. */
  compress(octets: Uint8Array, at: number, end: number, target: MessageTarget): void {
    if (!this.compressesNames) {
      target.out.bytes(octets, at, end)
      return
    }
    cursor.set(octets, at, end)
    const fields = this.#fields
    for (let i = 0; i < fields.length; i++) fields[i]!.compress(cursor, target)
  }

  /** The JSON form. Throws DnsError `rdata-malformed` when the octets are no RDATA of the type. */
  decode(octets: Uint8Array, at = 0, end: number = octets.length): Values<F> {
    if (!this.#fits(octets, at, end)) {
      throw new DnsError('rdata-malformed', `these octets are no RDATA of type ${this.mnemonic}`)
    }
    cursor.set(octets, at, end)
    // The names and values come from the fields themselves, which TypeScript cannot follow through fromEntries.
    return Object.fromEntries(this.#names.map((name, i) => [name, this.#fields[i]?.decode(cursor)])) as Values<F>
  }

  /** The RDATA of a JSON form. Throws DnsError `rdata-malformed`. */
  encode(values: Values<F>): Uint8Array {
    const out = new OctetWriter(64)
    this.#names.forEach((name, i) => {
      this.#fields[i]?.encode(values[name], out, 0)
    })
    const octets = out.copy()
    if (octets.length > MAX_RDATA || !this.check(octets, 0, octets.length)) {
      throw new DnsError('rdata-malformed', `the values make no RDATA of type ${this.mnemonic}`)
    }
    return octets
  }

  /** Random values that `encode` takes. */
  generate(draw: Draw): Values<F> {
    const { rule } = this.declaration
    for (;;) {
      const { values, octets } = this.#generateOnce(draw)
      if (rule?.(octets, 0, octets.length) === undefined) return values
    }
  }

  #generateOnce(draw: Draw): { values: Values<F>; octets: Uint8Array } {
    const out = new OctetWriter(64)
    const values = this.#fields.map((field) => {
      const value = field.generate(draw, out.octets.subarray(0, out.length))
      field.encode(value, out, 0)
      return value
    })
    const named = Object.fromEntries(this.#names.map((name, i) => [name, values[i]])) as Values<F>
    return { values: named, octets: out.copy() }
  }
}

/** Whether the RDATA is written in the generic form: a first word of `\#`. */
export function isGeneric(tokens: Tokens): boolean {
  const token = tokens.cursor
  if (token >= tokens.count) return false
  const start = tokens.starts[token]!
  return tokens.ends[token]! - start === 2 && tokens.text[start] === 0x5c && tokens.text[start + 1] === 0x23
}

/** Reads `\# LENGTH HEX…` (RFC 3597 §5) and appends the octets. */
export function parseGeneric(tokens: Tokens, out: OctetWriter): void {
  tokens.next('\\#')
  const length = tokens.number(MAX_RDATA, 'the length of RDATA')
  const lengthToken = tokens.cursor - 1
  const start = out.length
  while (tokens.left > 0) readHexToken(tokens, tokens.cursor++, out, 'RDATA')
  const found = out.length - start
  if (found !== length) tokens.fail(`RDATA of ${length} octets is announced, ${found} are given`, lengthToken)
}

/** Writes `\# LENGTH HEX`. */
export function printGeneric(octets: Uint8Array, at: number, end: number, out: TextWriter): void {
  out.ascii(`\\# ${end - at}`)
  if (end > at) out.space()
  writeHex(octets, at, end, out)
}
