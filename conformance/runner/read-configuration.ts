/**
 * Reads the configuration at the head of a replay file: clauses with options (`server:` and the options below it), flat options,
 * and files whose content stands between their lines. Which option means what is told in `configure.ts`.
 */
import type { Lines } from './lines.ts'
import type { Configuration, Option } from './scenario.ts'

const CLAUSES = new Set([
  'server',
  'stub-zone',
  'forward-zone',
  'auth-zone',
  'remote-control',
  'view',
  'rpz',
  'cachedb',
])

/** How values speak of a file that the scenario itself holds. */
export const TEMPFILE = 'tempfile:'

type Draft = { -readonly [K in keyof Option]: Option[K] } & { values: string[] }

/** Reads up to and with CONFIG_END. */
export function readConfiguration(lines: Lines): Configuration {
  const options: Draft[] = []
  const anchorFiles = new Map<string, string[]>()
  const files = new Map<string, string[]>()
  let clause = ''
  let clauseNumber = 0
  const take = (line: string): void => {
    for (const token of tokensOf(line)) {
      if (token.isName && CLAUSES.has(token.text)) {
        clause = token.text
        clauseNumber++
      } else if (token.isName) options.push({ line: lines.number, clause, clauseNumber, name: token.text, values: [] })
      else options.at(-1)?.values.push(token.text)
    }
  }
  for (;;) {
    const line = lines.need('CONFIG_END', /^[;#]/)
    const [word = '', name = ''] = line.split(/\s+/)
    if (word.startsWith('CONFIG_END')) break
    if (word === 'SCENARIO_BEGIN') lines.fail('CONFIG_END expected')
    if (word === 'AUTOTRUST_FILE') anchorFiles.set(name, lines.block('AUTOTRUST_END'))
    else if (word === 'TEMPFILE_CONTENTS') files.set(name, lines.block('TEMPFILE_END'))
    else if (word === 'TEMPFILE_NAME') options.at(-1)?.values.push(TEMPFILE + name)
    else if (word === '$INCLUDE_TEMPFILE') (files.get(name) ?? []).forEach(take)
    else if (word !== 'COMMANDLINE') take(line)
  }
  return { options, anchorFiles, files }
}

/** Whether the options stand in clauses, as Unbound has them. */
export function hasClauses({ options }: Configuration): boolean {
  return options.some(({ clauseNumber }) => clauseNumber > 0)
}

type Token = { readonly text: string; readonly isName: boolean }

/** Words and quoted texts of a line up to a comment; a word with a colon at its end names an option. */
function tokensOf(line: string): Token[] {
  const tokens: Token[] = []
  // An option at the beginning of a line may have its value right behind the colon.
  line = line.replace(/^([a-z][a-z0-9-]+:)(?=[^:\s])/, '$1 ')
  for (const [text] of line.matchAll(/"[^"]*"?|'[^']*'?|[#;].*$|[^\s"'#;]+/g)) {
    if (/^[#;]/.test(text)) break
    if (/^["']/.test(text)) tokens.push({ text: text.slice(1).replace(/["']$/, ''), isName: false })
    else if (/^[a-z][a-z0-9-]*:$/.test(text)) tokens.push({ text: text.slice(0, -1), isName: true })
    else tokens.push({ text, isName: false })
  }
  return tokens
}
