/**
 * Names in presentation format (RFC 1035 §5.1, RFC 4343 §2.1): `\.` and `\X` stand for the octet itself, `\DDD` for the
 * octet of that decimal value. Printing escapes what a reader of any implementation could take for something else.
 */
import { MAX_LABEL, MAX_NAME } from './labels.ts'

const BACKSLASH = 0x5c
const DOT = 0x2e

/** Why a text is no name; each is negative, so that an offset cannot be mistaken for one. */
export const NAME_EMPTY_LABEL = -1
export const NAME_LABEL_TOO_LONG = -2
export const NAME_TOO_LONG = -3
export const NAME_BAD_ESCAPE = -4

export type NameSyntaxFault =
  | typeof NAME_EMPTY_LABEL
  | typeof NAME_LABEL_TOO_LONG
  | typeof NAME_TOO_LONG
  | typeof NAME_BAD_ESCAPE

export function explainNameFault(fault: number): string {
  if (fault === NAME_EMPTY_LABEL) return 'a label is empty (two dots in a row, or a dot at the start)'
  if (fault === NAME_LABEL_TOO_LONG) return 'a label is longer than 63 octets'
  if (fault === NAME_TOO_LONG) return 'the name is longer than 255 octets'
  return 'an escape is neither \\DDD with DDD from 000 to 255 nor a backslash and one character'
}

/**
 * Reads `text[from, to)` and writes the name's wire form to `out` at `at`. A text without a final dot gets `origin` (wire
 * form, from `originAt` on) appended. Returns the offset after the name, or a negative fault. `out` needs 256 octets of room.
 */
export function readNameText(
  text: Uint8Array,
  from: number,
  to: number,
  origin: Uint8Array,
  originAt: number,
  out: Uint8Array,
  at: number,
): number {
  const start = at
  if (to - from === 1) {
    if (text[from] === DOT) {
      out[at] = 0
      return at + 1
    }
    if (text[from] === 0x40) return appendOrigin(origin, originAt, out, at, start)
  }
  if (from === to) return NAME_EMPTY_LABEL
  let label = at++
  let i = from
  while (i < to) {
    let octet = text[i++]!
    if (octet === DOT) {
      const length = at - label - 1
      if (length === 0) return NAME_EMPTY_LABEL
      if (length > MAX_LABEL) return NAME_LABEL_TOO_LONG
      out[label] = length
      if (i === to) {
        out[at++] = 0
        return at - start > MAX_NAME ? NAME_TOO_LONG : at
      }
      label = at++
      if (at - start > MAX_NAME) return NAME_TOO_LONG
      continue
    }
    if (octet === BACKSLASH) {
      octet = readEscape(text, i, to)
      if (octet < 0) return NAME_BAD_ESCAPE
      i += isDigit(text[i]!) ? 3 : 1
    }
    out[at++] = octet
    if (at - start > MAX_NAME) return at - label - 1 > MAX_LABEL ? NAME_LABEL_TOO_LONG : NAME_TOO_LONG
  }
  const length = at - label - 1
  if (length > MAX_LABEL) return NAME_LABEL_TOO_LONG
  out[label] = length
  return appendOrigin(origin, originAt, out, at, start)
}

function appendOrigin(origin: Uint8Array, originAt: number, out: Uint8Array, at: number, start: number): number {
  for (;;) {
    const length = origin[originAt]!
    if (at + length + 1 - start > MAX_NAME) return NAME_TOO_LONG
    for (let i = 0; i <= length; i++) out[at++] = origin[originAt++]!
    if (length === 0) return at
  }
}

/** The octet that the escape after a backslash at `at - 1` stands for, or -1. */
export function readEscape(text: Uint8Array, at: number, to: number): number {
  if (at >= to) return -1
  const first = text[at]!
  if (!isDigit(first)) return first
  if (at + 2 >= to || !isDigit(text[at + 1]!) || !isDigit(text[at + 2]!)) return -1
  const value = (first - 0x30) * 100 + (text[at + 1]! - 0x30) * 10 + (text[at + 2]! - 0x30)
  return value > 255 ? -1 : value
}

function isDigit(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x39
}

/** How an octet of a label is written: 0 as it stands, 1 with a backslash before it, 2 as `\DDD`. */
const LABEL_ESCAPE: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) => {
  if (octet <= 0x20 || octet >= 0x7f) return 2
  return '".;\\()@$'.includes(String.fromCharCode(octet)) ? 1 : 0
})

/** Most octets of text that a name can take: every octet as `\DDD`, and dots. */
export const MAX_NAME_TEXT: number = 4 * MAX_NAME

/** Writes the name in `octets` at `at` as text into `out` at `to`, final dot included; returns the offset after it. */
export function writeNameText(octets: Uint8Array, at: number, out: Uint8Array, to: number): number {
  let length = octets[at]!
  if (length === 0) {
    out[to] = DOT
    return to + 1
  }
  while (length !== 0) {
    for (let i = 1; i <= length; i++) {
      const octet = octets[at + i]!
      const form = LABEL_ESCAPE[octet]!
      if (form === 0) out[to++] = octet
      else {
        out[to++] = BACKSLASH
        if (form === 1) out[to++] = octet
        else to = writeThreeDigits(octet, out, to)
      }
    }
    out[to++] = DOT
    at += length + 1
    length = octets[at]!
  }
  return to
}

/** Writes `\DDD`'s digits. */
export function writeThreeDigits(octet: number, out: Uint8Array, to: number): number {
  out[to] = 0x30 + Math.floor(octet / 100)
  out[to + 1] = 0x30 + (Math.floor(octet / 10) % 10)
  out[to + 2] = 0x30 + (octet % 10)
  return to + 3
}
