/**
 * Texts that a comment cuts: `TXT v=DMARC1; p=none` is read as `v=DMARC1`, since a semicolon without quotes begins a comment
 * (RFC 1035 §5.1). That is hardly ever what was meant.
 */
import type { Tokens } from '../presentation/index.ts'
import { CAA, SPF, TXT } from '../rr/index.ts'

/** Types of free text. */
const FREE_TEXT: ReadonlySet<number> = new Set([TXT, SPF, CAA].map(({ number }) => number))
const NEXT_TAG = /^[ \t]*;[ \t]*[a-z][a-z0-9_-]*=\S/i
const SEMICOLON = 0x3b
const EQUALS_SIGN = 0x3d

export function isFreeText(type: number): boolean {
  return FREE_TEXT.has(type)
}

/**
 * Offset of the semicolon that cuts RDATA which begin at the token `from`, or -1: one right behind a word, or one before
 * what looks like the next tag (`v=DKIM1 ; p=…`).
 */
export function findCut(tokens: Tokens, from: number): number {
  const last = tokens.count - 1
  for (let token = from; token <= last; token++) {
    // A quoted token ends before its quote, and is never cut.
    const end = tokens.ends[token]!
    if (end < tokens.entryEnd && tokens.text[end] === SEMICOLON) return end
    if (token === last && tokens.has(token, EQUALS_SIGN) && NEXT_TAG.test(tokens.textBehind())) return end
  }
  return -1
}
