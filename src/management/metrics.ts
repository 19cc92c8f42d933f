/**
 * `/metrics` for Prometheus: what the server counts, what is known of each zone, and the process. Labels are bounded: types,
 * codes and reasons come as a few names and `other`, zones are those that the configuration or a catalog names.
 */
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Clock } from '../ports/index.ts'
import type { Counts, ServerControl, ServerStatus, StatisticsSnapshot } from '../server/index.ts'
import { CountedHistogram, type Family, registerFamilies, type Sample } from './metric-families.ts'
import { RESOLVER_FAMILIES } from './resolver-metrics.ts'
import { ZONE_COUNT_FAMILIES, ZONE_FAMILIES } from './zone-metrics.ts'

export type Metrics = {
  readonly contentType: string
  /** The page, from the server's counters of this moment. */
  print(): Promise<string>
}

export function createMetrics(control: ServerControl, clock: Clock): Metrics {
  const registry = new Registry()
  // The delay of the event loop is sampled; the default of 10 ms would wake an idle server a hundred times a second.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 500 })
  const fillServer = registerFamilies(registry, SERVER_FAMILIES)
  const fillStatistics = registerFamilies(registry, STATISTICS_FAMILIES)
  const fillZoneCounts = registerFamilies(registry, ZONE_COUNT_FAMILIES)
  const fillZones = registerFamilies(registry, ZONE_FAMILIES)
  const fillResolver = registerFamilies(registry, RESOLVER_FAMILIES)
  const latency = new CountedHistogram(registry, LATENCY.name, LATENCY.help)
  return {
    contentType: registry.contentType,
    print() {
      const statistics = control.statistics()
      fillServer(control.status())
      fillStatistics(statistics)
      latency.fill(statistics.latency)
      fillZoneCounts(statistics.zones)
      fillZones({ zones: control.zones(), now: clock.wall() })
      fillResolver(control.resolver)
      return registry.metrics()
    },
  }
}

const LATENCY = {
  name: 'signet_response_latency_seconds',
  help: 'Time from the receipt of a query to its answer.',
  kind: 'histogram',
  labels: [],
} as const

export type MetricDescription = {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly string[]
  readonly help: string
}

/** Our families, in the order of the page; those of the process are prom-client's. */
export function describeMetrics(): readonly MetricDescription[] {
  return [
    ...SERVER_FAMILIES,
    ...STATISTICS_FAMILIES,
    LATENCY,
    ...ZONE_COUNT_FAMILIES,
    ...ZONE_FAMILIES,
    ...RESOLVER_FAMILIES,
  ]
}

const pairs = (counts: Counts): Sample[] => Object.entries(counts).map(([name, count]) => [count, name])

const SERVER_FAMILIES: readonly Family<ServerStatus>[] = [
  {
    name: 'signet_info',
    help: 'Always 1; says which version runs.',
    kind: 'gauge',
    labels: ['version'],
    read: ({ version }) => [[1, version]],
  },
  {
    name: 'signet_up',
    help: '1 while the server answers queries, 0 while it starts or stops.',
    kind: 'gauge',
    labels: [],
    read: ({ state }) => [[state === 'serving' ? 1 : 0]],
  },
  {
    name: 'signet_configuration_timestamp_seconds',
    help: 'When the configuration was last taken, UNIX time.',
    kind: 'gauge',
    labels: [],
    read: ({ configuredAt }) => [[configuredAt]],
  },
  {
    name: 'signet_state_writable',
    help: '0 while the disk of the state is full, read-only or broken: zones are served, and nothing is saved.',
    kind: 'gauge',
    labels: [],
    read: ({ stateUnwritable }) => [[stateUnwritable === undefined ? 1 : 0]],
  },
]

const STATISTICS_FAMILIES: readonly Family<StatisticsSnapshot>[] = [
  {
    name: 'signet_control_long_turns_total',
    help: 'Turns of the control thread above 50 ms, in which clients of TCP and of the resolver wait; one a second at most.',
    kind: 'counter',
    labels: [],
    read: ({ longTurns }) => [[longTurns.count]],
  },
  {
    name: 'signet_control_longest_turn_seconds',
    help: 'The longest of these turns since the start.',
    kind: 'gauge',
    labels: [],
    read: ({ longTurns }) => [[longTurns.longestMilliseconds / 1000]],
  },
  {
    name: 'signet_uptime_seconds',
    help: 'Time since the server started.',
    kind: 'gauge',
    labels: [],
    read: ({ uptimeSeconds }) => [[uptimeSeconds]],
  },
  {
    name: 'signet_queries_total',
    help: 'Messages received as queries, by transport.',
    kind: 'counter',
    labels: ['transport'],
    read: ({ queries }) => pairs(queries.byTransport),
  },
  {
    name: 'signet_queries_by_type_total',
    help: 'Queries by type of the question; rare types together as other.',
    kind: 'counter',
    labels: ['type'],
    read: ({ queries }) => pairs(queries.byType),
  },
  {
    name: 'signet_queries_by_opcode_total',
    help: 'Queries by opcode.',
    kind: 'counter',
    labels: ['opcode'],
    read: ({ queries }) => pairs(queries.byOpcode),
  },
  {
    name: 'signet_responses_total',
    help: 'Responses sent, by response code.',
    kind: 'counter',
    labels: ['rcode'],
    read: ({ queries }) => pairs(queries.byRcode),
  },
  {
    name: 'signet_responses_truncated_total',
    help: 'Responses sent with TC set.',
    kind: 'counter',
    labels: [],
    read: ({ queries }) => [[queries.truncated]],
  },
  {
    name: 'signet_queries_edns_total',
    help: 'Queries with EDNS.',
    kind: 'counter',
    labels: [],
    read: ({ queries }) => [[queries.edns]],
  },
  {
    name: 'signet_queries_dnssec_ok_total',
    help: 'Queries with the bit DO set.',
    kind: 'counter',
    labels: [],
    read: ({ queries }) => [[queries.dnssecOk]],
  },
  {
    name: 'signet_queries_dropped_total',
    help: 'Messages that were not answered, by reason; rate limiting is counted apart.',
    kind: 'counter',
    labels: ['reason'],
    read: ({ queries }) => pairs(queries.dropped),
  },
  {
    name: 'signet_responses_rate_limited_total',
    help: 'Responses withheld by rate limiting: dropped, or slipped as a truncated answer.',
    kind: 'counter',
    labels: ['action'],
    read: ({ queries }) => pairs(queries.rateLimited),
  },
  {
    name: 'signet_queries_cookie_total',
    help: 'Queries by their DNS cookie: absent, client_only, good or bad.',
    kind: 'counter',
    labels: ['cookie'],
    read: ({ queries: { cookies } }) => [
      [cookies.absent, 'absent'],
      [cookies.clientOnly, 'client_only'],
      [cookies.good, 'good'],
      [cookies.bad, 'bad'],
    ],
  },
  {
    name: 'signet_tsig_replayed_total',
    help: 'Requests with a good TSIG that came a second time while the signature was good: copies, or repetitions by the client.',
    kind: 'counter',
    labels: [],
    read: ({ queries }) => [[queries.tsigReplayed]],
  },
  {
    name: 'signet_queries_handed_over_total',
    help: 'Queries that the data plane gave to the control thread.',
    kind: 'counter',
    labels: [],
    read: ({ queries }) => [[queries.handedOver]],
  },
  {
    name: 'signet_answer_cache_total',
    help: 'Questions to the resolver, by whether the answer cache in shared memory had the answer.',
    kind: 'counter',
    labels: ['result'],
    read: ({ queries: { answerCache } }) => [
      [answerCache.hits, 'hit'],
      [answerCache.misses, 'miss'],
    ],
  },
  {
    name: 'signet_transfers_total',
    help: 'Zone transfers that ended, by direction, kind and outcome.',
    kind: 'counter',
    labels: ['direction', 'kind', 'outcome'],
    read: ({ transfers }) => transfers.map((t) => [t.count, t.direction, t.kind, t.outcome]),
  },
  {
    name: 'signet_notifies_total',
    help: 'NOTIFY messages, by direction and outcome.',
    kind: 'counter',
    labels: ['direction', 'outcome'],
    read: ({ notifies }) => notifies.map((n) => [n.count, n.direction, n.outcome]),
  },
  {
    name: 'signet_connections_accepted_total',
    help: 'Connections accepted, by transport.',
    kind: 'counter',
    labels: ['transport'],
    read: ({ connections }) => connections.map((c) => [c.accepted, c.transport]),
  },
  {
    name: 'signet_connections_refused_total',
    help: 'Connections turned away at the limit of clients, by transport.',
    kind: 'counter',
    labels: ['transport'],
    read: ({ connections }) => connections.map((c) => [c.refused, c.transport]),
  },
  {
    name: 'signet_connections_evicted_total',
    help: 'Idle connections closed at the limit of clients to make room for others, by transport.',
    kind: 'counter',
    labels: ['transport'],
    read: ({ connections }) => connections.map((c) => [c.evicted, c.transport]),
  },
  {
    name: 'signet_connections_open',
    help: 'Connections that are open now, by transport.',
    kind: 'gauge',
    labels: ['transport'],
    read: ({ connections }) => connections.map((c) => [c.open, c.transport]),
  },
  {
    name: 'signet_image_bytes',
    help: 'Shared memory of the zones that are served: reserved, used and free.',
    kind: 'gauge',
    labels: ['state'],
    read: ({ image }) => pairs(image),
  },
  {
    name: 'signet_dnstap_messages_total',
    help: 'Messages for dnstap: written, or dropped because an output did not keep up.',
    kind: 'counter',
    labels: ['outcome'],
    read: ({ dnstap }) => pairs(dnstap),
  },
]
