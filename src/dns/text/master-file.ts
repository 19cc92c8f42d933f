/**
 * Reads master files (RFC 1035 §5, RFC 2308 §4): records one by one, straight from the file's octets into the sink's buffer.
 *
 * An entry is a directive (`$ORIGIN`, `$TTL`, `$INCLUDE`, `$GENERATE`), or a record: owner (or a blank: the last one), TTL and
 * class in either order or absent, type, RDATA. The first error ends the reading, with the place; nothing is guessed.
 *
 * Files that Windows DNS exported look the same and mean something else: an age (`[AGE:3616420]`, `[Aging:3616420]`) stands
 * before the TTL, and a record without a TTL has that of the zone (the SOA record's last field), where RFC 1035 §5.1 gives it
 * that of the record before.
 *
 * What this does not do: any rule between records (one SOA, nothing beside a CNAME, …). `zone/` has those.
 */
import { DnsError, TextError, type TextPlace } from '../errors.ts'
import { Name } from '../name/index.ts'
import { type OctetWriter, readU32 } from '../octets.ts'
import { durationOf, EntryScanner, MAX_TTL, type TextSource, Tokens } from '../presentation/index.ts'
import {
  CLASS_IN,
  classMnemonic,
  classOfToken,
  isGeneric,
  parseGeneric,
  recordType,
  SOA,
  typeOfToken,
} from '../rr/index.ts'
import { findCut, isFreeText } from './cut-text.ts'
import { expandGenerate, type GenerateBudget, generateTemplate } from './generate.ts'
import { hasExportComments, isAge } from './windows-export.ts'

/**
 * Where records go: names and RDATA are appended to `out`; `record` tells the offsets. An owner's offset may come again.
 * `ttlIsInherited`: neither the record nor a `$TTL` states the TTL, and an export of Windows means another one.
 */
export type RecordSink = {
  readonly out: OctetWriter
  record(
    ownerAt: number,
    type: number,
    ttl: number,
    rdataAt: number,
    rdataLength: number,
    ttlIsInherited: boolean,
  ): void
  /** The text of the record just handed over ends at a `;` without quotes, which looks like part of it and begins a comment. */
  textCut?(place: TextPlace): void
}

/**
 * How a file means records without a TTL. windows: they have the default of the zone. rfc1035: that of the record before.
 * auto: as Windows, when the file is one of its exports: it has no `$TTL`, and an `[AGE:…]`, the comment `; default TTL`
 * behind the SOA record, or the comment `; Database file … zone` before it.
 */
export type MasterFileFormat = 'auto' | 'windows' | 'rfc1035'

/** Opens the file of an `$INCLUDE`; throws DnsError when it may not or cannot be read. Closing is the opener's own affair. */
export type IncludeOpener = (path: string, from: TextSource) => TextSource

export type MasterFileOptions = {
  /** Where relative names are below, until `$ORIGIN` says otherwise. */
  readonly origin: Name
  /** Absent: `$INCLUDE` is refused. */
  readonly include?: IncludeOpener
  /** TTL of records for which the file tells none. Absent: that is an error (RFC 1035 has no default). */
  readonly defaultTtl?: number
  /** auto unless given. */
  readonly format?: MasterFileFormat
  /** Files that may be open within each other. */
  readonly maxIncludeDepth?: number
  /** Records that all `$GENERATE` together may make. */
  readonly maxGenerated?: number
}

const NO_TTL = -1

type Frame = {
  readonly scanner: EntryScanner
  readonly tokens: Tokens
  readonly source: TextSource
  /** For generated text: where the directive stands. Errors are told there. */
  readonly generatedAt: TextPlace | undefined
}

/**
 * Reads all records. Returns the TTL that inherited ones have when the file is read as an export of Windows; otherwise
 * undefined. That is known at the end only, since an `[AGE:…]` may stand anywhere.
 */
export function parseMasterFile(source: TextSource, sink: RecordSink, options: MasterFileOptions): number | undefined {
  const reader = new MasterFileReader(source, sink, options)
  reader.run()
  return reader.windowsTtl
}

class MasterFileReader {
  readonly #sink: RecordSink
  readonly #options: MasterFileOptions
  /** The open files, the innermost last. */
  readonly #frames: Frame[] = []
  /** The last owner of each file that waits for an included one to end. */
  readonly #outerOwners: (Uint8Array | undefined)[] = []
  readonly #generated: GenerateBudget
  #ownerAt = -1
  #defaultTtl = NO_TTL
  #lastTtl = NO_TTL
  /** The last field of the first SOA record. */
  #soaMinimum = NO_TTL
  #hasWindowsMarks = false

  constructor(source: TextSource, sink: RecordSink, options: MasterFileOptions) {
    this.#sink = sink
    this.#options = options
    this.#generated = { left: options.maxGenerated ?? 1_000_000 }
    this.#push(source, options.origin.octets)
  }

  #push(source: TextSource, origin: Uint8Array, generatedAt?: TextPlace): void {
    const tokens = new Tokens()
    tokens.origin = origin
    this.#frames.push({ scanner: new EntryScanner(source, tokens), tokens, source, generatedAt })
  }

  get windowsTtl(): number | undefined {
    const { format = 'auto' } = this.#options
    if (format === 'rfc1035' || this.#soaMinimum === NO_TTL) return undefined
    const isExport = this.#hasWindowsMarks && this.#defaultTtl === NO_TTL
    return format === 'windows' || isExport ? this.#soaMinimum : undefined
  }

  run(): void {
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
      try {
        if (this.#read(frame)) continue
      } catch (error) {
        if (frame.generatedAt === undefined || !(error instanceof TextError)) throw error
        throw new TextError(`record ${error.place.line} that $GENERATE makes: ${error.reason}`, frame.generatedAt)
      }
      this.#frames.pop()
      if (this.#frames.length > 0) this.#restoreOwner(this.#outerOwners.pop())
    }
  }

  /** Reads a text to its end (false), or to a directive that puts another one before it (true). */
  #read({ scanner, tokens, source }: Frame): boolean {
    while (scanner.next()) {
      if (scanner.startsBlank || tokens.text[tokens.starts[0]!] !== 0x24 || tokens.flags[0] !== 0) {
        this.#record(tokens, scanner.startsBlank)
      } else if (this.#directive(scanner, tokens, source)) return true
    }
    return false
  }

  /** Reads one record. The owner is kept once for all records that follow it with the same spelling. */
  #record(tokens: Tokens, blankOwner: boolean): void {
    const { out } = this.#sink
    if (!blankOwner) this.#owner(tokens, tokens.cursor++)
    else if (this.#ownerAt < 0) tokens.fail('the line begins with a blank, but there is no owner name before it', 0)
    let ttl = NO_TTL
    let klass = -1
    let type = -1
    let typeToken = 0
    while (type < 0) {
      const token = tokens.next('a record type')
      typeToken = token
      const first = tokens.text[tokens.starts[token]!]!
      if (first >= 0x30 && first <= 0x39) {
        if (ttl !== NO_TTL) tokens.fail(`expected a record type, found '${tokens.show(token)}'`)
        ttl = durationOf(tokens, token)
        if (ttl < 0) tokens.fail(`expected a TTL, a class or a record type, found '${tokens.show(token)}'`)
        continue
      }
      type = typeOfToken(tokens, token)
      if (type >= 0) break
      const found = classOfToken(tokens, token)
      if (found >= 0 && klass < 0) klass = found
      else if (isAge(tokens, token)) this.#hasWindowsMarks = true
      else tokens.fail(`unknown record type '${tokens.show(token)}'`)
    }
    if (klass >= 0 && klass !== CLASS_IN) {
      tokens.fail(`a record of class ${classMnemonic(klass)}: only zones of class IN are read`)
    }
    const declared = recordType(type)
    if (declared?.declaration.only !== undefined) {
      tokens.fail(`a record of type ${declared.mnemonic} does not stand in a zone`)
    }
    const rdataAt = out.length
    if (declared !== undefined) declared.parse(tokens, out)
    else {
      if (!isGeneric(tokens))
        tokens.fail(`RDATA of an unknown type is written as \\# LENGTH HEX (RFC 3597)`, tokens.cursor)
      parseGeneric(tokens, out)
    }
    const soaMinimum = type === SOA.number ? boundTtl(readU32(out.octets, out.length - 4)) : NO_TTL
    if (soaMinimum !== NO_TTL && this.#soaMinimum === NO_TTL) {
      this.#soaMinimum = soaMinimum
      if (hasExportComments(tokens)) this.#hasWindowsMarks = true
    }
    const inherits = ttl === NO_TTL && this.#defaultTtl === NO_TTL
    this.#sink.record(this.#ownerAt, type, this.#ttl(ttl, soaMinimum, tokens), rdataAt, out.length - rdataAt, inherits)
    if (isFreeText(type)) this.#lookForCut(tokens, typeToken + 1)
  }

  /** Reports a text that a comment cuts. */
  #lookForCut(tokens: Tokens, from: number): void {
    const at = this.#sink.textCut === undefined ? -1 : findCut(tokens, from)
    if (at < 0) return
    const place = { file: tokens.source.file, ...tokens.source.lineAt(at) }
    this.#sink.textCut?.(this.#frames.at(-1)?.generatedAt ?? place)
  }

  /** The TTL that counts: stated, else of `$TTL`, else the last stated (RFC 1035 §5.1), else of the SOA itself. */
  #ttl(stated: number, soaMinimum: number, tokens: Tokens): number {
    if (stated !== NO_TTL) {
      this.#lastTtl = boundTtl(stated)
      return this.#lastTtl
    }
    if (this.#defaultTtl !== NO_TTL) return this.#defaultTtl
    if (this.#lastTtl !== NO_TTL) return this.#lastTtl
    if (soaMinimum !== NO_TTL) {
      this.#lastTtl = soaMinimum
      return soaMinimum
    }
    return (
      this.#options.defaultTtl ?? tokens.fail('no TTL is known for this record: write one, or a $TTL line before it', 0)
    )
  }

  #owner(tokens: Tokens, token: number): void {
    const { out } = this.#sink
    const at = out.length
    const length = tokens.nameAt(token, out, 'an owner name')
    if (this.#ownerAt >= 0 && sameSpelling(out.octets, this.#ownerAt, at, length)) out.length = at
    else this.#ownerAt = at
  }

  #restoreOwner(owner: Uint8Array | undefined): void {
    if (owner === undefined) {
      this.#ownerAt = -1
      return
    }
    this.#ownerAt = this.#sink.out.length
    this.#sink.out.bytes(owner)
  }

  /** Obeys a directive; true when another text is to be read first. */
  #directive(scanner: EntryScanner, tokens: Tokens, source: TextSource): boolean {
    const token = tokens.cursor++
    if (tokens.is(token, '$ORIGIN')) {
      tokens.origin = this.#nameValue(tokens, 'the new origin')
      tokens.end()
      return false
    }
    if (tokens.is(token, '$TTL')) {
      const value = durationOf(tokens, tokens.next('a TTL'))
      if (value < 0 || value > MAX_TTL) tokens.fail('expected a TTL from 0 to 2147483647')
      tokens.end()
      this.#defaultTtl = value
      return false
    }
    if (tokens.is(token, '$INCLUDE')) {
      this.#include(tokens, source)
      return true
    }
    if (tokens.is(token, '$GENERATE')) {
      this.#generate(scanner, tokens)
      return true
    }
    return tokens.fail(
      `unknown directive '${tokens.show(token)}': $ORIGIN, $TTL, $INCLUDE and $GENERATE are known`,
      token,
    )
  }

  #nameValue(tokens: Tokens, what: string): Uint8Array {
    const { out } = this.#sink
    const at = out.length
    tokens.name(out, what)
    const octets = out.octets.slice(at, out.length)
    out.length = at
    return octets
  }

  #include(tokens: Tokens, source: TextSource): void {
    const token = tokens.next('a file name')
    const path = tokens.string(token)
    const origin = tokens.left > 0 ? this.#nameValue(tokens, 'the origin of the included file') : tokens.origin
    tokens.end()
    const open = this.#options.include ?? tokens.fail('$INCLUDE is not allowed here', 0)
    const depth = this.#options.maxIncludeDepth ?? 8
    if (this.#frames.length > depth) tokens.fail(`files include each other more than ${depth} deep`, 0)
    let included: TextSource
    try {
      included = open(path, source)
    } catch (error) {
      if (error instanceof DnsError) tokens.fail(error.message, token)
      throw error
    }
    this.#enter(included, origin)
  }

  #generate(scanner: EntryScanner, tokens: Tokens): void {
    const place: TextPlace = { file: scanner.file, line: scanner.line, column: 1 }
    const template = generateTemplate(tokens)
    this.#enter(expandGenerate(template, place, this.#generated), tokens.origin, place)
  }

  #enter(source: TextSource, origin: Uint8Array, generatedAt?: TextPlace): void {
    const { octets } = this.#sink.out
    this.#outerOwners.push(this.#ownerAt < 0 ? undefined : Name.fromOctets(octets, this.#ownerAt).octets)
    this.#push(source, origin, generatedAt)
  }
}

/** RFC 2181 §8: a TTL with the highest bit set counts as zero. */
function boundTtl(ttl: number): number {
  return ttl > MAX_TTL ? 0 : ttl
}

/** Whether the name at `a` has the very octets of the one of `length` octets at `b`. */
function sameSpelling(octets: Uint8Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (octets[a + i] !== octets[b + i]) return false
  return true
}

/** Reads records from a text. For small texts and tests; `file` names it in errors. */
export function textSource(text: string | Uint8Array, file = 'text'): TextSource {
  const octets = typeof text === 'string' ? new TextEncoder().encode(text) : text
  let done = 0
  return {
    file,
    read(into, at) {
      const n = Math.min(octets.length - done, into.length - at)
      into.set(octets.subarray(done, done + n), at)
      done += n
      return n
    },
  }
}
