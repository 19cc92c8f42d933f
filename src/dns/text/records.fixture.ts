/** Reads a master file for a test: each record as one line of text. */
import { Name } from '../name/index.ts'
import { OctetWriter } from '../octets.ts'
import { TextWriter } from '../presentation/index.ts'
import { type MasterFileOptions, parseMasterFile, printRecord, textSource } from './index.ts'

export function readLines(text: string | Uint8Array, options: Partial<MasterFileOptions> = {}): string[] {
  const out = new OctetWriter(64)
  const lines: string[] = []
  const sink = {
    out,
    record(ownerAt: number, type: number, ttl: number, rdataAt: number, rdataLength: number): void {
      const line = new TextWriter()
      printRecord(out.octets, ownerAt, type, ttl, rdataAt, rdataLength, line)
      lines.push(line.toString().trimEnd().replaceAll('\t', ' '))
    },
  }
  parseMasterFile(textSource(text, 'test.zone'), sink, { origin: Name.parse('example.'), ...options })
  return lines
}
