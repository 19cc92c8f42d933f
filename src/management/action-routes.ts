/** What changes the running server or shows what a zone holds: only on the control socket, which file permissions guard. */
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { Name } from '../dns/name/index.ts'
import type { Log } from '../ports/log.ts'
import type { Outcome, ServerControl } from '../server/index.ts'
import { Problem } from './problems.ts'
import { check, parseName, zoneOf } from './read-routes.ts'
import { EXPORTS, WRITES } from './request-principal.ts'
import { queryLogSchema } from './schemas.ts'

/** Word of the path and of the command `signet zone …` → what it does. */
export const ZONE_ACTIONS = {
  reload: (control: ServerControl, name: Name) => control.reloadZone(name),
  refresh: (control: ServerControl, name: Name) => control.refresh(name),
  retransfer: (control: ServerControl, name: Name) => control.retransfer(name),
  notify: (control: ServerControl, name: Name) => control.notify(name),
  freeze: (control: ServerControl, name: Name) => control.freeze(name),
  thaw: (control: ServerControl, name: Name) => control.thaw(name),
  flush: (control: ServerControl, name: Name) => control.flush(name),
} as const satisfies Readonly<Record<string, (control: ServerControl, name: Name) => Promise<Outcome>>>

export function addActionRoutes(app: FastifyInstance, control: ServerControl, log: Log): void {
  for (const [action, act] of Object.entries(ZONE_ACTIONS)) {
    app.post(`/api/v1/zones/:name/${action}`, WRITES, async (request) => {
      const { name } = zoneOf(control, request.params)
      log.info({ zone: name.toString(), action }, 'asked for on the control socket')
      return { zone: name.toString(), ...settle(await act(control, name)) }
    })
  }
  app.get('/api/v1/zones/:name/dump', EXPORTS, (request, reply) => {
    const { name } = zoneOf(control, request.params)
    const text = control.dumpZone(name)
    if (text === undefined) throw new Problem('zone-not-served', `no version of ${name} is served`)
    return reply.type('text/dns; charset=utf-8').send(Readable.from(text))
  })
  app.post('/api/v1/reload', WRITES, () => {
    log.info({ action: 'reload' }, 'asked for on the control socket')
    return control.reload()
  })
  app.post('/api/v1/stop', WRITES, (_, reply) => {
    log.info({ action: 'stop' }, 'asked for on the control socket')
    // The answer goes out before the server closes its sockets, this one among them.
    reply.raw.once('finish', () => control.stop())
    return reply.send({ outcome: 'started', message: 'the server stops' } satisfies Outcome)
  })
  app.post('/api/v1/reopen-logs', WRITES, async () => settle(await control.reopenLogs()))
  app.post('/api/v1/query-log', WRITES, (request) => {
    const { on, zone } = check(queryLogSchema, request.body)
    log.info({ action: 'query-log', on, ...(zone !== undefined && { zone }) }, 'asked for on the control socket')
    if (zone === undefined) return settle(control.setQueryLog(on))
    const name = parseName(zone)
    return settle(control.setQueryLog(on, zoneOf(control, { name: name.toString() }).name))
  })
}

/** Passes on what was done; throws what was not as a problem. */
export function settle(outcome: Outcome): Outcome {
  if (outcome.outcome === 'refused' || outcome.outcome === 'failed')
    throw new Problem(outcome.outcome, outcome.message, outcome.details)
  return outcome
}
