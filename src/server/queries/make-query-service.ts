/** The service of a server for its queries, with all its handlers. */
import type { QueryCounters, Responder } from '../../authority/index.ts'
import type { Name } from '../../dns/name/index.ts'
import type { HostedZone, World } from '../hosted-zone.ts'
import type { Resolving } from '../resolving/index.ts'
import type { Authenticator } from './authentication.ts'
import { HandlerTable } from './handler-table.ts'
import { ImageResponder } from './image-responder.ts'
import { NotifyHandler } from './notify-handler.ts'
import { OutgoingTransfers } from './outgoing-transfers.ts'
import { PendingAuthentications } from './pending-authentications.ts'
import { QueryService } from './query-service.ts'
import { QuestionHandler } from './question-handler.ts'
import { Recursion } from './recursion.ts'
import { TKEY_HANDLER, UPDATE_HANDLER } from './unsupported-handlers.ts'

export type QuerySources = {
  readonly authenticator: Authenticator
  /** Of the control thread. */
  readonly counters: QueryCounters
  /** The responder over the control thread's own reader, as of the last reload. */
  responder(): Responder
  zone(name: Name): HostedZone | undefined
  /** If there is a resolver. */
  resolving(): Resolving | undefined
}

export function makeQueryService(world: World, sources: QuerySources): QueryService {
  const { image, clock, requestLog } = world
  const { authenticator, counters, zone, resolving } = sources
  const responder = new ImageResponder(image, clock, sources.responder)
  const recursion = new Recursion(responder, resolving)
  const handlers = new HandlerTable([
    new NotifyHandler(zone),
    UPDATE_HANDLER,
    TKEY_HANDLER,
    new OutgoingTransfers(world, zone),
    new QuestionHandler({ image, responder, recursion, counters, zone, resolving }),
  ])
  const pending = new PendingAuthentications(requestLog)
  return new QueryService({ responder, recursion, authenticator, pending, handlers, counters })
}
