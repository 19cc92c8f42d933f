/**
 * A field of RDATA: the unit that record types are declared from. A field knows its wire form, its text, its canonical form
 * (RFC 4034 §6.2), whether a name in it may be compressed (RFC 3597 §4), its JSON value and how to make a random one. What a
 * record type can do is the sum of what its fields can do.
 *
 * A field may look back at what stands before it in the same RDATA (`cursor.start`, or the writer's `rdataStart`): the
 * gateway of IPSECKEY depends on its type octet.
 */
import { DnsError } from '../errors.ts'
import type { CompressionTable } from '../name/index.ts'
import type { OctetWriter } from '../octets.ts'
import type { TextWriter, Tokens } from '../presentation/index.ts'

/** A place within the RDATA `octets[start, end)`. Fields move `at` forward. */
export class RdataCursor {
  octets: Uint8Array
  start: number
  at: number
  end: number

  constructor(octets: Uint8Array, start = 0, end: number = octets.length) {
    this.octets = octets
    this.start = start
    this.at = start
    this.end = end
  }

  set(octets: Uint8Array, start: number, end: number): this {
    this.octets = octets
    this.start = start
    this.at = start
    this.end = end
    return this
  }
}

/** Random numbers for generated records: a whole number from 0 to below `bound`. */
export type Draw = (bound: number) => number

/** Where a compressed name may be written to: a message, and the names in it. */
export type MessageTarget = { readonly out: OctetWriter; readonly names: CompressionTable }

export abstract class Field<T = unknown> {
  /** What the field holds, as errors, documentation and forms say it: `a key tag`. */
  readonly kind: string

  constructor(kind: string) {
    this.kind = kind
  }

  /** Reads presentation format and appends the wire form. Throws TextError. `rdataStart`: where this RDATA began in `out`. */
  abstract parse(tokens: Tokens, out: OctetWriter, rdataStart: number): void

  /** Prints the field at the cursor, which was checked. */
  abstract print(cursor: RdataCursor, out: TextWriter): void

  /** Whether a well-formed field stands at the cursor; moves it behind the field. Names must be uncompressed. */
  abstract check(cursor: RdataCursor): boolean

  /** The JSON value of the field at the cursor, which was checked. */
  abstract decode(cursor: RdataCursor): T

  /** Appends the wire form of a JSON value. Throws DnsError `rdata-malformed` when the value does not fit. */
  abstract encode(value: unknown, out: OctetWriter, rdataStart: number): void

  /** A random value that `encode` takes. `before`: the RDATA generated so far, for fields that look back. */
  abstract generate(draw: Draw, before: Uint8Array): T

  /** Reads the field out of a message, in which names may be compressed, and appends the uncompressed form. */
  expand(cursor: RdataCursor, out: OctetWriter): boolean {
    const from = cursor.at
    if (!this.check(cursor)) return false
    out.bytes(cursor.octets, from, cursor.at)
    return true
  }

  /** Appends the field to a message, names compressed where that is legal. */
  compress(cursor: RdataCursor, target: MessageTarget): void {
    this.copy(cursor, target.out)
  }

  /** Whether the field is a name (or nothing) that is lower case in canonical form (RFC 4034 §6.2). */
  get lowersNames(): boolean {
    return false
  }

  /** Whether `compress` may write pointers. */
  get compressesNames(): boolean {
    return false
  }

  protected copy(cursor: RdataCursor, out: OctetWriter): void {
    const from = cursor.at
    this.check(cursor)
    out.bytes(cursor.octets, from, cursor.at)
  }
}

/** Moves the cursor behind a run of octets that a length octet counts, and returns where the run begins. For checked RDATA. */
export function takeCounted(cursor: RdataCursor): number {
  const from = cursor.at + 1
  cursor.at = from + cursor.octets[cursor.at]!
  return from
}

/** Whether a length octet and as many octets stand at the cursor; moves it behind them. */
export function checkCounted(cursor: RdataCursor): boolean {
  if (cursor.at >= cursor.end) return false
  cursor.at += 1 + cursor.octets[cursor.at]!
  return cursor.at <= cursor.end
}

/** Throws the error for a JSON value that does not fit a field. */
export function unfit(kind: string, value: unknown): never {
  const shown = JSON.stringify(value) ?? String(value)
  throw new DnsError('rdata-malformed', `${shown.slice(0, 60)} is no value for a field of kind '${kind}'`)
}

/** A whole number from 0 to `max`, or the error that says it is none. */
export function wholeNumber(kind: string, value: unknown, max: number): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max ? value : unfit(kind, value)
}

export function stringValue(kind: string, value: unknown): string {
  return typeof value === 'string' ? value : unfit(kind, value)
}

export function arrayValue(kind: string, value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : unfit(kind, value)
}
