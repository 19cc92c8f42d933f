/** What files that Windows DNS exported have and others do not. */
import type { Tokens } from '../presentation/index.ts'

/** The age that Windows writes before a TTL: `[AGE:…]`, `[Aging:…]`. */
export function isAge(tokens: Tokens, token: number): boolean {
  return /^\[ag(e|ing):[0-9]{1,10}\]$/i.test(tokens.string(token))
}

/** What Windows writes behind the last field of the SOA record, where a closing parenthesis may stand too. */
const DEFAULT_TTL_COMMENT = /^[\s)]*;.*\bdefault TTL\b/i
/** What its exports begin with: `;  Database file corp.dns for corp.example zone.` Old ones have no other mark. */
const HEADER = /^; *Database file .* zone/m
/** Most octets from the header to the SOA record. */
const HEADER_DISTANCE = 1024

/** Whether the comments around an SOA record, whose tokens these are, are those that Windows writes. */
export function hasExportComments(tokens: Tokens): boolean {
  return DEFAULT_TTL_COMMENT.test(tokens.textBehind()) || HEADER.test(tokens.textBefore(HEADER_DISTANCE))
}
