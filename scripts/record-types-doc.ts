/**
 * Writes docs/record-types.md from the declarations of record types. `--check` changes nothing and fails when the page is not
 * what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RecordType, recordTypes } from '../src/dns/rr/index.ts'

const PAGE = join(import.meta.dirname, '..', 'docs', 'record-types.md')

const HEAD = `# Record types

Written by \`node scripts/record-types-doc.ts\` from the declarations in \`src/dns/rr/types/\`; not to be edited by hand.

Types that are not here are handled as RFC 3597 says: \`TYPE65280 \\# LENGTH HEX\`. Every type is read in that form too. What a
type allows on the wire but has no text for (an unassigned version, family or gateway type; service parameters that contradict
each other) is written in it.

Names: *compressed* are those a sender may compress (RFC 3597 §4); *lowered* those that the canonical form has in lower case
(RFC 4034 §6.2, RFC 6840 §5.1). "Additional" are the fields whose addresses belong into the additional section.
`

/** Where the type may stand, and what is done with its names. */
function notes(type: RecordType): string {
  const { only, additional, aliases } = type.declaration
  const words: string[] = []
  if (only === 'message') words.push('only in messages')
  if (only === 'question') words.push('only as a question')
  if (only === 'bitmap') words.push('only in type bitmaps')
  if (type.compressesNames) words.push('names compressed')
  if (type.lowersNames) words.push('names lowered')
  if (additional !== undefined) words.push(`additional: ${additional.join(', ')}`)
  if (aliases !== undefined) words.push(`also read: ${aliases.map((alias) => `\`${alias}\``).join(', ')}`)
  return words.join('; ')
}

function row(type: RecordType): string {
  const { number, mnemonic, meaning, reference, fields } = type.declaration
  const shown = Object.entries(fields).map(([name, field]) => `\`${name}\`: ${field.kind}`)
  return `| ${number} | ${mnemonic} | ${meaning} | ${reference} | ${shown.join('<br>')} | ${notes(type)} |`
}

/** The page as the declarations have it. */
export function recordTypesPage(): string {
  const types = recordTypes()
  return `${HEAD}
${types.length} types are declared.

| number | mnemonic | meaning | reference | fields | notes |
|---|---|---|---|---|---|
${types.map(row).join('\n')}
`
}

/** Whether docs/record-types.md is what the declarations make of it. */
export function recordTypesPageIsCurrent(): boolean {
  return readFileSync(PAGE, 'utf8') === recordTypesPage()
}

if (import.meta.main) {
  if (!process.argv.includes('--check')) writeFileSync(PAGE, recordTypesPage())
  else if (!recordTypesPageIsCurrent()) {
    console.error('docs/record-types.md is not current: run node scripts/record-types-doc.ts')
    process.exitCode = 1
  }
}
