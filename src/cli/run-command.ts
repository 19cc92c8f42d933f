/** Runs the command that words name, or tells which there are. Sets the exit code of the process. */
import { COMMANDS, type CommandEntry } from './commands.ts'
import { EXIT, reportError } from './outcome.ts'
import { printErrorLines, printLine, printLines } from './output.ts'
import { buildProgram } from './program.ts'
import { version } from './version.ts'

export async function runCommand(given: readonly string[]): Promise<void> {
  // `signet help zone sign` asks what `signet zone sign --help` does.
  const words = given[0] === 'help' && given.length > 1 ? [...given.slice(1), '--help'] : given
  const entry = COMMANDS.find(({ path }) => path.every((word, i) => words[i] === word))
  if (entry === undefined) overview(words)
  else await run(entry, words.slice(entry.path.length))
}

async function run(chosen: CommandEntry, rest: readonly string[]): Promise<void> {
  const program = await buildProgram(chosen)
  try {
    await program.parseAsync([...rest], { from: 'user' })
  } catch (error) {
    process.exitCode = reportError(error, `signet ${chosen.path.join(' ')} --help`)
  }
}

/** The list of commands, of all or of one group: help when it was asked for, else an error of use. */
function overview(asked: readonly string[]): void {
  if (asked.includes('--version')) {
    printLine(version())
    return
  }
  const wanted = asked.filter((word) => !word.startsWith('-') && word !== 'help')
  const [group] = wanted
  const ofGroup = COMMANDS.filter(({ path }) => path[0] === group)
  const shown = ofGroup.length > 0 ? ofGroup : COMMANDS
  const head =
    ofGroup.length > 0 ? `The commands of signet ${group}:` : 'Signs zones, serves them, resolves and validates names.'
  const text = [head, '', ...commandLines(shown), '', 'Each takes --help and --json.']
  const isHelp = asked.some((word) => word === '--help' || word === '-h' || word === 'help')
  const isKnown = wanted.length === 0 || (wanted.length === 1 && ofGroup.length > 0)
  if (isHelp && isKnown) {
    printLines(text)
    return
  }
  if (!isKnown) printErrorLines([`signet: there is no command '${wanted.slice(0, 2).join(' ')}'`, ''])
  else if (wanted.length > 0) printErrorLines([`signet: ${group} needs one more word`, ''])
  else if (asked.length > 0) printErrorLines([`signet: unknown option '${asked[0]}'`, ''])
  printErrorLines(text)
  process.exitCode = EXIT.usage
}

/** A line a command; those that begin with the same word stand together. */
function commandLines(shown: readonly CommandEntry[]): string[] {
  const rows = shown.map(({ path, summary }) => ({ words: `signet ${path.join(' ')}`, first: path[0], summary }))
  const width = rows.reduce((most, { words }) => Math.max(most, words.length), 0)
  return rows.flatMap(({ words, first, summary }, i) => {
    const line = `  ${words.padEnd(width)}  ${summary}`
    const before = rows[i - 1]?.first
    const isAlone = (word: string | undefined): boolean => rows.filter((row) => row.first === word).length === 1
    const isGap = before !== undefined && before !== first && !(isAlone(before) && isAlone(first))
    return isGap ? ['', line] : [line]
  })
}
