/** What may be looked at, over TCP and on the control socket alike: GET only, nothing changes. */
import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import { Name, readUnicodeName } from '../dns/name/index.ts'
import type { ServerControl, ZoneStatus } from '../server/index.ts'
import type { Metrics } from './metrics.ts'
import { Problem } from './problems.ts'
import { READS } from './request-principal.ts'
import { zoneParamsSchema, zonesQuerySchema } from './schemas.ts'

export function addReadRoutes(app: FastifyInstance, control: ServerControl, metrics: Metrics): void {
  app.get('/health', READS, (_, reply) => {
    const { state, zones } = control.status()
    return reply.code(state === 'serving' ? 200 : 503).send({ status: state, zones })
  })
  app.get('/metrics', READS, async (_, reply) => reply.type(metrics.contentType).send(await metrics.print()))
  app.get('/api/v1/status', READS, () => control.status())
  app.get('/api/v1/statistics', READS, () => control.statistics())
  app.get('/api/v1/zones', READS, (request) => pageOf(control.zones(), check(zonesQuerySchema, request.query)))
  app.get('/api/v1/zones/:name', READS, (request) => zoneOf(control, request.params).zone)
}

/** The zone that a path names. Throws Problem `name-invalid` or `zone-unknown`. */
export function zoneOf(control: ServerControl, params: unknown): { name: Name; zone: ZoneStatus } {
  const name = parseName(check(zoneParamsSchema, params).name)
  const zone = control.zone(name)
  if (zone === undefined) throw new Problem('zone-unknown', `there is no zone ${name.toCanonical()}`)
  return { name, zone }
}

export function parseName(text: string): Name {
  try {
    return readUnicodeName(text).toCanonical()
  } catch (error) {
    throw new Problem('name-invalid', error instanceof Error ? error.message : 'this is no domain name')
  }
}

/** What the schema makes of it; throws Problem `request-invalid`, which says where and why. */
export function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `
  throw new Problem('request-invalid', `${where}${issue?.message ?? 'not what is expected'}`)
}

type ZonePage = { readonly zones: readonly ZoneStatus[]; readonly next?: string }
type ZonesQuery = z.infer<typeof zonesQuerySchema>

function pageOf(zones: readonly ZoneStatus[], query: ZonesQuery): ZonePage {
  const first = query.after === undefined ? 0 : placeAfter(zones, parseName(query.after))
  const page: ZoneStatus[] = []
  for (let i = first; i < zones.length; i++) {
    const zone = zones[i]
    if (zone === undefined) break
    if (query.state !== undefined && zone.state !== query.state) continue
    if (query.type !== undefined && zone.type !== query.type) continue
    const last = page.at(-1)
    if (page.length === query.limit && last !== undefined) return { zones: page, next: last.name }
    page.push(zone)
  }
  return { zones: page }
}

/** Index of the first zone behind the name; zones stand in canonical order. */
function placeAfter(zones: readonly ZoneStatus[], name: Name): number {
  let low = 0
  let high = zones.length
  while (low < high) {
    const middle = (low + high) >> 1
    const zone = zones[middle]
    if (zone !== undefined && Name.parse(zone.name).compareTo(name) <= 0) low = middle + 1
    else high = middle
  }
  return low
}
