/**
 * Two threads of the data plane beside one, with sockets: the time of the processor that a query takes, and how the queries are
 * spread over the threads. The load comes from many source ports, since the kernel chooses a socket by them.
 */
import { type LoadResult, runLoad } from './dnsperf.ts'
import { findJudgeZone, type JudgeZone } from './judge-zone.ts'
import { lacking, NameServer } from './name-server.ts'
import { listThreads } from './process-figures.ts'
import { median, report, rounded, skip, withFolder } from './report.ts'

const PROMISE = 1.15
const SHARE = { least: 0.4, most: 0.6 }
const ROUNDS = Number(process.env.ROUNDS ?? 3)
const NAMES = Number(process.env.NAMES ?? 100_000)
const CLIENTS = 64

type Measured = LoadResult & {
  readonly microseconds: number
  /** What part of the workers' time each of them took, the busiest first. */
  readonly shares: readonly number[]
}

export async function run(seconds = 5): Promise<void> {
  const zone = findJudgeZone(NAMES)
  const reason = lacking('dnsperf') ?? (typeof zone === 'string' ? zone : undefined)
  if (reason !== undefined || typeof zone === 'string') return skip('serve-threads', reason ?? '')
  await withFolder(async (folder) => {
    const one: Measured[] = []
    const two: Measured[] = []
    const servers = await Promise.all([1, 2].map((threads) => startServer(`${folder}/${threads}`, zone, threads)))
    const [single, double] = servers
    if (single === undefined || double === undefined) return
    try {
      for (let round = 0; round < ROUNDS; round++) {
        one.push(await measure(single, zone, seconds, 1))
        two.push(await measure(double, zone, seconds, 2))
      }
    } finally {
      await Promise.all(servers.map((server) => server.stop()))
    }
    const cost = (runs: readonly Measured[]): number => median(runs.map(({ microseconds }) => microseconds))
    const details = (runs: readonly Measured[]) => ({
      microseconds: runs.map(({ microseconds }) => rounded(microseconds)),
      queriesPerSecond: runs.map(({ perSecond }) => Math.round(perSecond)),
      lost: runs.map(({ lost }) => lost),
    })
    report(
      {
        name: 'serve-threads, CPU of a query, two threads beside one',
        unit: 'us',
        ours: cost(two),
        peer: cost(one),
        peerName: 'one thread',
        atMost: PROMISE,
      },
      { one: details(one), two: details(two) },
    )
    const share = median(two.map(({ shares }) => shares[0] ?? 0))
    const shares = two.map((each) => each.shares.map(rounded))
    report(
      {
        name: 'serve-threads, share of the busier thread',
        unit: 'of 1',
        ours: share,
        atLeast: SHARE.least,
        atMost: SHARE.most,
      },
      { shares },
    )
  })
}

async function startServer(folder: string, zone: JudgeZone, threads: number): Promise<NameServer> {
  const server = await NameServer.prepare('signet', folder, { zones: [zone], threads })
  server.start()
  await server.untilLogged('signet: ready')
  return server
}

/** The threads that worked are the workers: the control thread has nothing to do with queries. */
async function measure(server: NameServer, zone: JudgeZone, seconds: number, threads: number): Promise<Measured> {
  const before = new Map(listThreads(server.pid).map(({ id, ranSeconds }) => [id, ranSeconds]))
  const cpuBefore = server.cpuSeconds
  const load = await runLoad({ port: server.port, queries: zone.queries, seconds, clients: CLIENTS })
  const cpuSeconds = server.cpuSeconds - cpuBefore
  const ran = listThreads(server.pid)
    .map(({ id, ranSeconds }) => ranSeconds - (before.get(id) ?? 0))
    .sort((a, b) => b - a)
    .slice(0, threads)
  const all = ran.reduce((sum, each) => sum + each, 0)
  return { ...load, microseconds: (cpuSeconds * 1e6) / load.completed, shares: ran.map((each) => each / all) }
}
