/** What the resolver counts, for Prometheus. A server without one has none of these samples. */
import type { ResolverControl, ResolverStatus } from '../server/index.ts'
import type { Family, Sample } from './metric-families.ts'

type Collected = ResolverControl | undefined

const RESULTS = ['secure', 'insecure', 'bogus', 'indeterminate', 'unchecked'] as const
const STATES = ['replies', 'fails', 'unknown'] as const
const OUTCOMES = ['replies', 'timeouts', 'failures'] as const

/** Samples of the status, none without a resolver. */
const of =
  (read: (status: ResolverStatus) => Iterable<Sample>) =>
  (resolver: Collected): Iterable<Sample> =>
    resolver === undefined ? [] : read(resolver.status())

export const RESOLVER_FAMILIES: readonly Family<Collected>[] = [
  {
    name: 'signet_resolver_questions_total',
    help: 'Questions of clients that the answer cache did not have.',
    kind: 'counter',
    labels: [],
    read: of(({ counts }) => [[counts.questions]]),
  },
  {
    name: 'signet_resolver_results_total',
    help: 'What questions came to, by what may be believed of it; bogus ones are answered SERVFAIL.',
    kind: 'counter',
    labels: ['security'],
    read: of(({ counts }) => RESULTS.map((security) => [counts[security], security])),
  },
  {
    name: 'signet_resolver_failures_total',
    help: 'Questions that were answered SERVFAIL, for whatever reason.',
    kind: 'counter',
    labels: [],
    read: of(({ counts }) => [[counts.failed]]),
  },
  {
    name: 'signet_resolver_stale_answers_total',
    help: 'Answers from data past its TTL (RFC 8767).',
    kind: 'counter',
    labels: [],
    read: of(({ counts }) => [[counts.stale]]),
  },
  {
    name: 'signet_resolver_special_names_total',
    help: 'Questions for names that no server is asked for: special names and empty zones.',
    kind: 'counter',
    labels: [],
    read: of(({ counts }) => [[counts.special]]),
  },
  {
    name: 'signet_resolver_overload_total',
    help: 'Questions that were not worked on, since there were too many at once.',
    kind: 'counter',
    labels: [],
    read: of(({ counts }) => [[counts.refusedByLimit]]),
  },
  {
    name: 'signet_resolver_removed_addresses_total',
    help: 'Records that resolver.privateAddresses removed from replies of servers.',
    kind: 'counter',
    labels: [],
    read: of(({ counts }) => [[counts.removedAddresses]]),
  },
  {
    name: 'signet_resolver_outstanding',
    help: 'Questions that are worked on now.',
    kind: 'gauge',
    labels: [],
    read: of(({ outstanding }) => [[outstanding]]),
  },
  {
    name: 'signet_resolver_cache_entries',
    help: 'Entries of each cache.',
    kind: 'gauge',
    labels: ['cache'],
    read: of(({ caches }) => caches.map(({ name, entries }) => [entries, name])),
  },
  {
    name: 'signet_resolver_cache_bytes',
    help: 'Memory that the entries of each cache take.',
    kind: 'gauge',
    labels: ['cache'],
    read: of(({ caches }) => caches.map(({ name, octets }) => [octets, name])),
  },
  {
    name: 'signet_resolver_upstream_queries_total',
    help: 'Messages to servers of others, by protocol.',
    kind: 'counter',
    labels: ['protocol'],
    read: of(({ network }) => Object.entries(network.queries).map(([protocol, count]) => [count, protocol])),
  },
  {
    name: 'signet_resolver_upstream_outcomes_total',
    help: 'What came of messages to servers: replies, timeouts, failures; by protocol.',
    kind: 'counter',
    labels: ['protocol', 'outcome'],
    read: of(({ network }) =>
      OUTCOMES.flatMap((outcome) =>
        Object.entries(network[outcome]).map(([protocol, count]): Sample => [count, protocol, outcome]),
      ),
    ),
  },
  {
    name: 'signet_resolver_upstream_mismatches_total',
    help: 'Datagrams that answered a waiting question wrongly: guesses of a forger, or a broken server.',
    kind: 'counter',
    labels: [],
    read: of(({ network }) => [[network.mismatches]]),
  },
  {
    name: 'signet_resolver_upstream_udp_sockets',
    help: 'UDP sockets that are open for asking servers.',
    kind: 'gauge',
    labels: [],
    read: of(({ network }) => [[network.udpSockets]]),
  },
  {
    name: 'signet_resolver_servers',
    help: 'Forwarders and servers of stub zones, by state: replies, fails, unknown.',
    kind: 'gauge',
    labels: ['state'],
    read: of(({ servers }) =>
      STATES.map((state): Sample => [servers.filter((server) => server.state === state).length, state]),
    ),
  },
  {
    name: 'signet_resolver_recorded_failures',
    help: 'Failures whose evidence is kept for signet explain --from-server; none where that is off.',
    kind: 'gauge',
    labels: [],
    read: of(({ recorder }) => (recorder === undefined ? [] : [[recorder.entries]])),
  },
  {
    name: 'signet_resolver_recorded_failures_bytes',
    help: 'Memory that they take, with the messages of resolutions that may yet fail.',
    kind: 'gauge',
    labels: [],
    read: of(({ recorder }) => (recorder === undefined ? [] : [[recorder.octets]])),
  },
  {
    name: 'signet_resolver_clock_jumps_total',
    help: 'Steps of the wall clock, forward or back, after each of which all verdicts are made again.',
    kind: 'counter',
    labels: [],
    read: of(({ counts }) => [[counts.clockJumps]]),
  },
  {
    name: 'signet_resolver_clock_doubted',
    help: '1 while the clock is plainly wrong and nothing is told as secure.',
    kind: 'gauge',
    labels: [],
    read: of(({ clockDoubt }) => [[clockDoubt === undefined ? 0 : 1]]),
  },
  {
    name: 'signet_trust_anchors',
    help: 'Trust anchors by trust point and state.',
    kind: 'gauge',
    labels: ['zone', 'state'],
    read: (resolver) => {
      const counts = new Map<string, [number, string, string]>()
      for (const { zone, anchors } of resolver?.trustPoints() ?? []) {
        for (const { state } of anchors) {
          const sample = counts.get(`${zone} ${state}`) ?? [0, zone, state]
          sample[0]++
          counts.set(`${zone} ${state}`, sample)
        }
      }
      return counts.values()
    },
  },
  {
    name: 'signet_trust_point_refresh_timestamp_seconds',
    help: 'When the keys of a trust point were last seen and verified, UNIX time.',
    kind: 'gauge',
    labels: ['zone'],
    read: (resolver) =>
      (resolver?.trustPoints() ?? []).flatMap(({ zone, lastSuccess }): Sample[] =>
        lastSuccess === undefined ? [] : [[lastSuccess, zone]],
      ),
  },
]
