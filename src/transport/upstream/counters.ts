/** What asking has come to, for metrics. Everything but the gauges only grows. */
import type { Protocol } from '../../ports/index.ts'

export type UpstreamCounters = {
  readonly queries: Record<Protocol, number>
  readonly replies: Record<Protocol, number>
  readonly timeouts: Record<Protocol, number>
  readonly failures: Record<Protocol, number>
  /** Connections over TLS that went on with an earlier session, without a certificate being sent again. */
  resumed: number
  /** Messages at a waiting query that do not answer it: guesses of a forger, or a server that is broken. */
  mismatches: number
  /** Datagrams at a socket where nobody waits: mostly answers that come too late. */
  strays: number
  /** Queries that were asked again by TCP, since somebody guessed at their answer. */
  guessed: number
  /** Queries that were given the reply to the same one before. */
  shared: number
  /** Queries that were refused, because another for their question was waiting (RFC 5452 §5). */
  refused: number
}

/** What is open now. */
export type UpstreamGauges = {
  readonly udpSockets: number
  readonly connections: Readonly<Record<'tcp' | 'tls' | 'https', number>>
  readonly outstanding: number
}

export function zeroCounters(): UpstreamCounters {
  const zero = (): Record<Protocol, number> => ({ udp: 0, tcp: 0, tls: 0, https: 0 })
  return {
    queries: zero(),
    replies: zero(),
    timeouts: zero(),
    failures: zero(),
    resumed: 0,
    mismatches: 0,
    strays: 0,
    guessed: 0,
    shared: 0,
    refused: 0,
  }
}
