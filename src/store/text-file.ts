/** Text files of bounded size, read whole. */
import { DnsError } from '../dns/errors.ts'
import { binaryKind } from '../dns/presentation/index.ts'
import { type InputOptions, readInputFile } from './input-file.ts'

/** The text of a file as UTF-8. Throws as `readTextOctets`. */
export function readTextFile(path: string, maxOctets: number, options?: InputOptions): string {
  return new TextDecoder().decode(readTextOctets(path, maxOctets, options))
}

/**
 * The octets of a text without its byte order mark. Throws as `readInputFile`, and DnsError `input-unreadable` for a file that is
 * no text, or is one in UTF-16.
 */
export function readTextOctets(path: string, maxOctets: number, options?: InputOptions): Buffer {
  const { octets } = readInputFile(path, maxOctets, options)
  const kind = binaryKind(octets)
  if (kind !== undefined) throw new DnsError('input-unreadable', `${path}: cannot be read as text: it ${kind}`)
  return octets[0] === 0xef && octets[1] === 0xbb && octets[2] === 0xbf ? octets.subarray(3) : octets
}
