/** Extended errors (RFC 8914) in words that stand in a line. */
import { extendedError } from '../../dns/wire/index.ts'

/** `Signature Expired (7): what the server says of it`. */
export function extendedErrorText(code: number, text: string): string {
  const { name } = extendedError(code)
  return text === '' ? `${name} (${code})` : `${name} (${code}): ${text}`
}
