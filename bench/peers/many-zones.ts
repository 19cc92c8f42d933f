/**
 * Start with many small zones: from the start of the process until the last zone answers, for ours, NSD and Knot in one run.
 * Ours starts twice: with an empty state, and with the state that the first start left.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Kind, lacking, NameServer, type ServedZone } from './name-server.ts'
import { median, report, rounded, skip, withFolder } from './report.ts'
import { ZoneAsker } from './zone-asker.ts'

const PROMISE = 1.5
const ROUNDS = Number(process.env.ROUNDS ?? 3)

export async function run(count = 10_000): Promise<void> {
  const reason = lacking('nsd', 'knotd')
  if (reason !== undefined) return skip('many-zones', reason)
  await withFolder(async (folder) => {
    const zones = writeZones(folder, count)
    const seconds: Record<Kind | 'again', number[]> = { signet: [], again: [], nsd: [], knotd: [] }
    const cpu: Record<Kind | 'again', number[]> = { signet: [], again: [], nsd: [], knotd: [] }
    for (let round = 0; round < ROUNDS; round++) {
      const root = join(folder, `round${round}`)
      for (const kind of ['signet', 'again', 'nsd', 'knotd'] as const) {
        const server = await NameServer.prepare(kind === 'again' ? 'signet' : kind, root, { zones })
        const took = await timeStart(server, zones)
        seconds[kind].push(took.seconds)
        cpu[kind].push(took.cpuSeconds)
      }
    }
    const [nsd, knot] = [median(seconds.nsd), median(seconds.knotd)]
    const slower = { peer: Math.max(nsd, knot), peerName: nsd > knot ? 'nsd' : 'knotd' }
    const faster = { peer: Math.min(nsd, knot), peerName: nsd > knot ? 'knotd' : 'nsd' }
    const runs = Object.fromEntries(Object.entries(seconds).map(([kind, each]) => [kind, each.map(rounded)]))
    const processor = Object.fromEntries(Object.entries(cpu).map(([kind, each]) => [kind, rounded(median(each))]))
    const name = `many-zones ${count}`
    for (const [start, ours] of [
      ['first start', median(seconds.signet)],
      ['later start', median(seconds.again)],
    ] as const) {
      report(
        { name: `${name}, ${start}, slower peer`, unit: 's', ours, ...slower, atMost: PROMISE },
        { runs, processor },
      )
      report({ name: `${name}, ${start}, faster peer`, unit: 's', ours, ...faster })
    }
  })
}

function writeZones(folder: string, count: number): ServedZone[] {
  const below = join(folder, 'zones')
  mkdirSync(below)
  return Array.from({ length: count }, (_, i) => {
    const name = `z${i}.example.`
    const file = join(below, `z${i}`)
    const address = `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
    writeFileSync(
      file,
      `$ORIGIN ${name}\n$TTL 3600\n@ SOA ns hostmaster 1 7200 3600 1209600 3600\n@ NS ns\nns A 127.0.0.1\nwww A ${address}\n` +
        `www AAAA 2001:db8::${i.toString(16)}\n@ MX 10 www\n`,
    )
    return { name, file }
  })
}

async function timeStart(server: NameServer, zones: readonly ServedZone[]) {
  const asker = new ZoneAsker(
    server.port,
    zones.map(({ name }) => name),
  )
  await asker.bind()
  const began = performance.now()
  server.start()
  try {
    await asker.untilAllAnswer(() => server.isRunning)
    const seconds = (performance.now() - began) / 1000
    return { seconds, cpuSeconds: server.cpuSeconds }
  } catch (error) {
    throw new Error(`${server.kind}: ${String(error)}\n${server.log.slice(-2000)}`)
  } finally {
    asker.close()
    await server.stop()
  }
}
