/** The resolver over the API: what may be looked at by all who may look, and what changes it, on the control socket only. */
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { typeNumber } from '../dns/rr/index.ts'
import type { Log } from '../ports/log.ts'
import type { FailureSummary, ResolverControl, ServerControl } from '../server/index.ts'
import { settle } from './action-routes.ts'
import { Problem } from './problems.ts'
import { check, parseName } from './read-routes.ts'
import { EXPORTS, READS, WRITES } from './request-principal.ts'
import {
  addAnchorsSchema,
  addNegativeSchema,
  failureParamsSchema,
  failureQuerySchema,
  failuresQuerySchema,
  flushSchema,
  refreshSchema,
  removeAnchorSchema,
  removeNegativeSchema,
} from './resolver-schemas.ts'

export function addResolverReadRoutes(app: FastifyInstance, control: ServerControl): void {
  app.get('/api/v1/resolver', READS, () => resolverOf(control).status())
  app.get('/api/v1/resolver/failures', READS, (request) =>
    recorded(resolverOf(control).failures(check(failuresQuerySchema, request.query).limit)),
  )
  app.get('/api/v1/resolver/failures/:name', READS, (request, reply) => {
    const name = parseName(check(failureParamsSchema, request.params).name)
    const { type } = check(failureQuerySchema, request.query)
    const found = recorded(resolverOf(control).failure(name, typeOf(type).type))
    if (found.kind === 'found') return reply.type('application/json; charset=utf-8').send(found.evidence)
    const what = type === undefined ? `${name}` : `${name} ${type.toUpperCase()}`
    throw new Problem('failure-unknown', `no failure of ${what} is recorded`, nearestLines(found.nearest))
  })
  app.get('/api/v1/trust-points', READS, () => ({ trustPoints: resolverOf(control).trustPoints() }))
  app.get('/api/v1/negative-anchors', READS, () => ({ negativeAnchors: resolverOf(control).negativeAnchors() }))
}

export function addResolverActionRoutes(app: FastifyInstance, control: ServerControl, log: Log): void {
  const tell = (action: string, fields: object): void =>
    log.info({ action, ...fields }, 'asked for on the control socket')
  app.get('/api/v1/resolver/dump', EXPORTS, (_, reply) => {
    const lines = resolverOf(control).dump()
    return reply.type('text/plain; charset=utf-8').send(Readable.from(blocksOf(lines)))
  })
  app.post('/api/v1/resolver/flush', WRITES, (request) => {
    const { name, type, subtree } = check(flushSchema, request.body)
    tell('flush', { name, type, subtree })
    return settle(resolverOf(control).flush(parseName(name), { ...typeOf(type), isSubtree: subtree }))
  })
  app.post('/api/v1/trust-points/refresh', WRITES, async (request) => {
    const { zone } = check(refreshSchema, request.body)
    tell('refresh', { zone })
    return settle(await resolverOf(control).refreshTrustPoints(zone === undefined ? undefined : parseName(zone)))
  })
  app.post('/api/v1/trust-points/add', WRITES, async (request) => {
    const { records } = check(addAnchorsSchema, request.body)
    tell('add trust anchors', { records })
    return settle(await resolverOf(control).addTrustAnchors(records))
  })
  app.post('/api/v1/trust-points/remove', WRITES, async (request) => {
    const { zone, keyTag } = check(removeAnchorSchema, request.body)
    tell('remove trust point', { zone, keyTag })
    return settle(await resolverOf(control).removeTrustPoint(parseName(zone), keyTag))
  })
  app.post('/api/v1/negative-anchors/add', WRITES, async (request) => {
    const { name, until, reason } = check(addNegativeSchema, request.body)
    tell('add negative anchor', { name, until, reason })
    return settle(await resolverOf(control).addNegativeAnchor(parseName(name), until, reason))
  })
  app.post('/api/v1/negative-anchors/remove', WRITES, async (request) => {
    const { name } = check(removeNegativeSchema, request.body)
    tell('remove negative anchor', { name })
    return settle(await resolverOf(control).removeNegativeAnchor(parseName(name)))
  })
}

function resolverOf(control: ServerControl): ResolverControl {
  if (control.resolver !== undefined) return control.resolver
  throw new Problem('resolver-absent', 'this server has no resolver (resolver.enabled)')
}

/** What is recorded nearest to what was asked for, newest first. */
function nearestLines(nearest: readonly FailureSummary[]): string[] {
  const lines = nearest.slice(0, MOST_NEAREST).flatMap(({ zone, cause, kept }) => {
    const names = kept.map(({ name, type }) => `${name} ${type}`)
    return names.length === 0 ? [] : [`recorded in the zone ${zone} (${cause}): ${names.join(', ')}`]
  })
  const more = lines.length > 0 ? 'all of them' : 'those of other zones'
  return [...lines, `'signet resolver failures' lists ${more}`]
}

function recorded<T>(found: T | undefined): T {
  if (found !== undefined) return found
  throw new Problem('recorder-off', 'no failures are recorded: resolver.flightRecorder.enabled is off')
}

function typeOf(word: string | undefined): { readonly type?: number } {
  if (word === undefined) return {}
  const type = typeNumber(word.toUpperCase())
  if (!(type >= 0)) throw new Problem('request-invalid', `'${word}' is no record type`)
  return { type }
}

const LINES = 500
/** Causes that an error lists. */
const MOST_NEAREST = 5

/** Lines in pieces of some size: each line by itself would cost a turn of the event loop. */
function* blocksOf(lines: Iterable<string>): Generator<string> {
  let block: string[] = []
  for (const line of lines) {
    block.push(line)
    if (block.length < LINES) continue
    yield `${block.join('\n')}\n`
    block = []
  }
  if (block.length > 0) yield `${block.join('\n')}\n`
}
