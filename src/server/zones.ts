/** The zones of a server: made from their settings, found by name, started, taken out, told to secondaries. */
import type { Name } from '../dns/name/index.ts'
import { CatalogProducer } from './catalog-producer.ts'
import { Catalogs } from './catalogs.ts'
import type { ConfigurationChange, ZoneSettings } from './configuration/index.ts'
import type { Outcome, ZoneOutcome } from './control.ts'
import { commitIfPossible, type HostedZone, type World } from './hosted-zone.ts'
import { Notifier } from './notifier.ts'
import { PointerZone } from './pointer-zone.ts'
import { PrimaryZone } from './primary-zone.ts'
import { SecondaryDesk } from './secondary-desk.ts'
import { SecondaryZone } from './secondary-zone.ts'
import { nextTurn } from './zones/next-turn.ts'
import { actOn, listsMembers } from './zones/zone-source.ts'

/** Zones that are loaded at the start before others get their turn. */
const BATCH = 500
/** The same while the server answers. */
const SMALL_BATCH = 10

export class Zones {
  readonly #world: World
  readonly #zones = new Map<string, HostedZone>()
  readonly #desk: SecondaryDesk
  readonly #notifier: Notifier
  readonly #catalogs: Catalogs
  readonly #cameOrWent: (zone: Name) => void
  /** Zones that went while the state could not be written: what is kept of them goes when it can. */
  readonly #unforgotten = new Map<string, Name>()

  /** `cameOrWent` hears of zones that are added or taken out. */
  constructor(world: World, cameOrWent: (zone: Name) => void = () => {}) {
    this.#world = world
    this.#cameOrWent = cameOrWent
    this.#desk = new SecondaryDesk(world)
    this.#notifier = new Notifier(world, this.#desk.alarms)
    this.#catalogs = new Catalogs(world, {
      find: (name) => this.find(name),
      adopt: (settings, catalog) => this.#add(new SecondaryZone(world, this.#desk, settings, catalog)).start(),
      drop: (names) => this.#drop(names),
    })
  }

  find(name: Name): HostedZone | undefined {
    return this.#zones.get(name.key)
  }

  /**
   * The nearest zone at or above a name whose records are here, for the resolver. Not one that only some may ask: what is resolved
   * is for all of its clients, and an alias must not show them more than the zone does.
   */
  ownZone(name: Name): Name | undefined {
    for (let at = name; ; at = at.parent) {
      const zone = this.#zones.get(at.key)
      if (zone !== undefined) {
        return zone.serial !== undefined && zone.allowQuery === undefined ? zone.name : undefined
      }
      if (at.isRoot) return undefined
    }
  }

  /** All zones in canonical order. */
  list(): HostedZone[] {
    return [...this.#zones.values()].sort((a, b) => a.name.compareTo(b.name))
  }

  /** Starts all zones of the configuration, and the members of their catalogues. */
  async start(settings: readonly ZoneSettings[]): Promise<void> {
    for (let from = 0; from < settings.length; from += BATCH) {
      const zones = settings.slice(from, from + BATCH).map((each) => this.#add(this.#build(each)))
      await Promise.all(zones.map((zone) => zone.start()))
      await nextTurn()
    }
    await this.#followCatalogs()
    // Secondaries may have missed what changed while this server was away.
    for (const zone of this.#zones.values()) if (zone.source.transfer === undefined) this.#notifier.changed(zone)
  }

  /** Saves what was not saved while the state could not be written. Rejects with StateUnwritable when it cannot be once more. */
  async saveAgain(): Promise<void> {
    const zones = [...this.#zones.values()]
    for (let from = 0; from < zones.length; from += BATCH) {
      await Promise.all(zones.slice(from, from + BATCH).map((zone) => zone.saveAgain()))
      await nextTurn()
    }
    const { state } = this.#world
    const gone = [...this.#unforgotten.values()].filter((name) => this.find(name) === undefined)
    await state.commit(gone.map((zone) => ({ kind: 'forget-zone', zone }) as const))
    this.#unforgotten.clear()
  }

  /** Takes up what changed in the settings of zones, then reads the files that changed. Returns the outcome of each zone that was touched. */
  async reload(change: ConfigurationChange['zones']): Promise<ZoneOutcome[]> {
    const outcomes: ZoneOutcome[] = []
    const note = async (name: Name, outcome: Outcome): Promise<void> => {
      outcomes.push({ zone: name.toString(), ...outcome })
      if (outcomes.length % SMALL_BATCH === 0) await nextTurn()
    }
    /** Their files were read a moment ago. */
    const started = new Set<HostedZone>()
    const start = async (settings: ZoneSettings): Promise<Outcome> => {
      if (this.find(settings.name) !== undefined) await this.#remove(settings.name)
      const zone = this.#add(this.#build(settings))
      await zone.start()
      started.add(zone)
      return this.#outcomeOfStart(zone)
    }
    for (const { name } of change.removed) {
      await this.#remove(name)
      await note(name, { outcome: 'done', message: 'no longer served' })
    }
    for (const settings of change.added) await note(settings.name, await start(settings))
    for (const { after } of change.changed) {
      const isTakenUp = await this.#configure(after)
      await note(after.name, isTakenUp ? { outcome: 'done', message: 'settings taken up' } : await start(after))
    }
    for (const zone of this.list()) {
      if (!zone.source.isReadAtReload || started.has(zone)) continue
      const outcome = await actOn(zone, 'reload')
      if (outcome.outcome !== 'unchanged') outcomes.push({ zone: zone.name.toString(), ...outcome })
      await nextTurn()
    }
    await this.#followCatalogs()
    return outcomes
  }

  /** Gives a zone other settings. Returns false when that takes another source. */
  async #configure(settings: ZoneSettings): Promise<boolean> {
    const source = this.find(settings.name)?.source
    if (source === undefined) return false
    const listedMembers = listsMembers(source)
    if (!source.configure(settings)) return false
    if (listedMembers && !listsMembers(source)) await this.#catalogs.removed(settings.name)
    return true
  }

  #outcomeOfStart(zone: HostedZone): Outcome {
    const { state, reason = 'no version is served' } = zone.status(this.#world.clock.wall())
    switch (state) {
      case 'failed':
        return { outcome: 'failed', message: `not served: ${reason}` }
      case 'serving':
        return { outcome: 'done', message: 'served from now on' }
      case 'loading':
      case 'expired':
        return { outcome: 'started', message: 'served once a primary has sent it' }
    }
  }

  async stop(): Promise<void> {
    this.#catalogs.stop()
    await Promise.all([...this.#zones.values()].map((zone) => zone.stop()))
    await this.#desk.stop()
  }

  /** A zone has a new version. Returns how many secondaries are told. */
  changed(zone: HostedZone): number {
    if (listsMembers(zone.source)) void this.#catalogs.changed(zone)
    return this.#notifier.changed(zone)
  }

  async #followCatalogs(): Promise<void> {
    for (const zone of [...this.#zones.values()]) {
      if (listsMembers(zone.source)) await this.#catalogs.changed(zone)
    }
  }

  #add<Z extends HostedZone>(zone: Z): Z {
    this.#zones.set(zone.name.key, zone)
    this.#cameOrWent(zone.name)
    return zone
  }

  async #remove(name: Name): Promise<void> {
    const zone = this.find(name)
    this.#catalogs.disown(name)
    if (zone?.source.transfer !== undefined) {
      await this.#drop([name])
      if (listsMembers(zone.source)) await this.#catalogs.removed(name)
      return
    }
    await zone?.stop()
    // What a primary zone has beside its file stays, in case that it comes back.
    this.#forget(name)
  }

  /** Takes secondary zones away with all that is kept of them. */
  async #drop(names: readonly Name[]): Promise<void> {
    const { state } = this.#world
    await Promise.all(names.map((name) => this.find(name)?.stop()))
    for (const name of names) this.#forget(name)
    const isSaved = await commitIfPossible(
      state,
      names.map((zone) => ({ kind: 'forget-zone', zone }) as const),
    )
    if (!isSaved) for (const name of names) this.#unforgotten.set(name.key, name)
  }

  #forget(name: Name): void {
    this.#zones.delete(name.key)
    this.#notifier.forget(name)
    this.#desk.forget(name)
    this.#world.image.remove(name)
    this.#cameOrWent(name)
  }

  #build(settings: ZoneSettings): HostedZone {
    switch (settings.type) {
      case 'primary':
        return settings.catalog === 'producer'
          ? new CatalogProducer(this.#world, settings)
          : new PrimaryZone(this.#world, settings)
      case 'secondary':
        return new SecondaryZone(this.#world, this.#desk, settings)
      case 'forward':
      case 'stub':
        return new PointerZone(this.#world, settings)
    }
  }
}
