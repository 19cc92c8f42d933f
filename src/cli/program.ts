/** A command as commander takes it: its own options, and what all commands have. */
import { Command } from 'commander'
import type { CommandEntry } from './commands.ts'

export async function buildProgram(entry: CommandEntry): Promise<Command> {
  const { command } = await entry.load()
  return command(new Command(`signet ${entry.path.join(' ')}`).description(entry.summary))
    .option('--json', 'print the result as JSON')
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
}
