/**
 * Cuts text into entries and their tokens (RFC 1035 §5.1): an entry is a line, or several held together by parentheses;
 * blanks separate tokens, quotes hold one together, a backslash takes the next octet's meaning away, a semicolon starts a
 * comment.
 *
 * The text comes in blocks and an entry is always handed over in one piece: when a block ends within one, its start moves to
 * the front of the buffer and the scan begins again with more text behind it. So nothing below needs to know of blocks, and
 * memory stays within one buffer.
 */
import { TextError } from '../errors.ts'
import { binaryKind } from './binary-kind.ts'
import { ESCAPED, QUOTED, type TextOrigin, type Tokens } from './tokens.ts'

/** Where a scanner takes its text from: fills `into` from `at` on, returns how many octets came, 0 at the end. */
export type TextSource = {
  /** How errors name it. */
  readonly file: string
  read(into: Uint8Array, at: number): number
}

const BLOCK = 1 << 18
/** The first block: most files are no longer, and a server may have to read ten thousand of them. */
const FIRST_BLOCK = 1 << 13
/** Most octets that one entry may span. A record of 65,535 octets as hexadecimal, one digit a line, stays below it. */
const MAX_ENTRY = 1 << 20

const PEM = new TextEncoder().encode('-----BEGIN ')

const BLANK = 1
const NEWLINE = 2
const SPECIAL = 3
const CLASS = new Uint8Array(256)
for (const octet of [0x20, 0x09, 0x0d]) CLASS[octet] = BLANK
CLASS[0x0a] = NEWLINE
for (const octet of [0x22, 0x28, 0x29, 0x3b, 0x00]) CLASS[octet] = SPECIAL
CLASS[0x5c] = SPECIAL

export class EntryScanner implements TextOrigin {
  readonly file: string
  readonly #source: TextSource
  readonly #tokens: Tokens
  #buffer: Uint8Array
  readonly #block: number
  /** Start of the entry now scanned, and end of what the buffer holds. */
  #at = 0
  #filled = 0
  #ended = false
  /** Line of the octet at #lineFrom; both move forward as entries are done. */
  #line = 1
  #lineFrom = 0
  #begun = false
  /** Whether the entry began with a blank: its owner is the last one's. */
  startsBlank = false

  /** `block`: octets of the first block, for a source that gives all of its text at once. */
  constructor(source: TextSource, tokens: Tokens, block?: number) {
    this.file = source.file
    this.#source = source
    this.#tokens = tokens
    this.#block = block ?? BLOCK
    this.#buffer = new Uint8Array(block ?? FIRST_BLOCK)
  }

  /** Scans to the next entry that has a token, and fills the tokens. False at the end of the text. */
  next(): boolean {
    const tokens = this.#tokens
    tokens.source = this
    for (;;) {
      const end = this.#scan()
      if (end < 0) {
        if (!this.#fill()) return false
        continue
      }
      this.#start = this.#at
      this.#at = end
      if (tokens.count > 0) return true
    }
  }

  /** Start of the entry that was handed over. */
  #start = 0

  lineAt(offset: number): { line: number; column: number } {
    let line = this.#line
    let lineStart = this.#lineFrom
    for (let i = this.#lineFrom; i < offset; i++) {
      if (this.#buffer[i] === 0x0a) {
        line++
        lineStart = i + 1
      }
    }
    return { line, column: offset - lineStart + 1 }
  }

  /** Line of the entry now handed over. */
  get line(): number {
    return this.lineAt(this.#start).line
  }

  /** Moves the line count up to the entry that begins now, before its place in the buffer changes. */
  #countLines(): void {
    // What lies behind is not looked at: a search for the next line's end could go through all of an empty buffer.
    const text = this.#buffer.subarray(0, this.#at)
    for (let at = text.indexOf(0x0a, this.#lineFrom); at >= 0; at = text.indexOf(0x0a, at + 1)) {
      this.#line++
      this.#lineFrom = at + 1
    }
  }

  /** Brings more text behind the entry that begins at #at. False when there is nothing left to scan. */
  #fill(): boolean {
    if (this.#ended) return this.#at < this.#filled
    this.#countLines()
    const keep = this.#filled - this.#at
    if (keep > MAX_ENTRY)
      this.#fail('an entry is longer than 1 MiB: a parenthesis or a quote was perhaps never closed', this.#at)
    const from = Math.min(this.#at, this.#lineFrom)
    const { length } = this.#buffer
    const size = this.#begun ? Math.max(this.#block, length - keep >= length >> 1 ? length : length * 2) : length
    const buffer = size === length ? this.#buffer : new Uint8Array(size)
    buffer.set(this.#buffer.subarray(from, this.#filled))
    this.#buffer = buffer
    this.#at -= from
    this.#lineFrom -= from
    this.#filled -= from
    // As full as it gets: a source of small pieces must not make an entry be scanned over and over.
    while (this.#filled < buffer.length) {
      const n = this.#source.read(buffer, this.#filled)
      if (n === 0) {
        this.#ended = true
        break
      }
      this.#filled += n
    }
    if (!this.#begun) this.#lookAtHead()
    return true
  }

  /** Passes over a byte order mark, and fails for what is no text at all. */
  #lookAtHead(): void {
    this.#begun = true
    const head = this.#buffer.subarray(0, this.#filled)
    const kind = binaryKind(head)
    if (kind !== undefined) this.#fail(`the file cannot be read as text: it ${kind}`, 0)
    if (PEM.every((octet, i) => head[i] === octet))
      this.#fail('this is a certificate or a key in PEM, and no records', 0)
    const [a, b, c] = this.#buffer
    if (this.#filled >= 3 && a === 0xef && b === 0xbb && c === 0xbf) {
      this.#at = 3
      this.#lineFrom = 3
    }
  }

  #fail(reason: string, offset: number): never {
    throw new TextError(reason, { file: this.file, ...this.lineAt(offset) })
  }

  /** Tokenises from #at; returns the offset after the entry, or -1 when the buffer ends before the entry does. */
  #scan(): number {
    const tokens = this.#tokens
    const text = this.#buffer
    const end = this.#filled
    tokens.text = text
    tokens.count = 0
    tokens.cursor = 0
    let at = this.#at
    if (at === end) return -1
    this.startsBlank = CLASS[text[at]!] === BLANK
    let depth = 0
    let opened = at
    for (;;) {
      while (at < end && CLASS[text[at]!] === BLANK) at++
      if (at === end) {
        if (!this.#ended) return -1
        if (depth > 0) this.#fail('a parenthesis is never closed', opened)
        tokens.entryEnd = at
        return at
      }
      const octet = text[at]!
      if (octet === 0x0a) {
        if (depth === 0) {
          tokens.entryEnd = at
          return at + 1
        }
        at++
      } else if (octet === 0x3b) {
        at++
        while (at < end && text[at] !== 0x0a) at++
      } else if (octet === 0x28) {
        if (depth === 0) opened = at
        depth++
        at++
      } else if (octet === 0x29) {
        if (depth === 0) this.#fail('a parenthesis is closed that was never opened', at)
        depth--
        at++
      } else {
        at = octet === 0x22 ? this.#quoted(at, end) : this.#word(at, end)
        if (at < 0) return -1
      }
    }
  }

  /** Adds the word that begins at `start`; returns the offset after it, or -1 when the text ends within it. */
  #word(start: number, end: number): number {
    const text = this.#buffer
    let flags = 0
    let at = start
    for (;;) {
      while (at < end && CLASS[text[at]!] === 0) at++
      if (at < end && text[at] === 0x5c) {
        flags = ESCAPED
        const next = at + 2 < end && text[at + 1] === 0x0d ? at + 2 : at + 1
        if (next < end && text[next] === 0x0a) this.#fail('a backslash stands at the end of the line', at)
        at += 2
        if (at < end) continue
      }
      if (at < end) {
        // BIND stops here too; in quotes and comments such an octet is like any other.
        if (text[at] === 0) this.#fail('an octet of value 0: the file is no text, or a part of it was lost', at)
        break
      }
      if (!this.#ended) return -1
      if (at > end) this.#fail('the text ends after a backslash', end - 1)
      break
    }
    this.#tokens.add(start, at, flags)
    return at
  }

  #quoted(start: number, end: number): number {
    const text = this.#buffer
    let flags = QUOTED
    let at = start + 1
    while (at < end) {
      const octet = text[at]!
      if (octet === 0x22) {
        this.#tokens.add(start + 1, at, flags)
        return at + 1
      }
      if (octet === 0x5c) {
        flags |= ESCAPED
        at++
      } else if (octet === 0x0a) this.#fail('a quoted string is not closed at the end of the line', start)
      at++
    }
    if (this.#ended) this.#fail('a quoted string is never closed', start)
    return -1
  }
}
