/**
 * Management of a running server over HTTP: on addresses of the network what may be looked at, on a socket in the data
 * directory all of it. The socket is its owner's alone (mode 0600): who may write there may steer the server.
 */
import type { FastifyInstance } from 'fastify'
import { DnsError } from '../dns/errors.ts'
import type { Clock } from '../ports/index.ts'
import type { Log } from '../ports/log.ts'
import type { ServerControl } from '../server/index.ts'
import { removeStaleSocket } from '../store/index.ts'
import { isSocketAnswered } from '../transport/index.ts'
import { buildApp } from './http-app.ts'
import { createMetrics } from './metrics.ts'

export type ManagementOptions = {
  readonly listen: readonly { readonly host: string; readonly port: number }[]
  /** Of `controlPath`; without it there is no control socket. */
  readonly socketPath?: string
}

export type RunningManagement = {
  /** Where it listens, `127.0.0.1:8053`, with the port that a 0 became. */
  readonly addresses: readonly string[]
  close(): Promise<void>
}

export async function openManagement(
  control: ServerControl,
  options: ManagementOptions,
  world: { readonly clock: Clock; readonly log: Log },
): Promise<RunningManagement> {
  const metrics = createMetrics(control, world.clock)
  const apps: FastifyInstance[] = []
  const close = async (): Promise<void> => {
    await Promise.all(apps.map(closeApp))
  }
  const open = (access: 'network' | 'control'): FastifyInstance => {
    const app = buildApp({ control, metrics, log: world.log, access })
    apps.push(app)
    return app
  }
  try {
    if (options.socketPath !== undefined) await listenOnSocket(open('control'), options.socketPath)
    const addresses: string[] = []
    for (const address of options.listen) addresses.push(await listenOnAddress(open('network'), address))
    return { addresses, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function closeApp(app: FastifyInstance): Promise<void> {
  app.server.closeAllConnections()
  await app.close()
}

async function listenOnAddress(app: FastifyInstance, { host, port }: { host: string; port: number }): Promise<string> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    throw unlistenable(`${host}:${port}`, error)
  }
  const bound = app.server.address()
  const actual = bound !== null && typeof bound === 'object' ? bound.port : port
  return host.includes(':') ? `[${host}]:${actual}` : `${host}:${actual}`
}

async function listenOnSocket(app: FastifyInstance, path: string): Promise<void> {
  if (await isSocketAnswered(path))
    throw new DnsError('configuration-invalid', `${path}: another server answers there: it has this data directory`)
  if (process.platform !== 'win32') removeStaleSocket(path)
  await app.ready()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  app.server.once('listening', resolve).once('error', (error) => reject(unlistenable(path, error)))
  // The socket is bound within this call: nobody meets it with a wider mode, not even for a moment.
  const before = process.umask(0o177)
  try {
    app.server.listen(path)
  } finally {
    process.umask(before)
  }
  await promise
}

function unlistenable(where: string, error: unknown): DnsError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const reason =
    code === 'EADDRINUSE'
      ? 'somebody listens there already'
      : code === 'EACCES'
        ? 'not allowed'
        : code === 'EADDRNOTAVAIL'
          ? 'this machine does not have the address'
          : error instanceof Error
            ? error.message
            : String(error)
  return new DnsError('configuration-invalid', `management: cannot listen on ${where}: ${reason}`, { cause: error })
}
