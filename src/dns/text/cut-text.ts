/**
 * Texts that a comment cuts: `TXT v=DMARC1; p=none` is read as `v=DMARC1`, since a semicolon without quotes begins a comment
 * (RFC 1035 §5.1). That is hardly ever what was meant.
 */
import { QUOTED, type Tokens } from '../presentation/index.ts'
import { CAA, SPF, TXT } from '../rr/index.ts'

/** Types of free text. */
const FREE_TEXT: ReadonlySet<number> = new Set([TXT, SPF, CAA].map(({ number }) => number))
const NEXT_TAG = /^[ \t]*;[ \t]*[a-z][a-z0-9_-]*=\S/i
const SEMICOLON = 0x3b

export function isFreeText(type: number): boolean {
  return FREE_TEXT.has(type)
}

/**
 * Offset of the semicolon that cuts RDATA which begin at the token `from`, or -1: one right behind a word, or one before
 * what looks like the next tag (`v=DKIM1 ; p=…`).
 */
export function findCut(tokens: Tokens, from: number): number {
  const { text, entryEnd } = tokens
  let end = entryEnd
  let isQuoted = true
  for (let token = from; token < tokens.count; token++) {
    isQuoted = (tokens.flags[token]! & QUOTED) !== 0
    end = tokens.ends[token]!
    if (!isQuoted && end < entryEnd && text[end] === SEMICOLON) return end
  }
  if (isQuoted) return -1
  let at = end
  while (at < entryEnd && (text[at] === 0x20 || text[at] === 0x09)) at++
  if (at === entryEnd || text[at] !== SEMICOLON) return -1
  return tokens.string(tokens.count - 1).includes('=') && NEXT_TAG.test(tokens.textBehind()) ? end : -1
}
