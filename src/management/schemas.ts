/** What goes over the API, as schemas: requests are checked by the server, replies by our own client and the tests. */
import { z } from 'zod'
import type {
  Outcome,
  ReloadOutcome,
  ServerStatus,
  StatisticsSnapshot,
  ZoneOutcome,
  ZoneStatus,
} from '../server/index.ts'

const count = z.number().int().min(0)
const seconds = z.number()
const text = z.string()
const counts = z.record(text, count)
const optional = z.exactOptional

export const outcomeSchema = z.object({
  outcome: z.enum(['done', 'started', 'unchanged', 'refused', 'failed']),
  message: text,
  details: optional(z.array(text)),
}) satisfies z.ZodType<Outcome>

export const zoneOutcomeSchema = outcomeSchema.extend({ zone: text }) satisfies z.ZodType<ZoneOutcome>

export const reloadSchema = z.object({
  configuration: outcomeSchema,
  zones: z.array(zoneOutcomeSchema),
}) satisfies z.ZodType<ReloadOutcome>

export const statusSchema = z.object({
  version: text,
  processId: count,
  state: z.enum(['starting', 'serving', 'stopping']),
  startedAt: seconds,
  configuredAt: seconds,
  configurationFile: text,
  listening: z.array(text),
  threads: count,
  batchedUdp: z.boolean(),
  zones: z.object({ total: count, serving: count, failed: count, expired: count }),
  stateUnwritable: optional(text),
  queryLog: z.union([z.literal('all'), z.array(text)]),
}) satisfies z.ZodType<ServerStatus>

const transferNoteSchema = z.object({
  at: seconds,
  kind: z.enum(['axfr', 'ixfr']),
  peer: text,
  outcome: z.enum(['done', 'failed']),
  serial: optional(count),
  octets: optional(count),
  message: optional(text),
})

export const zoneTypeSchema = z.enum(['primary', 'secondary', 'forward', 'stub'])
export const zoneStateSchema = z.enum(['loading', 'serving', 'expired', 'failed'])

export const zoneSchema = z.object({
  name: text,
  type: zoneTypeSchema,
  state: zoneStateSchema,
  reason: optional(text),
  file: optional(text),
  catalog: optional(text),
  serial: optional(count),
  records: optional(count),
  loadedAt: optional(seconds),
  frozen: z.boolean(),
  signed: z.boolean(),
  firstSignatureExpiry: optional(seconds),
  journalOctets: count,
  primarySerial: optional(count),
  primaries: optional(z.array(text)),
  lastRefresh: optional(seconds),
  nextRefresh: optional(seconds),
  expiresAt: optional(seconds),
  lastTransfer: optional(transferNoteSchema),
}) satisfies z.ZodType<ZoneStatus>

/** A page of zones; `next` is the `after` of the page that follows. */
export const zonePageSchema = z.object({ zones: z.array(zoneSchema), next: optional(text) })

const transferOutcome = z.enum(['done', 'refused', 'failed'])
const direction = z.enum(['in', 'out'])

export const statisticsSchema = z.object({
  uptimeSeconds: seconds,
  queries: z.object({
    byTransport: z.object({ udp: count, tcp: count, tls: count, https: count }),
    byType: counts,
    byOpcode: counts,
    byRcode: counts,
    edns: count,
    dnssecOk: count,
    truncated: count,
    dropped: counts,
    rateLimited: z.object({ dropped: count, slipped: count }),
    cookies: z.object({ absent: count, clientOnly: count, good: count, bad: count }),
    tsigReplayed: count,
    handedOver: count,
    answerCache: z.object({ hits: count, misses: count }),
  }),
  latency: z.object({
    buckets: z.array(z.object({ upToSeconds: z.number(), count })),
    count,
    sumSeconds: z.number(),
  }),
  transfers: z.array(z.object({ direction, kind: z.enum(['axfr', 'ixfr']), outcome: transferOutcome, count })),
  notifies: z.array(z.object({ direction, outcome: transferOutcome, count })),
  connections: z.array(
    z.object({
      transport: z.enum(['tcp', 'tls', 'https']),
      accepted: count,
      refused: count,
      evicted: count,
      open: count,
    }),
  ),
  image: z.object({ reserved: count, used: count, free: count }),
  longTurns: z.object({ count, longestMilliseconds: z.number().nonnegative() }),
  dnstap: z.object({ written: count, dropped: count }),
  zones: z.array(
    z.object({
      zone: text,
      queries: count,
      nxdomain: count,
      nodata: count,
      referrals: count,
      dnssecOk: count,
      refused: count,
    }),
  ),
}) satisfies z.ZodType<StatisticsSnapshot>

/** RFC 9457, with a code that programs may branch on. */
export const problemSchema = z.object({
  type: text,
  title: text,
  status: z.number().int(),
  code: text,
  detail: text,
  details: optional(z.array(text)),
})

/** The most zones of one page. */
export const PAGE_LIMIT = 1000

export const zonesQuerySchema = z.strictObject({
  state: zoneStateSchema.optional(),
  type: zoneTypeSchema.optional(),
  after: z.string().max(1024).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_LIMIT).default(PAGE_LIMIT),
})

export const zoneParamsSchema = z.object({ name: z.string().min(1).max(1024) })

export const queryLogSchema = z.strictObject({ on: z.boolean(), zone: z.string().max(1024).optional() })
