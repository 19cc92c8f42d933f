/** Classes (RFC 1035 §3.2.4, RFC 2136, RFC 6895 §3.2). Signet's zones are of class IN; others are read and kept apart. */
import type { Tokens } from '../presentation/index.ts'

export const CLASS_IN = 1
export const CLASS_CH = 3
export const CLASS_HS = 4
export const CLASS_NONE = 254
export const CLASS_ANY = 255

const WORDS: readonly (readonly [string, number])[] = [
  ['IN', CLASS_IN],
  ['CH', CLASS_CH],
  ['HS', CLASS_HS],
  ['NONE', CLASS_NONE],
  ['ANY', CLASS_ANY],
]

/** `IN`, or `CLASS65280` for a class without a mnemonic (RFC 3597 §5). */
export function classMnemonic(number: number): string {
  return WORDS.find((entry) => entry[1] === number)?.[0] ?? `CLASS${number}`
}

/** The class that the word in a token names, or -1. */
export function classOfToken(tokens: Tokens, token: number): number {
  if (tokens.flags[token] !== 0) return -1
  const length = tokens.ends[token]! - tokens.starts[token]!
  if (length < 2) return -1
  for (const [word, number] of WORDS) if (word.length === length && tokens.is(token, word)) return number
  if (length < 6 || length > 10) return -1
  const word = tokens.string(token).toUpperCase()
  return /^CLASS[0-9]{1,5}$/.test(word) && Number(word.slice(5)) <= 65535 ? Number(word.slice(5)) : -1
}
