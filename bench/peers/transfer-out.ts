/**
 * AXFR out of one large zone, by ours, NSD and Knot in turn, to a client that only counts: records a second, and what the server
 * spent on it. The server has one processor, the client another.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type AxfrCount, readAxfr } from './axfr-reader.ts'
import { type Kind, lacking, NameServer } from './name-server.ts'
import { pinProcess } from './process-figures.ts'
import { median, report, rounded, skip, withFolder } from './report.ts'

const PROMISE = 0.8
const ROUNDS = Number(process.env.ROUNDS ?? 5)
/** Transfers of each server before those that count; the first one is told apart, since our code is compiled while it runs. */
const WARM_UPS = 3
const KINDS: readonly Kind[] = ['signet', 'nsd', 'knotd']
const ZONE = 'example.'

type Transfer = AxfrCount & { readonly cpuSeconds: number }

export async function run(records = 1_000_000): Promise<void> {
  const reason = lacking('nsd', 'knotd', 'taskset')
  if (reason !== undefined) return skip('transfer-out', reason)
  await withFolder(async (folder) => {
    const file = join(folder, 'zone')
    writeZone(file, records)
    const processor = availableParallelism() > 1 ? 0 : undefined
    // The client and what it measures keep off each other.
    if (processor === 0) pinProcess(process.pid, 1)
    const transfers: Record<Kind, Transfer[]> = { signet: [], nsd: [], knotd: [] }
    const first: Partial<Record<Kind, number>> = {}
    const servers = new Map<Kind, NameServer>()
    try {
      for (const kind of KINDS) {
        const options = { zones: [{ name: ZONE, file }], ...(processor !== undefined && { processor }) }
        const server = await NameServer.prepare(kind, folder, options)
        servers.set(kind, server)
        server.start()
        first[kind] = (await readWhenReady(server, records + 1)).seconds
        for (let i = 1; i < WARM_UPS; i++) await readAxfr(server.port, ZONE, records + 1)
      }
      for (let round = 0; round < ROUNDS; round++) {
        for (const [kind, server] of servers) {
          const before = server.cpuSeconds
          const count = await readAxfr(server.port, ZONE, records + 1)
          transfers[kind].push({ ...count, cpuSeconds: server.cpuSeconds - before })
        }
      }
    } finally {
      await Promise.all([...servers.values()].map((server) => server.stop()))
    }
    tell(records, transfers, first)
  })
}

function tell(
  records: number,
  transfers: Record<Kind, Transfer[]>,
  first: Readonly<Partial<Record<Kind, number>>>,
): void {
  const rate = (kind: Kind): number => median(transfers[kind].map((each) => each.records / each.seconds))
  const details = Object.fromEntries(
    KINDS.map((kind) => [
      kind,
      {
        firstSeconds: rounded(first[kind] ?? 0),
        seconds: transfers[kind].map(({ seconds }) => rounded(seconds)),
        cpuSeconds: rounded(median(transfers[kind].map(({ cpuSeconds }) => cpuSeconds))),
        recordsPerSecond: Math.round(rate(kind)),
        octets: transfers[kind][0]?.octets,
        messages: transfers[kind][0]?.messages,
      },
    ]),
  )
  const best = rate('nsd') > rate('knotd') ? 'nsd' : 'knotd'
  const figures = { ours: rate('signet'), peer: rate(best), peerName: best, atLeast: PROMISE }
  report({ name: `transfer-out ${records}`, unit: 'records/s', ...figures }, details)
}

/** The first transfer of a server, when it has the zone. */
async function readWhenReady(server: NameServer, records: number): Promise<AxfrCount> {
  const end = performance.now() + 120_000
  for (;;) {
    try {
      return await readAxfr(server.port, ZONE, records)
    } catch (error) {
      if (!server.isRunning || performance.now() > end) throw new Error(`${server.kind}: ${error}\n${server.log}`)
      await sleep(200)
    }
  }
}

/** Names with an A record each, every second of them with AAAA, some with MX, until there are `records` with SOA and NS. */
function writeZone(path: string, records: number): void {
  const fd = openSync(path, 'w')
  const lines = [
    `$ORIGIN ${ZONE}`,
    '$TTL 3600',
    '@ SOA ns hostmaster 1 7200 3600 1209600 3600',
    '@ NS ns',
    'ns A 127.0.0.1',
  ]
  let count = 3
  for (let i = 0; count < records; i++) {
    const add = (text: string): void => {
      if (count < records) {
        lines.push(text)
        count++
      }
    }
    add(`h${i} A 10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`)
    if (i % 2 === 0) add(`h${i} AAAA 2001:db8::${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}`)
    if (i % 6 === 0) add(`h${i} MX 10 h${i}`)
    if (lines.length > 10_000) writeSync(fd, `${lines.splice(0).join('\n')}\n`)
  }
  writeSync(fd, `${lines.join('\n')}\n`)
  closeSync(fd)
}
