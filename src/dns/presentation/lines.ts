/** Lines for people, made of pieces with a shade. `cli/output.ts` makes them printable and colours them. */

/** What a piece says: a verdict, or how much it matters. */
export type Shade = 'secure' | 'insecure' | 'bogus' | 'indeterminate' | 'unchecked' | 'quiet' | 'strong'

/** A piece of a line; with a shade it is coloured where the terminal's user does not mind colours. */
export type Piece = string | { readonly text: string; readonly shade: Shade }
export type Line = string | readonly Piece[]

export function paint(text: string, shade: Shade): Piece {
  return { text, shade }
}
