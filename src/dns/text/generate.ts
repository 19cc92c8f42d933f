/**
 * `$GENERATE` (a directive of BIND that others took over): one line that stands for a range of records.
 *
 *     $GENERATE 1-10/2 host-$ A 10.0.0.${16,3,d}
 *
 * In what follows the range, `$` is the number, `${offset,width,base}` the number plus an offset, padded with zeros to a
 * width, in base d, o, x, X, n or N (nibbles, for ip6.arpa); `\$` and `$$` are a dollar sign. The range is expanded to text
 * that is read as if it stood there. It is bounded, since one line could otherwise fill the memory.
 */
import { TextError, type TextPlace } from '../errors.ts'
import { QUOTED, type TextSource, type Tokens } from '../presentation/index.ts'

export type GenerateTemplate = {
  readonly first: number
  readonly last: number
  readonly step: number
  readonly text: string
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
  if (range === null || last < first || step < 1 || last > 0x7fffffff) {
    tokens.fail(`expected a range such as 1-10 or 0-100/2, found '${tokens.show(token)}'`)
  }
  const words: string[] = []
  while (tokens.left > 0) {
    const next = tokens.cursor++
    const word = tokens.string(next)
    words.push((tokens.flags[next]! & QUOTED) === 0 ? word : `"${word}"`)
  }
  if (words.length < 3) tokens.fail('expected an owner name, a type and RDATA after the range', 0)
  return { first, last, step, text: words.join(' ') }
}

/** The text that the directive stands for, made line by line as it is read. Errors carry the directive's place. */
export function expandGenerate(template: GenerateTemplate, place: TextPlace, budget: GenerateBudget): TextSource {
  const { first, last, step, text } = template
  const wanted = Math.floor((last - first) / step) + 1
  if (wanted > budget.left) {
    throw new TextError(`the range makes ${wanted} records; ${budget.left} more are allowed`, place, 'limit-exceeded')
  }
  budget.left -= wanted
  const encoder = new TextEncoder()
  let next = first
  let line = new Uint8Array(0)
  let done = 0
  return {
    file: place.file,
    read(into, at) {
      if (done === line.length) {
        if (next > last) return 0
        line = encoder.encode(`${substitute(text, next, place)}\n`)
        done = 0
        next += step
      }
      const n = Math.min(line.length - done, into.length - at)
      into.set(line.subarray(done, done + n), at)
      done += n
      return n
    },
  }
}

const MODIFIER = /\\\$|\$\$|\$\{([^}]{0,40})\}|\$/g

function substitute(text: string, value: number, place: TextPlace): string {
  return text.replace(MODIFIER, (match, modifier: string | undefined) => {
    if (match === '\\$' || match === '$$') return '\\$'
    return modifier === undefined ? String(value) : format(modifier, value, place)
  })
}

function format(modifier: string, value: number, place: TextPlace): string {
  const parts = /^(-?[0-9]{1,10})(?:,([0-9]{1,3})(?:,([doxXnN]))?)?$/.exec(modifier)
  const number = value + Number(parts?.[1])
  const width = Number(parts?.[2] ?? 0)
  if (parts === null || number < 0 || width > 255) {
    throw new TextError(`'\${${modifier}}' is no modifier (offset,width,base), or makes a negative number`, place)
  }
  const base = parts[3] ?? 'd'
  if (base === 'n' || base === 'N') return nibbles(number, width, base === 'N')
  const digits = number.toString(base === 'd' ? 10 : base === 'o' ? 8 : 16)
  return (base === 'X' ? digits.toUpperCase() : digits).padStart(width, '0')
}

/** Hexadecimal digits from the lowest, each a label: `width` counts digits and dots. */
function nibbles(value: number, width: number, upper: boolean): string {
  const digits = value.toString(16)
  const reversed = [...(upper ? digits.toUpperCase() : digits)].reverse()
  while (reversed.length * 2 - 1 < width) reversed.push('0')
  return reversed.join('.')
}
