/** Tokens of a text that stands alone: one value, as a person types it or as JSON carries it. */
import type { Name } from '../name/index.ts'
import { EntryScanner, Tokens } from '../presentation/index.ts'

const encoder = new TextEncoder()

/**
 * The tokens of `text`, which is one entry at most (parentheses may span lines). `origin`: what relative names continue with,
 * the root by default. Throws TextError.
 */
export function tokensOfText(text: string, origin?: Name): Tokens {
  const octets = encoder.encode(text)
  const tokens = new Tokens()
  if (origin !== undefined) tokens.origin = origin.octets
  let done = false
  const read = (into: Uint8Array, at: number): number => {
    if (done) return 0
    done = true
    into.set(octets, at)
    return octets.length
  }
  const scanner = new EntryScanner({ file: 'text', read }, tokens, octets.length + 1)
  if (!scanner.next()) return new Tokens()
  const rest = new Tokens()
  if (new EntryScanner({ file: 'text', read: afterEntry(octets, tokens.entryEnd) }, rest, octets.length + 1).next()) {
    rest.fail('expected one value, found a second line', 0)
  }
  return tokens
}

function afterEntry(octets: Uint8Array, from: number): (into: Uint8Array, at: number) => number {
  let done = false
  return (into, at) => {
    if (done) return 0
    done = true
    into.set(octets.subarray(from), at)
    return octets.length - from
  }
}
