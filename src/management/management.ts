/**
 * Management of a running server over HTTP: on addresses of the network what may be looked at, on a socket in the data
 * directory all of it. The socket is its owner's alone (mode 0600): who may write there may steer the server.
 */
import { once } from 'node:events'
import type { FastifyInstance } from 'fastify'
import { DnsError } from '../dns/errors.ts'
import type { Clock } from '../ports/index.ts'
import type { Log } from '../ports/log.ts'
import { AggregatedLog, type ServerControl } from '../server/index.ts'
import { isDiskError, removeStaleSocket } from '../store/index.ts'
import { isSocketAnswered } from '../transport/index.ts'
import { buildApp } from './http-app.ts'
import { createMetrics } from './metrics.ts'

/** How often a control socket is tried that the disk did not take. */
const TRY_MILLISECONDS = 5000

export type ManagementOptions = {
  readonly listen: readonly { readonly host: string; readonly port: number }[]
  /** Of `controlPath`; without it there is no control socket. */
  readonly socketPath?: string
  /** Host names in lower case that clients of the network may use beside addresses and `localhost`; none unless given. */
  readonly allowedHosts?: () => readonly string[]
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
  let later: NodeJS.Timeout | undefined
  // A request that fails for an error of this program can be sent any number of times.
  const failures = new AggregatedLog(world.log, { about: 'requests to the API' })
  const close = async (): Promise<void> => {
    clearInterval(later)
    await Promise.all(apps.map(closeApp))
    failures.endMinute()
  }
  const open = (access: 'network' | 'control'): FastifyInstance => {
    const { allowedHosts = () => [] } = options
    const app = buildApp({ control, metrics, log: world.log, failures, access, allowedHosts })
    apps.push(app)
    return app
  }
  try {
    if (options.socketPath !== undefined)
      later = await openSocket(open('control'), options.socketPath, control, world.log)
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

/**
 * Opens the control socket. As with all state, a disk that is full or read-only keeps no server from starting: then it is tried
 * again by the timer that is returned.
 */
async function openSocket(
  app: FastifyInstance,
  path: string,
  control: ServerControl,
  log: Log,
): Promise<NodeJS.Timeout | undefined> {
  try {
    await listenOnSocket(app, path)
    return undefined
  } catch (error) {
    // The folder may be missing for the same reason.
    const isWithoutState = control.status().stateUnwritable !== undefined
    const isOfSystem = error instanceof DnsError && error.cause !== undefined
    if (!isDiskError(error) && !(isWithoutState && isOfSystem)) throw error
    log.error({ path, error }, 'the control socket cannot be made: no command reaches this server until it can')
  }
  const timer = setInterval(() => {
    const opened = (): void => {
      clearInterval(timer)
      log.info({ path }, 'the control socket is made')
    }
    listenOnSocket(app, path).then(opened, () => {})
  }, TRY_MILLISECONDS)
  return timer.unref()
}

async function listenOnSocket(app: FastifyInstance, path: string): Promise<void> {
  if (await isSocketAnswered(path))
    throw new DnsError('configuration-invalid', `${path}: another server answers there: it has this data directory`)
  if (process.platform !== 'win32') removeStaleSocket(path)
  await app.ready()
  const listening = once(app.server, 'listening')
  // The socket is bound within this call: nobody meets it with a wider mode, not even for a moment.
  const before = process.umask(0o177)
  try {
    app.server.listen(path)
  } finally {
    process.umask(before)
  }
  try {
    await listening
  } catch (error) {
    throw unlistenable(path, error)
  }
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
