/**
 * Text of others (file names, tokens, what peers send) as it may be shown: nothing of it steers a terminal, hides, reverses
 * what stands beside it, or begins a line of its own.
 */

/**
 * Controls (C0 but for the tab, DEL, C1), format characters (bidi controls, zero-width ones), separators of lines, and halves
 * of surrogate pairs.
 */
const UNSAFE = /[^\P{Cc}\t]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** The text with each such character written out: `\x1b`, `\u{202e}`. A text without them comes back as it is. */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, (mark) => {
    const code = mark.codePointAt(0) ?? 0
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}
