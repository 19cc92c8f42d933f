/** What management may see and steer, done by the running server. */
import { sumCounters } from '../authority/index.ts'
import type { Name } from '../dns/name/index.ts'
import { printVersion } from '../store/index.ts'
import type { Outcome, ReloadOutcome, ServerControl, ServerStatus, ZoneOutcome, ZoneStatus } from './control.ts'
import type { HostedZone } from './hosted-zone.ts'
import type { ResolverControl } from './resolver-control.ts'
import { RunningResolverControl } from './resolving/index.ts'
import type { ServedImage } from './served-image.ts'
import type { Server } from './server.ts'
import type { StatisticsSnapshot } from './statistics-snapshot.ts'
import { countQueries, countZones, toHistogram } from './tell-statistics.ts'
import { actOn } from './zones/zone-source.ts'

export class RunningControl implements ServerControl {
  readonly #server: Server
  readonly #stop: () => void
  readonly resolver: ResolverControl | undefined

  /** `stop` begins an orderly end of the server. */
  constructor(server: Server, stop: () => void) {
    this.#server = server
    this.#stop = stop
    const { resolving, clock } = server
    this.resolver = resolving && new RunningResolverControl(resolving, clock)
  }

  status(): ServerStatus {
    const { listeners, zones, watch, version, phase, startedAt, configuredAt, configurationFile } = this.#server
    const states = zones.list().map((zone) => zone.status(this.#now()).state)
    const { unwritable } = this.#server.state
    const count = (wanted: ZoneStatus['state']): number => states.filter((state) => state === wanted).length
    return {
      version,
      processId: process.pid,
      state: phase,
      startedAt,
      configuredAt,
      configurationFile,
      listening: [...listeners.addresses],
      threads: listeners.counters.length,
      batchedUdp: listeners.batchedUdp,
      zones: {
        total: states.length,
        serving: count('serving'),
        failed: count('failed'),
        expired: count('expired'),
      },
      ...(unwritable !== undefined && { stateUnwritable: unwritable }),
      queryLog: watch.logged,
    }
  }

  statistics(): StatisticsSnapshot {
    const { listeners, transfers, image, turns, watch, zones, startedAt, countedBlocks } = this.#server
    const workers = sumCounters(listeners.counters)
    const sum = sumCounters(countedBlocks)
    const { reservedOctets, usedOctets, reachedOctets } = image.usage
    return {
      uptimeSeconds: Math.max(0, this.#now() - startedAt),
      queries: countQueries(sum, workers, this.#server.replays.count),
      latency: toHistogram(sum.latency),
      transfers: transfers.transfers,
      notifies: transfers.notifies,
      connections: listeners.connections,
      image: { reserved: reservedOctets, used: usedOctets, free: Math.max(0, reachedOctets - usedOctets) },
      longTurns: turns.turns,
      dnstap: watch.tapCounts,
      zones: countZones(zones.list(), image, countedBlocks),
    }
  }

  zones(): readonly ZoneStatus[] {
    const now = this.#now()
    return this.#server.zones.list().map((zone) => zone.status(now))
  }

  zone(name: Name): ZoneStatus | undefined {
    return this.#server.zones.find(name)?.status(this.#now())
  }

  reload(): Promise<ReloadOutcome> {
    return this.#server.reload()
  }

  async reloadZone(name: Name): Promise<ZoneOutcome> {
    return { zone: name.toString(), ...(await this.#act(name, (zone) => actOn(zone, 'reload'))) }
  }

  refresh(name: Name): Promise<Outcome> {
    return this.#act(name, (zone) => actOn(zone, 'refresh'))
  }

  retransfer(name: Name): Promise<Outcome> {
    return this.#act(name, (zone) => actOn(zone, 'retransfer'))
  }

  notify(name: Name): Promise<Outcome> {
    return this.#act(name, async (zone) => {
      if (zone.serial === undefined) return { outcome: 'refused', message: 'no version is served now' }
      const told = this.#server.zones.changed(zone)
      if (told === 0) return { outcome: 'unchanged', message: 'there is nobody to be told' }
      return { outcome: 'started', message: told === 1 ? 'one server is told' : `${told} servers are told` }
    })
  }

  freeze(name: Name): Promise<Outcome> {
    return this.#act(name, (zone) => actOn(zone, 'freeze'))
  }

  thaw(name: Name): Promise<Outcome> {
    return this.#act(name, (zone) => actOn(zone, 'thaw'))
  }

  flush(name: Name): Promise<Outcome> {
    return this.#act(name, (zone) => actOn(zone, 'flush'))
  }

  dumpZone(name: Name): AsyncIterable<string> | undefined {
    const zone = this.#server.zones.find(name)
    return zone?.serial === undefined ? undefined : printZone(this.#server.image, name)
  }

  setQueryLog(on: boolean, zone?: Name): Outcome {
    return this.#server.watch.setLog(on, zone)
  }

  async reopenLogs(): Promise<Outcome> {
    this.#server.log.reopen()
    this.#server.watch.reopen()
    return { outcome: 'done', message: 'log files are begun anew' }
  }

  stop(): void {
    this.#stop()
  }

  #now(): number {
    return this.#server.clock.wall()
  }

  async #act(name: Name, action: (zone: HostedZone) => Promise<Outcome>): Promise<Outcome> {
    const zone = this.#server.zones.find(name)
    return zone === undefined ? { outcome: 'refused', message: `there is no zone ${name}` } : action(zone)
  }
}

/** The text in pieces. The walk is opened by the first reading, and closed when the reader stops, too. */
async function* printZone(image: ServedImage, name: Name): AsyncGenerator<string> {
  const walk = image.walkForClient(name)
  if (walk === undefined) return
  try {
    for (const block of printVersion(walk, new Set())) {
      yield Buffer.from(block).toString('latin1')
      await new Promise((resolve) => setImmediate(resolve))
    }
  } finally {
    walk.close()
  }
}
