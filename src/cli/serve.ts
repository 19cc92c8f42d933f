/** `signet serve`: runs the server in the foreground until it is told to stop. */
import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { SystemClock } from '../clock/index.ts'
import { controlPath, DnstapTap, type RunningManagement, startManagement } from '../management/index.ts'
import {
  type Configuration,
  createLog,
  RunningControl,
  readConfiguration,
  Server,
  type ServerLog,
  SharedRun,
} from '../server/index.ts'
import { readBootId, readTextFile } from '../store/index.ts'
import { formatAddress } from '../transport/index.ts'
import { printLine } from './output.ts'
import { dropRights } from './rights.ts'
import { notifyServiceManager } from './service-manager.ts'
import { version } from './version.ts'

type Flags = { readonly config: string; readonly json?: boolean }

const MAX_CONFIGURATION = 64 << 20

export function command(program: Command): Command {
  return program
    .requiredOption('--config <file>', 'the configuration')
    .addHelpText('after', '\nSIGHUP reads configuration and zones again, SIGTERM and SIGINT stop the server.')
    .action(serve)
}

async function serve(flags: Flags): Promise<void> {
  const configuration = readConfiguration(readTextFile(flags.config, MAX_CONFIGURATION), flags.config)
  const { level, format, file } = configuration.logging
  const log = createLog({ level, format, ...(file !== undefined && { file }) })
  const clock = new SystemClock({ boot: readBootId() })
  clock.start()
  const random = { bytes: (length: number) => new Uint8Array(randomBytes(length)) }
  const tap = new DnstapTap({ clock, log }, version())
  const told = listenToSignals()
  const parts = { configuration, configurationFile: flags.config, log, clock, random, version: version(), tap }
  const server = await Server.open(parts, () => dropRights(configuration))
  let management: RunningManagement | undefined
  try {
    const allowedHosts = (): readonly string[] => server.configuration.management.allowedHosts
    const options = { ...listening(configuration), allowedHosts }
    management = await startManagement(new RunningControl(server, told.stop), options, { clock, log })
    // A zone of millions of records is not waited for when the server is to stop.
    if ((await Promise.race([server.start(), told.stopped.then(() => 'stopped')])) === 'stopped') process.exit(0)
  } catch (error) {
    await management?.close()
    await server.stop()
    throw error
  }
  const addresses = [...server.listeners.addresses, ...management.addresses.map((address) => `management ${address}`)]
  printLine(`signet: ready, ${configuration.zones.length} zones, ${addresses.join(', ')}`)
  if (!(await notifyServiceManager('READY=1')))
    log.warn({ socket: process.env.NOTIFY_SOCKET }, 'the service manager cannot be told that the server is ready')
  told.reloadWith(() => reload(server, log))
  await told.stopped
  await notifyServiceManager('STOPPING=1')
  await management.close()
  await server.stop()
  process.exit(0)
}

function listening({ management, data }: Configuration) {
  const listen = management.listen.map(({ address, port }) => ({ host: formatAddress(address), port }))
  return { listen, socketPath: controlPath(data) }
}

/** The log tells the outcome. */
async function reload(server: Server, log: ServerLog): Promise<void> {
  await notifyServiceManager('RELOADING=1')
  try {
    await server.reload()
  } catch (error) {
    log.error({ error }, 'the reload failed for an error of this program')
  } finally {
    await notifyServiceManager('READY=1')
  }
}

/** In place of the handlers of other commands, which end at once. A SIGHUP that comes while the server starts is heard then. */
function listenToSignals() {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>()
  const ready = Promise.withResolvers<() => Promise<void>>()
  const reloads = new SharedRun(async () => (await ready.promise)())
  for (const signal of ['SIGHUP', 'SIGTERM', 'SIGINT'] as const) process.removeAllListeners(signal)
  process.on('SIGHUP', () => void reloads.ask())
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop())
  return { stopped, stop, reloadWith: ready.resolve }
}
