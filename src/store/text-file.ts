/** Text files of bounded size, read whole. */
import { type InputOptions, readInputFile } from './input-file.ts'

/** The text of a file as UTF-8. Throws as `readInputFile`. */
export function readTextFile(path: string, maxOctets: number, options?: InputOptions): string {
  return new TextDecoder().decode(readInputFile(path, maxOctets, options).octets)
}
