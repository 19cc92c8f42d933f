/**
 * Counters of a running server, read at one moment. All count since the start and never go down, but where it says `now`.
 * How they are counted, in shared memory by several workers, is no matter here.
 */
import type { Protocol } from '../ports/index.ts'
import type { LongTurns } from './turn-watch.ts'

/** Few names → count. Names are bounded: what is not listed by its giver counts as `other`. */
export type Counts = Readonly<Record<string, number>>

export type StatisticsSnapshot = {
  readonly uptimeSeconds: number
  readonly queries: QueryCounts
  /** From the receipt of a query to its answer, for all transports; `count` may be sampled and less than all queries. */
  readonly latency: LatencyHistogram
  readonly transfers: readonly TransferCount[]
  readonly notifies: readonly NotifyCount[]
  readonly connections: readonly ConnectionCount[]
  readonly image: ImageMemory
  /** Turns of the control thread that were too long. */
  readonly longTurns: LongTurns
  /** dnstap messages: written to the outputs, and lost because an output did not keep up. */
  readonly dnstap: { readonly written: number; readonly dropped: number }
  /** Only zones that the configuration or a catalog names. */
  readonly zones: readonly ZoneCounts[]
}

export type QueryCounts = {
  readonly byTransport: Readonly<Record<Protocol, number>>
  /** By mnemonic of the QTYPE; the rare ones together as `other`. */
  readonly byType: Counts
  /** By mnemonic: `QUERY`, `NOTIFY`, `UPDATE`, `other`. */
  readonly byOpcode: Counts
  /** Responses by mnemonic of the RCODE, extended ones too. */
  readonly byRcode: Counts
  readonly edns: number
  /** With the bit DO (RFC 3225). */
  readonly dnssecOk: number
  /** Responses with TC. */
  readonly truncated: number
  /** Packets that got no answer: `response` (QR=1), `malformed`, `acl`, `overload`… */
  readonly dropped: Counts
  /** By response rate limiting: without an answer, or sent back to TCP with a truncated one. */
  readonly rateLimited: { readonly dropped: number; readonly slipped: number }
  /** Cookies (RFC 7873): queries without one, with a client's alone, with a server's that is good or bad. */
  readonly cookies: {
    readonly absent: number
    readonly clientOnly: number
    readonly good: number
    readonly bad: number
  }
  /** With a good TSIG, and seen before within the time that its signature is good: copies, or repetitions by the client. */
  readonly tsigReplayed: number
  /** Given from the data plane to the control thread. */
  readonly handedOver: number
  /** Questions to the resolver: answered by the answer cache in shared memory, or not. */
  readonly answerCache: { readonly hits: number; readonly misses: number }
}

export type LatencyHistogram = {
  /** Rising; `count` counts all observations up to the bound. What lies beyond the last bound is only in the total. */
  readonly buckets: readonly { readonly upToSeconds: number; readonly count: number }[]
  readonly count: number
  readonly sumSeconds: number
}

export type TransferCount = {
  readonly direction: 'in' | 'out'
  readonly kind: 'axfr' | 'ixfr'
  readonly outcome: 'done' | 'refused' | 'failed'
  readonly count: number
}

export type NotifyCount = {
  readonly direction: 'in' | 'out'
  readonly outcome: 'done' | 'refused' | 'failed'
  readonly count: number
}

export type ConnectionCount = {
  readonly transport: 'tcp' | 'tls' | 'https'
  readonly accepted: number
  /** Turned away at the limit of clients. */
  readonly refused: number
  /** Idle ones that were closed at the limit of clients, to make room for others. */
  readonly evicted: number
  /** Now. */
  readonly open: number
}

/** The shared memory of the zones' images, now, in octets: `used` and `free` make up what of `reserved` is committed. */
export type ImageMemory = { readonly reserved: number; readonly used: number; readonly free: number }

export type ZoneCounts = {
  readonly zone: string
  readonly queries: number
  readonly nxdomain: number
  readonly nodata: number
  readonly referrals: number
  readonly dnssecOk: number
  readonly refused: number
}
