/** The running server, for commands that ask it something: where its socket is, and what is said when it does not answer. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { DnsError } from '../dns/errors.ts'
import { ControlClient, controlPath, RequestRefused } from '../management/index.ts'
import { readTextFile } from '../store/index.ts'
import { isSocketAnswered } from '../transport/index.ts'
import { EXIT } from './outcome.ts'
import { printErrorLines } from './output.ts'

export type ServerFlags = { readonly config?: string; readonly data?: string; readonly json?: boolean }

/** Where a server's data is when nobody says: that of `npm start`, then that of the service. */
const USUAL_FOLDERS = ['data', '/var/lib/signet']
const MAX_CONFIGURATION = 64 << 20

export function addServerOptions(program: Command): Command {
  return program
    .option('--data <folder>', 'data directory of the server; ./data, else /var/lib/signet')
    .option('--config <file>', 'configuration of the server, which names its data directory')
}

/**
 * Asks the server. What it refuses or fails at is printed with its reasons. The exit status is 2 for a name that is none of its
 * zones, `notDone` for what it did not do. Throws DnsError `exchange-failed` when no server answers.
 */
export async function withServer(
  flags: ServerFlags,
  ask: (client: ControlClient) => Promise<void>,
  notDone: number = EXIT.failed,
): Promise<void> {
  try {
    await ask(await findServer(flags))
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error
    printErrorLines([`signet: ${error.message}`, ...error.details.map((line) => `  ${line}`)])
    const { problem } = error
    const isNotDone = problem === 'refused' || problem === 'failed'
    process.exitCode = isNotDone ? notDone : problem === 'internal' ? EXIT.failed : EXIT.usage
  }
}

async function findServer(flags: ServerFlags): Promise<ControlClient> {
  const paths = (await foldersToLookIn(flags)).map((folder) => controlPath(folder))
  // The only one there is: its own error says more than that nobody answers.
  const [only] = paths
  if (paths.length === 1 && only !== undefined) return new ControlClient(only)
  for (const path of paths) if (await isSocketAnswered(path)) return new ControlClient(path)
  const hint = 'name its data directory with --data, or its configuration with --config'
  throw new DnsError('exchange-failed', `no server answers at ${paths.join(' or ')}: ${hint}`)
}

async function foldersToLookIn({ config, data }: ServerFlags): Promise<readonly string[]> {
  if (config !== undefined && data !== undefined) throw new DnsError('usage', 'either --config or --data, not both')
  if (data !== undefined) return [data]
  if (config === undefined) return USUAL_FOLDERS
  const { readConfiguration } = await import('../server/index.ts')
  return [readConfiguration(readTextFile(config, MAX_CONFIGURATION, { inherited: true }), resolve(config)).data]
}
