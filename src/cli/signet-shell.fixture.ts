/** Runs one command after another in one process, for tests that need many: each is told in a message, and so is what came of it. */
import { runCommand } from './run-command.ts'

export type ShellCommand = { readonly words: readonly string[]; readonly folder: string }
export type ShellOutcome = { readonly status: number; readonly stdout: string; readonly stderr: string }

let turn: Promise<void> = Promise.resolve()

async function perform({ words, folder }: ShellCommand): Promise<void> {
  const printed = { stdout: '', stderr: '' }
  const originals = { stdout: process.stdout.write, stderr: process.stderr.write }
  process.chdir(folder)
  process.exitCode = 0
  for (const stream of ['stdout', 'stderr'] as const) {
    process[stream].write = (chunk: string | Uint8Array) => {
      printed[stream] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
      return true
    }
  }
  await runCommand(words)
  process.stdout.write = originals.stdout
  process.stderr.write = originals.stderr
  const outcome: ShellOutcome = { status: Number(process.exitCode), ...printed }
  process.send?.(outcome)
}

process.on('message', (command: ShellCommand) => {
  turn = turn.then(() => perform(command))
})
