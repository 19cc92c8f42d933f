/** What goes over the API of the resolver, as schemas. */
import { z } from 'zod'
import { type CauseCode, isCauseCode } from '../resolver/index.ts'
import type { NegativeAnchorStatus, RecordedFailures, ResolverStatus, TrustPointStatus } from '../server/index.ts'

const count = z.number().int().min(0)
const seconds = z.number()
const text = z.string()
const byProtocol = z.record(text, count)
const optional = z.exactOptional
const name = z.string().min(1).max(1024)

export const resolverSchema = z.object({
  mode: z.enum(['recursive', 'forward']),
  validates: z.boolean(),
  clockDoubt: optional(text),
  outstanding: count,
  counts: z.object({
    questions: count,
    secure: count,
    insecure: count,
    bogus: count,
    indeterminate: count,
    unchecked: count,
    failed: count,
    stale: count,
    special: count,
    refusedByLimit: count,
    removedAddresses: count,
    clockJumps: count,
  }),
  caches: z.array(z.object({ name: text, entries: count, octets: count })),
  network: z.object({
    queries: byProtocol,
    replies: byProtocol,
    timeouts: byProtocol,
    failures: byProtocol,
    mismatches: count,
    udpSockets: count,
    outstanding: count,
  }),
  servers: z.array(
    z.object({
      zone: text,
      kind: z.enum(['forward', 'stub']),
      address: text,
      protocol: z.enum(['udp', 'tcp', 'tls', 'https']),
      state: z.enum(['replies', 'fails', 'unknown']),
      rttMilliseconds: optional(z.number()),
      failingFor: optional(count),
      reason: optional(text),
    }),
  ),
  failing: z.array(z.object({ zone: text, cause: text, firstAgo: count, lastAgo: count, questions: count })),
  recorder: optional(z.object({ entries: count, octets: count, maxOctets: count })),
}) satisfies z.ZodType<ResolverStatus>

const keptFailure = z.object({ name: text, type: text, at: seconds })

export const failuresSchema = z.object({
  failures: z.array(
    z.object({
      zone: text,
      cause: z.custom<CauseCode>((word) => typeof word === 'string' && isCauseCode(word)),
      questions: count,
      first: seconds,
      last: seconds,
      kept: z.array(keptFailure),
    }),
  ),
  more: count,
}) satisfies z.ZodType<RecordedFailures>

/** Zones and causes in one answer. */
export const failuresQuerySchema = z.strictObject({ limit: z.coerce.number().int().min(1).max(10_000).default(100) })
export const failureParamsSchema = z.object({ name: z.string().min(1) })
export const failureQuerySchema = z.strictObject({ type: z.string().max(16).optional() })

const trustPointSchema = z.object({
  zone: text,
  state: z.enum(['Initialized', 'DSPending', 'Active', 'DeletePending']),
  anchors: z.array(
    z.object({
      kind: z.enum(['ds', 'dnskey']),
      keyTag: count,
      algorithm: count,
      state: z.enum(['DSPending', 'DSInvalid', 'AddPend', 'Valid', 'Missing', 'Revoked']),
      since: optional(seconds),
      origin: z.enum(['configured', 'added', 'learned']),
      record: text,
    }),
  ),
  lastRefresh: optional(seconds),
  lastSuccess: optional(seconds),
  nextRefresh: optional(seconds),
  lastResult: optional(text),
  followsRollovers: z.boolean(),
}) satisfies z.ZodType<TrustPointStatus>

export const trustPointsSchema = z.object({ trustPoints: z.array(trustPointSchema) })

export const negativeAnchorsSchema = z.object({
  negativeAnchors: z.array(
    z.object({
      name: text,
      until: optional(seconds),
      reason: optional(text),
    }) satisfies z.ZodType<NegativeAnchorStatus>,
  ),
})

export const flushSchema = z.strictObject({
  name,
  type: z.string().max(16).optional(),
  subtree: z.boolean().default(false),
})

export const refreshSchema = z.strictObject({ zone: name.optional() })
export const addAnchorsSchema = z.strictObject({ records: z.string().min(1).max(65_536) })
export const removeAnchorSchema = z.strictObject({ zone: name, keyTag: z.number().int().min(0).max(65_535).optional() })
export const addNegativeSchema = z.strictObject({
  name,
  until: z.number().int().min(0).max(0xffffffff),
  reason: z.string().max(200).optional(),
})
export const removeNegativeSchema = z.strictObject({ name })
