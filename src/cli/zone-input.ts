/** The zone file that a command reads: its format, and what it may include. */
import type { Command } from 'commander'
import type { MasterFileFormat } from '../dns/text/index.ts'
import { type OpenZoneFile, openZoneFile } from '../store/index.ts'
import { appendWord, parseChoice } from './arguments.ts'

export type ZoneInputFlags = { readonly format: string; readonly includeFolder?: readonly string[] }

const FORMATS: readonly MasterFileFormat[] = ['auto', 'windows', 'rfc1035']

export function addZoneInputOptions(program: Command): Command {
  return program
    .option('--format <format>', 'what records without a TTL have: auto, windows or rfc1035', 'auto')
    .option(
      '--include-folder <folder>',
      'a further folder whose files $INCLUDE may name, besides that of the zone file; again for more',
      appendWord,
    )
}

/** Throws DnsError `usage`. */
export function parseFormat({ format }: ZoneInputFlags): MasterFileFormat {
  return parseChoice('--format', format, FORMATS)
}

/** Throws DnsError `input-unreadable`. */
export function openZoneInput(file: string, { includeFolder = [] }: ZoneInputFlags): OpenZoneFile {
  return openZoneFile(file, { inherited: true, includeFolders: includeFolder, includeSetting: '--include-folder' })
}
