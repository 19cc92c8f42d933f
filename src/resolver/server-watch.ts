/** What the resolver reports of each message to a server. Both calls are cheap and return at once. */
import type { Server } from './delegation.ts'
import type { ServerFailure } from './server-failure.ts'

export type WatchedServer = Pick<Server, 'key' | 'endpoint' | 'protocol'>

export type ServerWatch = {
  serverReplied(server: WatchedServer, rcode: number): void
  /** There was no reply. */
  serverFailed(server: WatchedServer, failure: ServerFailure): void
}
