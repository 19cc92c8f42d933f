/**
 * Writes docs/cli.md: every command with its help, as `--help` prints it.
 *
 *   node scripts/cli-doc.ts
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { COMMANDS } from '../src/cli/commands.ts'
import { buildProgram } from '../src/cli/program.ts'

export const CLI_DOC = join(import.meta.dirname, '../docs/cli.md')

const HEAD = `# The command \`signet\`

This page is made by \`node scripts/cli-doc.ts\` from what \`--help\` prints.

Each command takes \`--help\` and \`--json\`. Exit status: 0 done and good; 1 done and bad (a zone that does not verify, a bogus answer); 2 wrong use, or an
input that is missing, unreadable or does not parse; 3 could not be done (output, network). Errors go to standard error, one line first,
\`signet: FILE:LINE:COLUMN: what is wrong\`; warnings too, as \`signet: warning: …\`.

Times are \`YYYYMMDDHHMMSS\` in UTC, UNIX seconds, ISO 8601, or relative to now (\`+14d\`, \`-1h\`; units s, m, h, d, w, mo, y). KEY is a key's name
(\`Kexample.+013+12345\`), its tag (\`12345\`) or its friendly name. \`-\` in place of a file is standard input or output.
`

/** The page as it should be. */
export async function renderCliDoc(): Promise<string> {
  const index = COMMANDS.map(({ path, summary }) => {
    const name = `signet ${path.join(' ')}`
    return `- [\`${name}\`](#${name.replaceAll(' ', '-')}): ${summary}`
  })
  const pages: string[] = []
  for (const entry of COMMANDS) {
    const program = await buildProgram(entry)
    let help = ''
    program.configureHelp({ helpWidth: 110 })
    program.configureOutput({
      writeOut: (text) => {
        help += text
      },
      getOutHasColors: () => false,
    })
    program.outputHelp()
    pages.push(`## ${program.name()}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`)
  }
  return [HEAD, `${index.join('\n')}\n`, ...pages].join('\n')
}

if (import.meta.main) writeFileSync(CLI_DOC, await renderCliDoc())
