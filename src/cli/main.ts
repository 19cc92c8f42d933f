/**
 * The command `signet`. It knows the commands by name and loads only the one that is asked for: starting costs what that
 * command needs. Options, their help and their work are in the command's own file.
 */
import { EXIT } from './outcome.ts'
import { runCommand } from './run-command.ts'

process.stdout.on('error', (error) => {
  // The reader of a pipe went away (`| head`): that is its choice.
  if ('code' in error && error.code === 'EPIPE') process.exit(EXIT.good)
  throw error
})

// Told to stop, the command ends by an exit of its own, at which files that are being written clean up after themselves.
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
] as const) {
  process.on(signal, () => process.exit(128 + number))
}

await runCommand(process.argv.slice(2))
