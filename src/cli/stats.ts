/** `signet stats`: what the running server has counted since it started. */

import type { Command } from 'commander'
import { formatTable } from '../dns/presentation/index.ts'
import type { Counts, StatisticsSnapshot } from '../server/index.ts'
import { parseWhole } from './arguments.ts'
import { showDuration, showOctets } from './figures.ts'
import { printLines, printObject } from './output.ts'
import { addServerOptions, type ServerFlags, withServer } from './server-connection.ts'

type Flags = ServerFlags & { readonly zones: string }

export function command(program: Command): Command {
  return addServerOptions(program)
    .option('--zones <n>', 'how many zones are shown, those with most queries', '10')
    .action(show)
}

function show(flags: Flags): Promise<void> {
  const count = parseWhole('--zones', flags.zones, 0, 1_000_000)
  return withServer(flags, async (client) => {
    const statistics = await client.statistics()
    if (flags.json === true) printObject(statistics)
    else printLines(describe(statistics, count))
  })
}

function describe(statistics: StatisticsSnapshot, zoneCount: number): string[] {
  const { queries, uptimeSeconds, image, dnstap, latency } = statistics
  const { rateLimited, cookies } = queries
  const total = sum(queries.byTransport)
  const rate = uptimeSeconds > 0 ? `, ${(total / uptimeSeconds).toFixed(1)} a second` : ''
  const rows: string[][] = [
    ['uptime', showDuration(uptimeSeconds)],
    ['queries', `${total}${rate}`],
    ['by transport', list(queries.byTransport)],
    ['by type', list(queries.byType)],
    ['by opcode', list(queries.byOpcode)],
    ['EDNS', `${queries.edns}, with DO ${queries.dnssecOk}`],
    [
      'cookies',
      list({ good: cookies.good, bad: cookies.bad, 'client only': cookies.clientOnly, none: cookies.absent }),
    ],
    ['TSIG replays', String(queries.tsigReplayed)],
    ['handed over', String(queries.handedOver)],
    ['answer cache', list({ hits: queries.answerCache.hits, misses: queries.answerCache.misses })],
    ['responses', list(queries.byRcode)],
    ['truncated', String(queries.truncated)],
    ['not answered', list(queries.dropped)],
    ['rate limited', list({ dropped: rateLimited.dropped, truncated: rateLimited.slipped })],
    ['latency', latency.count === 0 ? '-' : `${((latency.sumSeconds / latency.count) * 1e6).toFixed(0)} µs on average`],
    ...statistics.connections.map((c) => [
      `${c.transport} connections`,
      list({ open: c.open, accepted: c.accepted, refused: c.refused, evicted: c.evicted }),
    ]),
    ...statistics.transfers.filter(happened).map((t) => [`${t.kind} ${t.direction}`, `${t.count} ${t.outcome}`]),
    ...statistics.notifies.filter(happened).map((n) => [`notify ${n.direction}`, `${n.count} ${n.outcome}`]),
    ['image', `${showOctets(image.used)} used, ${showOctets(image.free)} free, ${showOctets(image.reserved)} reserved`],
    ['dnstap', list({ written: dnstap.written, dropped: dnstap.dropped })],
  ]
  const busiest = [...statistics.zones].sort((a, b) => b.queries - a.queries).slice(0, zoneCount)
  if (busiest.length === 0) return formatTable(rows)
  const head = ['ZONE', 'QUERIES', 'DO', 'NXDOMAIN', 'NODATA', 'REFERRALS', 'REFUSED']
  const zones = busiest.map(({ zone, queries, dnssecOk, nxdomain, nodata, referrals, refused }) => [
    zone,
    ...[queries, dnssecOk, nxdomain, nodata, referrals, refused].map(String),
  ])
  const left = statistics.zones.length - busiest.length
  const rest = left === 0 ? [] : [`(${left} more: --zones)`]
  return [...formatTable(rows), '', ...formatTable([head, ...zones]), ...rest]
}

const happened = ({ count }: { readonly count: number }): boolean => count > 0

function sum(counts: Counts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

/** `NOERROR 900, NXDOMAIN 100`, the most frequent first; noughts are left out. */
function list(counts: Counts): string {
  const parts = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
  return parts.join(', ') || '0'
}
