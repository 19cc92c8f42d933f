/** Tokens of one line, for tests of what reads them. */
import { EntryScanner } from './scanner.ts'
import { Tokens } from './tokens.ts'

export function tokensOf(text: string): Tokens {
  const octets = new TextEncoder().encode(text)
  const tokens = new Tokens()
  let done = false
  const read = (into: Uint8Array, at: number): number => {
    if (done) return 0
    done = true
    into.set(octets, at)
    return octets.length
  }
  new EntryScanner({ file: 'test', read }, tokens, octets.length + 1).next()
  return tokens
}
