/** The settings of a responder in a form that can be posted to a worker, and the responder that they make. */
import { ServerCookies } from '../tsig/index.ts'
import type { ImageReader } from '../zone/index.ts'
import { AnswerCacheReader } from './answer-cache/index.ts'
import { ClientList, type ClientRule } from './client-list.ts'
import { type CounterBlock, QueryCounters } from './query-counters.ts'
import { RateLimit, type SharedRateLimit } from './rate-limit.ts'
import { Responder } from './responder.ts'

export type AnsweringSettings = {
  readonly maxUdpPayload: number
  /** False: positive answers name the zone's servers, and addresses of the names in them are added. */
  readonly isMinimal: boolean
  readonly nsid: Uint8Array | undefined
  readonly version: string | undefined
  readonly hostname: string | undefined
  /** None: no cookies. */
  readonly cookieSecrets: readonly Uint8Array[]
  readonly rateLimit: SharedRateLimit | undefined
  readonly rateLimitExempt: readonly ClientRule[]
  readonly keepaliveDeciseconds: number
  /** There is a resolver: the memory of its answer cache, and who may ask it. */
  readonly resolving?: { readonly cache: SharedArrayBuffer; readonly clients: readonly ClientRule[] } | undefined
}

/** A responder for one thread, which counts in a block of its own. `onFault` hears of errors of this program that cost an answer. */
export function makeResponder(
  reader: ImageReader,
  settings: AnsweringSettings,
  counters: CounterBlock,
  onFault: (error: unknown) => void,
): Responder {
  const { maxUdpPayload, isMinimal, nsid, version, hostname, keepaliveDeciseconds } = settings
  const { cookieSecrets, rateLimit, rateLimitExempt, resolving } = settings
  let toldAt = -1
  return new Responder(
    reader,
    {
      maxUdpPayload,
      isMinimal,
      keepaliveDeciseconds,
      onFault(error, now) {
        // Packets that make faults may come as fast as any: one a second is told.
        if (now !== toldAt) onFault(error)
        toldAt = now
      },
      chaos: { ...(version !== undefined && { version }), ...(hostname !== undefined && { hostname }) },
      ...(nsid !== undefined && { nsid }),
      ...(cookieSecrets.length > 0 && { cookies: new ServerCookies(cookieSecrets) }),
      ...(rateLimit !== undefined && { rateLimit: new RateLimit(rateLimit) }),
      ...(rateLimitExempt.length > 0 && { rateLimitExempt: new ClientList(rateLimitExempt) }),
      ...(resolving !== undefined && {
        resolving: { cache: new AnswerCacheReader(resolving.cache), clients: new ClientList(resolving.clients) },
      }),
    },
    new QueryCounters(counters),
  )
}
