/** The zone file that a command reads, and what that may include. */
import type { Command } from 'commander'
import { type OpenZoneFile, openZoneFile } from '../store/index.ts'
import { appendWord } from './arguments.ts'

export type ZoneInputFlags = { readonly includeFolder?: readonly string[] }

export function addZoneInputOptions(program: Command): Command {
  return program.option(
    '--include-folder <folder>',
    'a further folder whose files $INCLUDE may name, besides that of the zone file; again for more',
    appendWord,
  )
}

/** Throws DnsError `input-unreadable`. */
export function openZoneInput(file: string, { includeFolder = [] }: ZoneInputFlags): OpenZoneFile {
  return openZoneFile(file, { inherited: true, includeFolders: includeFolder, includeSetting: '--include-folder' })
}
