/**
 * How the servers reply that the configuration names: forwarders, and servers of stub zones. The status shows it; the log has a line
 * when one of them begins to fail, though others answer in its place, and when it replies again.
 */
import { rcodeMnemonic } from '../../dns/wire/index.ts'
import type { Endpoint, Protocol, SteadySeconds } from '../../ports/index.ts'
import type { Log } from '../../ports/log.ts'
import {
  failurePredicate,
  type RoutedZone,
  type ServerFailure,
  type ServerWatch,
  serverKey,
  serverText,
  type WatchedServer,
} from '../../resolver/index.ts'

/** A server fails when it was silent so often in a row; a connection that cannot be made says so at once. */
const SILENT_IN_ROW = 3
/** A server that fails and replies in turns is logged once in so many seconds. */
const QUIET_SECONDS = 300
const RCODE_NXDOMAIN = 3

export type ServerState = {
  /** When the failures in a row began; undefined: it replied last. */
  readonly since?: SteadySeconds
  /** What it did last that was no answer, as a predicate: `did not reply`. */
  readonly reason?: string
  readonly isFailing: boolean
}

type Server = {
  /** Failures since its last reply. */
  failures: number
  since: SteadySeconds
  isFailing: boolean
  loggedAt: SteadySeconds
  /** The last line about it says that it fails. */
  isLogged: boolean
  reason: string
  rcode: number
}

export class ConfiguredServers implements ServerWatch {
  readonly #log: Log
  readonly #now: () => SteadySeconds
  #servers = new Map<string, Server>()

  constructor(log: Log, now: () => SteadySeconds) {
    this.#log = log
    this.#now = now
  }

  /** The configuration is another: what is known of servers that it still names stays. */
  configure(zones: readonly RoutedZone[]): void {
    const servers = new Map<string, Server>()
    for (const { endpoint, protocol } of zones.flatMap((zone) => zone.servers)) {
      const id = idOf(serverKey(endpoint), protocol)
      servers.set(id, this.#servers.get(id) ?? newServer())
    }
    this.#servers = servers
  }

  stateOf(endpoint: Endpoint, protocol: Protocol): ServerState {
    const server = this.#servers.get(idOf(serverKey(endpoint), protocol))
    if (server === undefined) return { isFailing: false }
    const { failures, since, rcode, isFailing } = server
    const reason = failures > 0 ? server.reason : isAnswer(rcode) ? '' : `returned ${rcodeMnemonic(rcode)}`
    return { isFailing, ...(failures > 0 && { since }), ...(reason !== '' && { reason }) }
  }

  serverReplied({ key, endpoint, protocol }: WatchedServer, rcode: number): void {
    if (this.#servers.size === 0) return
    const server = this.#servers.get(idOf(key, protocol))
    if (server === undefined) return
    server.failures = 0
    server.rcode = rcode
    if (!server.isFailing) return
    server.isFailing = false
    if (!server.isLogged) return
    server.isLogged = false
    const seconds = Math.max(0, Math.round(this.#now() - server.since))
    const name = serverText(endpoint)
    this.#log.info({ server: name, seconds }, `server ${name} replies again, after ${seconds} s`)
  }

  serverFailed({ key, protocol }: WatchedServer, failure: ServerFailure): void {
    const server = this.#servers.size === 0 ? undefined : this.#servers.get(idOf(key, protocol))
    if (server === undefined) return
    const now = this.#now()
    if (server.failures++ === 0) server.since = now
    server.reason = failurePredicate(failure)
    if (server.isFailing || (failure.kind === 'silent' && server.failures < SILENT_IN_ROW)) return
    server.isFailing = true
    if (now - server.loggedAt < QUIET_SECONDS) return
    server.loggedAt = now
    server.isLogged = true
    const name = serverText(failure.endpoint)
    this.#log.info({ server: name, kind: failure.kind }, `server ${name} ${server.reason}`)
  }
}

function isAnswer(rcode: number): boolean {
  return rcode === 0 || rcode === RCODE_NXDOMAIN
}

function newServer(): Server {
  const never = Number.NEGATIVE_INFINITY
  return { failures: 0, since: 0, isFailing: false, loggedAt: never, isLogged: false, reason: '', rcode: 0 }
}

function idOf(key: string, protocol: Protocol): string {
  return `${protocol} ${key}`
}
