/** The client of the control socket: each method asks the running server, and checks that what it answers is what it should be. */
import type { z } from 'zod'
import { DnsError } from '../dns/errors.ts'
import type {
  NegativeAnchorStatus,
  Outcome,
  RecordedFailures,
  ReloadOutcome,
  ResolverStatus,
  ServerStatus,
  StatisticsSnapshot,
  TrustPointStatus,
  ZoneOutcome,
  ZoneStatus,
} from '../server/index.ts'
import { readReplyText, requestOverSocket, type SocketReply } from '../transport/index.ts'
import { failuresSchema, negativeAnchorsSchema, resolverSchema, trustPointsSchema } from './resolver-schemas.ts'
import {
  outcomeSchema,
  problemSchema,
  reloadSchema,
  statisticsSchema,
  statusSchema,
  zoneOutcomeSchema,
  zonePageSchema,
  zoneSchema,
} from './schemas.ts'

/** A thousand zones of a page stay far below it. */
const MAX_REPLY = 64 << 20
const ASK_SECONDS = 10
/** A reload of many zones, a transfer's start. */
const ACT_SECONDS = 3600

export type ZoneAction = 'reload' | 'refresh' | 'retransfer' | 'notify' | 'freeze' | 'thaw' | 'flush'

export type ResolverAction =
  | 'resolver/flush'
  | `trust-points/${'refresh' | 'add' | 'remove'}`
  | `negative-anchors/${'add' | 'remove'}`

/** What the server refused to do or failed at, in its words. */
export class RequestRefused extends DnsError {
  /** The code of the API: `zone-unknown`, `refused`, … */
  readonly problem: string
  readonly details: readonly string[]

  constructor(problem: z.infer<typeof problemSchema>) {
    super('state-invalid', problem.detail)
    this.problem = problem.code
    this.details = problem.details ?? []
  }
}

/** All methods reject with RequestRefused, or with DnsError `exchange-failed` when no server answers or it answers nonsense. */
export class ControlClient {
  readonly path: string

  constructor(socketPath: string) {
    this.path = socketPath
  }

  status(): Promise<ServerStatus> {
    return this.#get(statusSchema, '/api/v1/status')
  }

  statistics(): Promise<StatisticsSnapshot> {
    return this.#get(statisticsSchema, '/api/v1/statistics')
  }

  /** All zones, page by page. */
  async *zones(): AsyncIterable<ZoneStatus> {
    let target = '/api/v1/zones'
    for (;;) {
      const page = await this.#get(zonePageSchema, target)
      yield* page.zones
      if (page.next === undefined) return
      target = `/api/v1/zones?after=${encodeURIComponent(page.next)}`
    }
  }

  zone(name: string): Promise<ZoneStatus> {
    return this.#get(zoneSchema, zoneTarget(name))
  }

  act(name: string, action: ZoneAction): Promise<ZoneOutcome> {
    return this.#post(zoneOutcomeSchema, `${zoneTarget(name)}/${action}`)
  }

  async *dumpZone(name: string): AsyncIterable<Uint8Array> {
    const reply = await this.#ask('GET', `${zoneTarget(name)}/dump`, ASK_SECONDS)
    yield* reply.chunks
  }

  resolver(): Promise<ResolverStatus> {
    return this.#get(resolverSchema, '/api/v1/resolver')
  }

  failures(limit: number): Promise<RecordedFailures> {
    return this.#get(failuresSchema, `/api/v1/resolver/failures?limit=${limit}`)
  }

  /** The newest failure of a name, as a file of evidence. */
  async failure(name: string, type?: string): Promise<string> {
    const query = type === undefined ? '' : `?type=${encodeURIComponent(type)}`
    const target = `/api/v1/resolver/failures/${encodeURIComponent(name)}${query}`
    return readReplyText(await this.#ask('GET', target, ASK_SECONDS), MAX_REPLY)
  }

  async trustPoints(): Promise<readonly TrustPointStatus[]> {
    return (await this.#get(trustPointsSchema, '/api/v1/trust-points')).trustPoints
  }

  async negativeAnchors(): Promise<readonly NegativeAnchorStatus[]> {
    return (await this.#get(negativeAnchorsSchema, '/api/v1/negative-anchors')).negativeAnchors
  }

  /** What is cached, as text. */
  async *dumpResolver(): AsyncIterable<Uint8Array> {
    const reply = await this.#ask('GET', '/api/v1/resolver/dump', ASK_SECONDS)
    yield* reply.chunks
  }

  /** One of the actions of the resolver: `resolver/flush`, `trust-points/add`… */
  actOnResolver(action: ResolverAction, body: object): Promise<Outcome> {
    return this.#post(outcomeSchema, `/api/v1/${action}`, body)
  }

  reload(): Promise<ReloadOutcome> {
    return this.#post(reloadSchema, '/api/v1/reload')
  }

  stop(): Promise<Outcome> {
    return this.#post(outcomeSchema, '/api/v1/stop')
  }

  reopenLogs(): Promise<Outcome> {
    return this.#post(outcomeSchema, '/api/v1/reopen-logs')
  }

  setQueryLog(on: boolean, zone?: string): Promise<Outcome> {
    return this.#post(outcomeSchema, '/api/v1/query-log', zone === undefined ? { on } : { on, zone })
  }

  async #get<T>(schema: z.ZodType<T>, target: string): Promise<T> {
    return this.#read(schema, await this.#ask('GET', target, ASK_SECONDS))
  }

  async #post<T>(schema: z.ZodType<T>, target: string, body?: unknown): Promise<T> {
    return this.#read(schema, await this.#ask('POST', target, ACT_SECONDS, body))
  }

  async #ask(method: 'GET' | 'POST', target: string, idleSeconds: number, body?: unknown): Promise<SocketReply> {
    const reply = await requestOverSocket({ path: this.path, method, target, body, idleSeconds })
    if (reply.status >= 200 && reply.status < 300) return reply
    throw new RequestRefused(await this.#read(problemSchema, reply))
  }

  async #read<T>(schema: z.ZodType<T>, reply: SocketReply): Promise<T> {
    const result = schema.safeParse(parseJson(await readReplyText(reply, MAX_REPLY)))
    if (result.success) return result.data
    const where = result.error.issues[0]?.path.join('.') ?? ''
    throw new DnsError(
      'exchange-failed',
      `${this.path}: the answer is not what this version of signet expects (${where || 'not JSON'})`,
    )
  }
}

function zoneTarget(name: string): string {
  return `/api/v1/zones/${encodeURIComponent(name)}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
