/**
 * The words of one entry of a master file (RFC 1035 §5.1), and the readers that record types parse their RDATA with.
 *
 * A scanner has cut the entry into tokens: runs of octets between blanks, or between quotes. Parentheses and comments are
 * gone. Readers take tokens from the left; each says what it expected when it fails, and the error knows file, line, column.
 */
import { TextError } from '../errors.ts'
import { explainNameFault, MAX_NAME, readEscape, readNameText } from '../name/index.ts'
import type { OctetWriter } from '../octets.ts'

/** The token stood between quotes. */
export const QUOTED = 1
/** The token holds at least one backslash. */
export const ESCAPED = 2

/** Where a text comes from and how its places are told. */
export type TextOrigin = { readonly file: string; lineAt(offset: number): { line: number; column: number } }

export class Tokens {
  /** The octets that tokens point into. */
  text: Uint8Array = new Uint8Array(0)
  starts: Int32Array = new Int32Array(64)
  ends: Int32Array = new Int32Array(64)
  flags: Uint8Array = new Uint8Array(64)
  count = 0
  /** Index of the next token to be read. */
  cursor = 0
  /** Offset in `text` just after the entry: where something was missing. */
  entryEnd = 0
  /** Name that relative names continue with, wire form. */
  origin: Uint8Array = new Uint8Array(1)
  source: TextOrigin = { file: 'input', lineAt: (offset) => ({ line: 1, column: offset + 1 }) }

  add(start: number, end: number, flags: number): void {
    if (this.count === this.starts.length) this.#grow()
    this.starts[this.count] = start
    this.ends[this.count] = end
    this.flags[this.count++] = flags
  }

  #grow(): void {
    const size = this.count * 2
    const starts = new Int32Array(size)
    starts.set(this.starts)
    this.starts = starts
    const ends = new Int32Array(size)
    ends.set(this.ends)
    this.ends = ends
    const flags = new Uint8Array(size)
    flags.set(this.flags)
    this.flags = flags
  }

  /** Tokens not read yet. */
  get left(): number {
    return this.count - this.cursor
  }

  /** Takes a token and returns its index; fails when the entry has no more. */
  next(expected: string): number {
    if (this.cursor >= this.count) this.fail(`expected ${expected}, but the record ends here`, this.count)
    return this.cursor++
  }

  /** Throws a TextError at the token (by default the last one taken), or at the end of the entry when there is none. */
  fail(reason: string, token: number = this.cursor - 1): never {
    const offset = token >= 0 && token < this.count ? this.starts[token]! : this.entryEnd
    throw new TextError(reason, { file: this.source.file, ...this.source.lineAt(offset) })
  }

  /** Fails when tokens are left over. */
  end(): void {
    if (this.cursor < this.count)
      this.fail(`unexpected '${this.show(this.cursor)}' after the record's last field`, this.cursor)
  }

  /** The token as a string, cut to what fits a message. For errors and rare words; escapes stay as written. */
  show(token: number): string {
    return this.string(token).slice(0, 60)
  }

  string(token: number): string {
    let out = ''
    for (let i = this.starts[token]!; i < this.ends[token]!; i++) out += String.fromCharCode(this.text[i]!)
    return out
  }

  /** What stands behind the last token up to the end of the entry: parentheses, blanks, a comment. */
  textBehind(): string {
    return this.#text(this.count === 0 ? this.entryEnd : this.ends[this.count - 1]!, this.entryEnd)
  }

  /** At most `max` octets of what stands before the entry, as far as they are still held: earlier entries, comments. */
  textBefore(max: number): string {
    const to = this.count === 0 ? this.entryEnd : this.starts[0]!
    return this.#text(Math.max(0, to - max), to)
  }

  #text(from: number, to: number): string {
    return new TextDecoder('latin1').decode(this.text.subarray(from, to))
  }

  /** Whether the token is this word, without regard to ASCII case. `word` is given in upper case. */
  is(token: number, word: string): boolean {
    const start = this.starts[token]!
    if (this.ends[token]! - start !== word.length) return false
    for (let i = 0; i < word.length; i++) {
      const octet = this.text[start + i]!
      const upper = octet >= 0x61 && octet <= 0x7a ? octet - 32 : octet
      if (upper !== word.charCodeAt(i)) return false
    }
    return true
  }

  /** The token's value as a decimal number up to `max`, or -1 when it is none. */
  decimal(token: number, max: number): number {
    const end = this.ends[token]!
    let at = this.starts[token]!
    if (at === end || this.flags[token] !== 0) return -1
    let value = 0
    for (; at < end; at++) {
      const digit = this.text[at]! - 0x30
      if (digit < 0 || digit > 9) return -1
      value = value * 10 + digit
      if (value > max) return -1
    }
    return value
  }

  /** Takes a decimal number from 0 to `max`. */
  number(max: number, what: string): number {
    const token = this.next(`${what} (0 to ${max})`)
    const value = this.decimal(token, max)
    if (value < 0) this.fail(`expected ${what} (a number from 0 to ${max}), found '${this.show(token)}'`)
    return value
  }

  /** Takes a domain name and writes its wire form. */
  name(out: OctetWriter, what = 'a domain name'): void {
    this.nameAt(this.next(what), out, what)
  }

  /** Writes the wire form of the name in a token; returns its length. */
  nameAt(token: number, out: OctetWriter, what = 'a domain name'): number {
    out.ensure(MAX_NAME + 1)
    const from = out.length
    const end = readNameText(this.text, this.starts[token]!, this.ends[token]!, this.origin, 0, out.octets, from)
    if (end < 0) this.fail(`expected ${what}, but in '${this.show(token)}' ${explainNameFault(end)}`, token)
    out.length = end
    return end - from
  }

  /** Writes the octets that a token stands for, escapes resolved; returns how many. At most `max` may come. */
  octetsOf(token: number, out: OctetWriter, max: number, what: string): number {
    const end = this.ends[token]!
    let at = this.starts[token]!
    const from = out.length
    out.ensure(Math.min(end - at, max))
    const target = out.octets
    let to = from
    const stop = from + max
    if ((this.flags[token]! & ESCAPED) === 0) {
      if (end - at > max) this.fail(`${what} is longer than ${max} octets`, token)
      while (at < end) target[to++] = this.text[at++]!
    } else {
      while (at < end) {
        let octet = this.text[at++]!
        if (octet === 0x5c) {
          octet = readEscape(this.text, at, end)
          if (octet < 0)
            this.fail(`${what}: an escape is neither \\DDD (000 to 255) nor a backslash and one character`, token)
          const first = this.text[at]!
          at += first >= 0x30 && first <= 0x39 ? 3 : 1
        }
        if (to >= stop) this.fail(`${what} is longer than ${max} octets`, token)
        target[to++] = octet
      }
    }
    out.length = to
    return to - from
  }

  /** Takes one token as a character string (RFC 1035 §3.3) and writes it with its length octet. */
  characterString(out: OctetWriter, what: string): void {
    const token = this.next(what)
    out.u8(0)
    const lengthAt = out.length - 1
    const length = this.octetsOf(token, out, 255, what)
    out.octets[lengthAt] = length
  }
}
