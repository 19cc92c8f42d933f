/**
 * `$GENERATE` (a directive of BIND that others took over): one line that stands for a range of records.
 *
 *     $GENERATE 1-10/2 host-$ A 10.0.0.${16,3,d}
 *     $GENERATE 1-10 host-$ MX "10 mail-$"
 *
 * In the owner and the RDATA, `$` is the number, `${offset,width,base}` the number plus an offset, padded with zeros to a
 * width, in base d, o, x, X, n or N (nibbles, for ip6.arpa); `\$` and `$$` are a dollar sign, and a backslash takes the meaning
 * of any other character away. The records are made as text that is read as if it stood there. Their number is bounded, since
 * one line could otherwise fill the memory.
 *
 * All of this is as BIND has it: RDATA of several words stand between quotes, which do not belong to them (a TXT record of one
 * string with blanks is `"\"two words\""`). RDATA of several words without quotes around them are an error there; here they are
 * read as in any record.
 */
import { TextError, type TextPlace } from '../errors.ts'
import { durationOf, QUOTED, type TextSource, type Tokens } from '../presentation/index.ts'
import { classOfToken } from '../rr/index.ts'

export type GenerateTemplate = {
  readonly first: number
  readonly last: number
  readonly step: number
  readonly owner: string
  /** TTL and class, as far as they are there, and the type: nothing in them is replaced. */
  readonly head: string
  readonly rdata: string
}

/** Records that may still be made, for all directives of a load together. */
export type GenerateBudget = { left: number }

/** Reads what follows `$GENERATE`. Throws TextError. */
export function generateTemplate(tokens: Tokens): GenerateTemplate {
  const token = tokens.next('a range (first-last or first-last/step)')
  const range = /^([0-9]{1,10})-([0-9]{1,10})(?:\/([0-9]{1,10}))?$/.exec(tokens.string(token))
  const first = Number(range?.[1])
  const last = Number(range?.[2])
  const step = Number(range?.[3] ?? 1)
  if (range === null || last < first || step < 1 || last > MAX_NUMBER) {
    tokens.fail(
      `expected a range such as 1-10 or 0-100/2, of numbers up to ${MAX_NUMBER}, found '${tokens.show(token)}'`,
    )
  }
  const ownerAt = tokens.next('an owner name')
  let typeAt = tokens.next('a record type')
  while (durationOf(tokens, typeAt) >= 0 || classOfToken(tokens, typeAt) >= 0) typeAt = tokens.next('a record type')
  const rdataAt = tokens.next('RDATA')
  const isOneQuoted = tokens.left === 0 && (tokens.flags[rdataAt]! & QUOTED) !== 0
  const rdata = isOneQuoted
    ? tokens.string(rdataAt).replaceAll(/\\(.)/gs, (pair, next) => (next === '"' ? next : pair))
    : textOf(tokens, rdataAt, tokens.count)
  tokens.cursor = tokens.count
  return {
    first,
    last,
    step,
    owner: textOf(tokens, ownerAt, ownerAt + 1),
    head: textOf(tokens, ownerAt + 1, typeAt + 1),
    rdata,
  }
}

/** Tokens as they were written, with a blank where there was one: `alpn="h2,h3"` is one value of two tokens. */
function textOf(tokens: Tokens, from: number, to: number): string {
  let text = ''
  let end = -1
  for (let i = from; i < to; i++) {
    const quote = (tokens.flags[i]! & QUOTED) === 0 ? 0 : 1
    if (i > from && tokens.starts[i]! - quote > end) text += ' '
    const word = tokens.string(i)
    text += quote === 0 ? word : `"${word}"`
    end = tokens.ends[i]! + quote
  }
  return text
}

/**
 * The text that the directive stands for, a record a line, made as it is read. Errors carry the directive's place, and the
 * record's ordinal as line.
 */
export function expandGenerate(template: GenerateTemplate, place: TextPlace, budget: GenerateBudget): TextSource {
  const { first, last, step, owner, head, rdata } = template
  const wanted = Math.floor((last - first) / step) + 1
  if (wanted > budget.left) {
    throw new TextError(`the range makes ${wanted} records; ${budget.left} more are allowed`, place, 'limit-exceeded')
  }
  budget.left -= wanted
  let made = 0
  let line = new Uint8Array(0)
  let done = 0
  return {
    file: place.file,
    read(into, at) {
      if (done === line.length) {
        if (made === wanted) return 0
        const value = first + made * step
        made++
        const where = { ...place, line: made }
        line = octetsOf(`${substitute(owner, value, where)} ${head} ${substitute(rdata, value, where)}\n`)
        done = 0
      }
      const n = Math.min(line.length - done, into.length - at)
      into.set(line.subarray(done, done + n), at)
      done += n
      return n
    },
  }
}

/** Tokens are strings of one character an octet. */
function octetsOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

/** An escaped character, a dollar sign, a number with a modifier that may be none, a number. */
const PIECE = /\\.|\$\$|\$\{([^}]*)(\}?)|\$/gs

function substitute(text: string, value: number, place: TextPlace): string {
  // BIND lets an offset count for every plain $ behind it in the same field.
  let offset = 0
  return text.replace(PIECE, (piece, modifier: string | undefined, closing: string | undefined) => {
    if (piece.startsWith('\\')) return piece
    if (piece === '$$') return '\\$'
    if (modifier === undefined) return String(bounded(value + offset, place))
    const parts = closing === '' ? null : MODIFIER.exec(modifier)
    if (parts === null) {
      throw new TextError(
        `'${piece.slice(0, 40)}' is no modifier: write \${offset}, \${offset,width} or \${offset,width,base}; a base is d, o, x, X, n or N`,
        place,
      )
    }
    offset = bounded(Number(parts[1]), place)
    const width = Number(parts[2] ?? 0)
    if (width > MAX_WIDTH) throw new TextError(`the width of '${piece}' is above ${MAX_WIDTH}`, place)
    return format(bounded(value + offset, place), width, parts[3] ?? 'd')
  })
}

const MODIFIER = /^([+-]?[0-9]{1,10})(?:,\+?([0-9]{1,10})(?:,([doxXnN]))?)?$/
/** Numbers are of 32 bits with a sign. */
const MAX_NUMBER = 0x7fffffff
const MAX_WIDTH = 127

function bounded(value: number, place: TextPlace): number {
  if (value >= -MAX_NUMBER - 1 && value <= MAX_NUMBER) return value
  throw new TextError(`${value} is no number from ${-MAX_NUMBER - 1} to ${MAX_NUMBER}`, place)
}

/** As printf does it: a minus sign counts for the width; in other bases than ten a negative number is its two's complement. */
function format(value: number, width: number, base: string): string {
  if (base === 'd')
    return value < 0 ? `-${String(-value).padStart(width - 1, '0')}` : String(value).padStart(width, '0')
  const digits = (value >>> 0).toString(base === 'o' ? 8 : 16)
  const cased = base === 'X' || base === 'N' ? digits.toUpperCase() : digits
  return base === 'n' || base === 'N' ? nibbles(cased, width) : cased.padStart(width, '0')
}

/** Digits from the lowest, each a label. `width` counts digits and dots: where it is even, a dot is the last of them. */
function nibbles(digits: string, width: number): string {
  const padded = digits.padStart(Math.ceil(width / 2), '0')
  const text = [...padded].reverse().join('.')
  return text.length < width ? `${text}.` : text
}
