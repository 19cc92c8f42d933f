/** The zones of a server: made from their settings, found by name, started, taken out, told to secondaries. */
import type { Name } from '../dns/name/index.ts'
import type { ConfigurationChange, ZoneSettings } from './configuration/index.ts'
import type { ZoneOutcome } from './control.ts'
import type { HostedZone, World } from './hosted-zone.ts'
import { PointerZone } from './pointer-zone.ts'
import { PrimaryZone } from './primary-zone.ts'
import { SecondaryDesk } from './secondary-desk.ts'
import { SecondaryZone } from './secondary-zone.ts'

/** Zones that are loaded before others get their turn, and whose state is written in one transaction. */
const BATCH = 100

export class Zones {
  readonly #world: World
  readonly #zones = new Map<string, HostedZone>()
  readonly #desk: SecondaryDesk

  constructor(world: World) {
    this.#world = world
    this.#desk = new SecondaryDesk(world)
  }

  find(name: Name): HostedZone | undefined {
    return this.#zones.get(name.key)
  }

  /** All zones in canonical order. */
  list(): HostedZone[] {
    return [...this.#zones.values()].sort((a, b) => a.name.compareTo(b.name))
  }

  async start(settings: readonly ZoneSettings[]): Promise<void> {
    for (let from = 0; from < settings.length; from += BATCH) {
      const zones = settings.slice(from, from + BATCH).map((each) => this.#make(each))
      await Promise.all(zones.map((zone) => zone.start()))
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Takes up what changed in the settings of zones. */
  async reconfigure(change: ConfigurationChange['zones']): Promise<ZoneOutcome[]> {
    const outcomes: ZoneOutcome[] = []
    const tell = (name: Name, message: string): number =>
      outcomes.push({ zone: name.toString(), outcome: 'done', message })
    for (const { name } of change.removed) {
      await this.#remove(name)
      tell(name, 'served no more')
    }
    for (const settings of change.added) {
      await this.#make(settings).start()
      tell(settings.name, 'served from now on')
    }
    for (const { after } of change.changed) {
      const zone = this.find(after.name)
      if (zone instanceof PrimaryZone && after.type === 'primary') zone.configure(after)
      else if (zone instanceof SecondaryZone && after.type === 'secondary') zone.configure(after)
      else {
        await this.#remove(after.name)
        await this.#make(after).start()
      }
      tell(after.name, 'settings taken up')
    }
    return outcomes
  }

  /** Reads the files that changed. */
  async reloadFiles(except: ReadonlySet<string>): Promise<ZoneOutcome[]> {
    const outcomes: ZoneOutcome[] = []
    for (const zone of this.list()) {
      if (!(zone instanceof PrimaryZone) || except.has(zone.name.toString())) continue
      const outcome = await zone.reload()
      if (outcome.outcome !== 'unchanged') outcomes.push({ zone: zone.name.toString(), ...outcome })
      await new Promise((resolve) => setImmediate(resolve))
    }
    return outcomes
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#zones.values()].map((zone) => zone.stop()))
    await this.#desk.stop()
  }

  /** A zone has a new version. */
  changed(_zone: HostedZone): void {}

  #make(settings: ZoneSettings): HostedZone {
    const zone = this.#build(settings)
    this.#zones.set(settings.name.key, zone)
    return zone
  }

  async #remove(name: Name): Promise<void> {
    const zone = this.find(name)
    await zone?.stop()
    this.#zones.delete(name.key)
    this.#world.image.remove(name)
    // What a primary zone has beside its file stays, in case that it comes back.
    if (zone instanceof SecondaryZone) this.#world.state.forgetZone(name)
  }

  #build(settings: ZoneSettings): HostedZone {
    switch (settings.type) {
      case 'primary':
        return new PrimaryZone(this.#world, settings)
      case 'secondary':
        return new SecondaryZone(this.#world, this.#desk, settings)
      case 'forward':
      case 'stub':
        return new PointerZone(this.#world, settings)
    }
  }
}
