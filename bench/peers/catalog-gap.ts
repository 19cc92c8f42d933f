/**
 * A catalogue that changes a thousand zones at once, at a server that answers a steady load meanwhile: how long the worker let
 * packets wait for a reason of its own. The thousand come, and then go while another thousand come.
 *
 * The worker and the probe have a processor to themselves, all else has the other: then they seldom wait for one, and what is left
 * of a delay is the worker's.
 */

import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Name } from '../../src/dns/name/index.ts'
import { A } from '../../src/dns/rr/index.ts'
import { encodeMessage, headerOf } from '../../src/dns/wire/index.ts'
import { PROBE, type ProbeTask } from './delay-probe.ts'
import { runLoad } from './dnsperf.ts'
import { findJudgeZone, type JudgeZone } from './judge-zone.ts'
import { lacking, NameServer, type NameServerOptions } from './name-server.ts'
import { listThreads, pinProcess, pinThread } from './process-figures.ts'
import { report, rounded, skip, withFolder } from './report.ts'
import { readStatistics } from './statistics.ts'
import { ZoneAsker } from './zone-asker.ts'

const PROMISE_MILLISECONDS = 5
const NAMES = Number(process.env.NAMES ?? 100_000)
const QUERIES_PER_SECOND = Number(process.env.QPS ?? 10_000)
const QUIET_SECONDS = 5
/** Longer than any run: the load is of one piece. */
const LOAD_SECONDS = 60
const [OWN_PROCESSOR, OTHER_PROCESSOR] = [1, 0]
const CATALOG = 'catalog.example.net.'

export async function run(members = 1000): Promise<void> {
  const zone = findJudgeZone(NAMES)
  const alone = availableParallelism() < 2 ? 'one processor only' : undefined
  const reason = lacking('dnsperf', 'taskset') ?? alone ?? (typeof zone === 'string' ? zone : undefined)
  if (reason !== undefined || typeof zone === 'string') return skip('catalog-gap', reason ?? '')
  await withFolder(async (folder) => {
    const file = join(folder, 'member')
    writeFileSync(file, '$TTL 300\n@ SOA ns admin 1 3600 900 604800 300\n@ NS ns\nns A 127.0.0.1\nwww A 10.0.0.1\n')
    const consumer = await NameServer.prepare('signet', join(folder, 'consumer'), {
      zones: [],
      processor: OTHER_PROCESSOR,
    })
    const producer = await NameServer.prepare('signet', join(folder, 'producer'), {
      zones: [],
      processor: OTHER_PROCESSOR,
    })
    const list = (names: readonly string[]): NameServerOptions => ({
      zones: [],
      zoneSettings: producerZones(names, file, consumer.port),
    })
    pinProcess(process.pid, OTHER_PROCESSOR)
    producer.configure(list([]))
    consumer.configure({ zones: [], zoneSettings: consumerZones(zone, producer.port) })
    try {
      producer.start()
      await producer.untilLogged('signet: ready')
      consumer.start()
      await consumer.untilLogged('signet: ready')
      const change = async (names: readonly string[]): Promise<number> => {
        const began = performance.now()
        producer.configure(list(names))
        producer.reload()
        await untilServed(consumer, names)
        return (performance.now() - began) / 1000
      }
      await measure(consumer, zone, members, change)
    } finally {
      await Promise.all([consumer.stop(), producer.stop()])
    }
  })
}

function producerZones(names: readonly string[], file: string, consumerPort: number): object[] {
  const allowTransfer = ['127.0.0.0/8']
  const notify = [`127.0.0.1:${consumerPort}`]
  return [
    { name: CATALOG, type: 'primary', catalog: 'producer', allowTransfer, notify },
    ...names.map((name) => ({ name, type: 'primary', file, allowTransfer, memberOf: CATALOG })),
  ]
}

function consumerZones({ name, file }: JudgeZone, producerPort: number): object[] {
  return [
    { name, type: 'primary', file },
    { name: CATALOG, type: 'secondary', catalog: 'consumer', primaries: [`127.0.0.1:${producerPort}`] },
  ]
}

async function measure(
  server: NameServer,
  zone: JudgeZone,
  members: number,
  change: (names: readonly string[]) => Promise<number>,
): Promise<void> {
  const names = (letter: string): string[] => Array.from({ length: members }, (_, i) => `${letter}${i}.example.org.`)
  const before = new Map(listThreads(server.pid).map(({ id, ranSeconds }) => [id, ranSeconds]))
  const load = runLoad({
    port: server.port,
    queries: zone.queries,
    seconds: LOAD_SECONDS,
    queriesPerSecond: QUERIES_PER_SECOND,
    processor: OTHER_PROCESSOR,
  })
  await sleep(1000)
  const [busiest] = listThreads(server.pid)
    .map(({ id, ranSeconds }) => ({ id, ran: ranSeconds - (before.get(id) ?? 0) }))
    .sort((a, b) => b.ran - a.ran)
  if (busiest === undefined) throw new Error('the server has no threads')
  pinThread(busiest.id, OWN_PROCESSOR)
  const quiet = await probe(server, busiest.id, () => sleep(QUIET_SECONDS * 1000))
  const seconds: number[] = []
  const changing = await probe(server, busiest.id, async () => {
    seconds.push(rounded(await change(names('m'))), rounded(await change(names('n'))))
  })
  const { snapshot } = await readStatistics(server)
  const { buckets, count } = snapshot.latency
  const slowest = buckets.find((bucket) => bucket.count === count)?.upToSeconds
  const { sent, completed } = await load
  report(
    {
      name: `catalog-gap ${members}, longest time without looking at the socket`,
      unit: 'ms',
      ours: changing.longestGap,
      atMost: PROMISE_MILLISECONDS,
    },
    { changing, quiet, changeSeconds: seconds, slowestBatchSeconds: slowest, load: { sent, lost: sent - completed } },
  )
}

async function untilServed(server: NameServer, names: readonly string[]): Promise<void> {
  const asker = new ZoneAsker(server.port, names)
  await asker.bind()
  try {
    await asker.untilAllAnswer(() => server.isRunning)
  } finally {
    asker.close()
  }
}

type Probed = Readonly<Record<Exclude<keyof typeof PROBE, 'stop' | 'length'>, number>>

/** Probes while something goes on. */
async function probe(server: NameServer, thread: number, action: () => Promise<unknown>): Promise<Probed> {
  const figures = new SharedArrayBuffer(PROBE.length * 8)
  const query = encodeMessage({
    header: headerOf(0, 0),
    questions: [{ name: Name.parse('h1.example.'), type: A.number, class: 1 }],
    answer: [],
    authority: [],
    additional: [],
  })
  const workerData: ProbeTask = { port: server.port, query, pid: server.pid, thread, processor: OWN_PROCESSOR, figures }
  const worker = new Worker(new URL('./delay-probe.ts', import.meta.url), { workerData })
  const ended = new Promise((resolve, reject) => {
    worker.once('exit', resolve)
    worker.once('error', reject)
  })
  const cells = new Float64Array(figures)
  // What it does for the first time takes longer than ever after.
  await sleep(500)
  cells.fill(0)
  try {
    await Promise.race([action(), ended.then(() => Promise.reject(new Error('the probe ended')))])
  } finally {
    cells[PROBE.stop] = 1
  }
  await ended
  const [, asked = 0, lost = 0, longestDelay = 0, longestGap = 0, waited = 0, above1 = 0] = [...cells].map(rounded)
  return { asked, lost, longestDelay, longestGap, waited, above1 }
}
