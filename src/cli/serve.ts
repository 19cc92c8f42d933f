/** `signet serve`: runs the server in the foreground until it is told to stop. */
import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { createLog, readConfiguration, Server } from '../server/index.ts'
import { readTextFile } from '../store/index.ts'
import { dropRights } from './rights.ts'
import { notifyServiceManager } from './service-manager.ts'

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
  const { level, format } = configuration.logging
  const log = createLog({ level, format })
  const clock = { now: () => Math.floor(Date.now() / 1000) }
  const random = { bytes: (length: number) => new Uint8Array(randomBytes(length)) }
  const server = await Server.open({ configuration, configurationFile: flags.config, log, clock, random })
  try {
    await server.start(() => dropRights(configuration.server))
  } catch (error) {
    await server.stop()
    throw error
  }
  const { addresses } = server.listeners
  console.log(`signet: ready, ${configuration.zones.length} zones, ${addresses.join(', ')}`)
  await notifyServiceManager('READY=1')
  await untilStopped(server)
  await notifyServiceManager('STOPPING=1')
  await server.stop()
  process.exit(0)
}

/** Reloads on SIGHUP; resolves when the server is to stop. */
function untilStopped(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // Other commands end at once; this one has something to finish first.
    for (const signal of ['SIGHUP', 'SIGTERM', 'SIGINT'] as const) process.removeAllListeners(signal)
    process.on('SIGHUP', () => {
      void notifyServiceManager('RELOADING=1')
        .then(() => server.reload())
        .then(() => notifyServiceManager('READY=1'))
    })
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
  })
}
