/** From what the threads counted to what is told of it: names in place of numbers, a histogram, zones by name. */
import { type CounterBlock, type CounterSnapshot, sumZoneCounters } from '../authority/index.ts'
import { typeMnemonic } from '../dns/rr/index.ts'
import { rcodeMnemonic } from '../dns/wire/index.ts'
import type { HostedZone } from './hosted-zone.ts'
import type { ServedImage } from './served-image.ts'
import type { Counts, LatencyHistogram, QueryCounts, ZoneCounts } from './statistics-snapshot.ts'

const OPCODES: ReadonlyMap<number, string> = new Map([
  [0, 'QUERY'],
  [4, 'NOTIFY'],
  [5, 'UPDATE'],
])

/** `workers`: what the data plane alone counted. `tsigReplayed`: what the control thread counted, which verifies signatures. */
export function countQueries(sum: CounterSnapshot, workers: CounterSnapshot, tsigReplayed: number): QueryCounts {
  const transport = (name: Parameters<CounterSnapshot['byTransport']['get']>[0]): number =>
    sum.byTransport.get(name) ?? 0
  const event = (name: Parameters<CounterSnapshot['events']['get']>[0]): number => sum.events.get(name) ?? 0
  return {
    byTransport: {
      udp: transport('udp4') + transport('udp6'),
      tcp: transport('tcp4') + transport('tcp6'),
      tls: transport('tls'),
      https: transport('https'),
    },
    byType: named(sum.byType, (type) => (isKnownType(type) ? typeMnemonic(type) : 'other')),
    byOpcode: named(sum.byOpcode, (opcode) => OPCODES.get(opcode) ?? 'other'),
    byRcode: named(sum.byRcode, rcodeMnemonic),
    edns: event('edns'),
    dnssecOk: event('dnssecOk'),
    truncated: event('truncated'),
    dropped: {
      silent: event('dropped') - event('rateLimitDrop'),
      malformed: event('malformed'),
      unsent: event('unsent'),
    },
    rateLimited: { dropped: event('rateLimitDrop'), slipped: event('rateLimitSlip') },
    cookies: {
      absent: event('cookieAbsent'),
      clientOnly: event('cookieClientOnly'),
      good: event('cookieGood'),
      bad: event('cookieBad'),
    },
    tsigReplayed,
    handedOver: workers.events.get('handedOver') ?? 0,
    answerCache: { hits: event('cacheHit'), misses: event('cacheMiss') },
  }
}

/** A type with a mnemonic of its own: a label for each of 256 numbers would help nobody. */
function isKnownType(type: number): boolean {
  return !typeMnemonic(type).startsWith('TYPE')
}

function named(counts: ReadonlyMap<number | 'other', number>, name: (number: number) => string): Counts {
  const row: Record<string, number> = {}
  for (const [number, count] of counts) {
    const key = number === 'other' ? 'other' : name(number)
    row[key] = (row[key] ?? 0) + count
  }
  return row
}

/** The first bound of the histogram is 2^SHORTEST nanoseconds, a quarter of a microsecond; the last a quarter of a second. */
const SHORTEST = 8
const LONGEST = 28

export function toHistogram({ counts, sumNanoseconds }: CounterSnapshot['latency']): LatencyHistogram {
  const buckets: { upToSeconds: number; count: number }[] = []
  let count = 0
  for (const [power, each] of counts.entries()) {
    count += each
    if (power >= SHORTEST && power <= LONGEST && power % 2 === 0) buckets.push({ upToSeconds: 2 ** power / 1e9, count })
  }
  return { buckets, count, sumSeconds: sumNanoseconds / 1e9 }
}

export function countZones(
  zones: readonly HostedZone[],
  image: ServedImage,
  blocks: readonly CounterBlock[],
): ZoneCounts[] {
  const countsOf = sumZoneCounters(blocks)
  return zones.flatMap((zone) => {
    const slot = image.slotOf(zone.name)
    return slot === undefined ? [] : [{ zone: zone.name.toString(), ...countsOf(slot) }]
  })
}
