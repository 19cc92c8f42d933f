/**
 * Catalogues of others (RFC 9432): a secondary zone with `catalog: consumer` lists zones, and these are served as secondaries, as
 * long as it lists them. Its copy is there at the start, and so are its members. A thousand changes at once are done bit by bit.
 */
import type { Name } from '../dns/name/index.ts'
import {
  type CatalogMember,
  type CatalogPlan,
  planCatalogChanges,
  readCatalog,
  type ZoneOwner,
} from '../transfer/index.ts'
import { memberSettings } from './catalog-members.ts'
import { isSameSetting, type SecondaryZoneSettings } from './configuration/index.ts'
import type { HostedZone, World } from './hosted-zone.ts'
import { nextTurn } from './zones/next-turn.ts'
import { listsMembers, type TransferSource } from './zones/zone-source.ts'

/** What catalogues do to the zones of a server. */
export type CatalogHost = {
  find(name: Name): HostedZone | undefined
  /** Makes a zone and starts it. */
  adopt(settings: SecondaryZoneSettings, catalog: Name): Promise<void>
  /** Takes zones away with all that is kept of them. */
  drop(names: readonly Name[]): Promise<void>
}

/** Members that are changed before others get their turn. */
const BATCH = 20
/** Clashes that are logged one by one. */
const SHOWN_CLASHES = 20

type Owned = { readonly catalog: Name; readonly member: CatalogMember }

export class Catalogs {
  readonly #world: World
  readonly #host: CatalogHost
  /** Whose each zone is that came from a catalogue. */
  readonly #owned = new Map<string, Owned>()
  /** Catalogues that are to be read. */
  readonly #waiting = new Set<HostedZone>()
  #work: Promise<void> | undefined
  #isStopped = false

  constructor(world: World, host: CatalogHost) {
    this.#world = world
    this.#host = host
  }

  /** The catalogue has a new version, or its settings changed. Resolves when its members are as it says. */
  changed(catalog: HostedZone): Promise<void> {
    this.#waiting.add(catalog)
    this.#work ??= this.#readAll().finally(() => {
      this.#work = undefined
    })
    return this.#work
  }

  /** The catalogue is no longer one of ours: its members go. */
  async removed(catalog: Name): Promise<void> {
    const names = this.#membersOf(catalog).map(({ name }) => name)
    for (const name of names) this.#owned.delete(name.key)
    await this.#host.drop(names)
  }

  /** The configuration has taken a zone over. */
  disown(name: Name): void {
    this.#owned.delete(name.key)
  }

  stop(): void {
    this.#isStopped = true
  }

  /** One catalogue after the other: a zone may go from one to another. */
  async #readAll(): Promise<void> {
    for (const catalog of this.#waiting) {
      this.#waiting.delete(catalog)
      try {
        await this.#read(catalog)
      } catch (error) {
        const fault = `the catalogue could not be followed: ${error instanceof Error ? error.message : error}`
        if (catalog.source.transfer !== undefined) catalog.source.transfer.catalogFault = fault
        this.#world.log.error({ zone: catalog.name.toString(), error }, 'the catalogue could not be followed')
      }
    }
  }

  async #read(zone: HostedZone): Promise<void> {
    const { name } = zone
    const { transfer } = zone.source
    if (this.#isStopped || this.#host.find(name) !== zone || transfer === undefined) return
    if (!listsMembers(zone.source)) return this.removed(name)
    const { image, log } = this.#world
    const walk = zone.serial === undefined ? undefined : image.walk(name)
    if (walk === undefined) return
    const catalog = readCatalog(name, walk)
    if (catalog.kind === 'broken') {
      const faults = catalog.faults.slice(0, SHOWN_CLASHES).map(({ owner, text }) => `${owner}: ${text}`)
      transfer.catalogFault = `the catalogue is broken (${faults[0] ?? 'it cannot be read'}): its zones stay as they are`
      log.error(
        { zone: name.toString(), serial: zone.serial, faults },
        'the catalogue is broken: its zones stay as they are',
      )
      return
    }
    const plan = planCatalogChanges(name, this.#membersOf(name), catalog.members, (each) => this.#ownerOf(each))
    await this.#carryOut(transfer, plan)
    const { added, removed, reset, changed, migrated, clashes } = plan
    const [clash] = clashes
    transfer.catalogFault =
      clash && `zones that it lists and that are not taken from it: ${clashes.length} (${clash.text})`
    for (const { text } of clashes.slice(0, SHOWN_CLASHES)) log.warn({ zone: name.toString() }, text)
    const counts = { added, removed, reset, changed, migrated, clashes }
    const lengths = Object.fromEntries(Object.entries(counts).map(([kind, list]) => [kind, list.length]))
    log.info({ zone: name.toString(), members: catalog.members.length, ...lengths }, 'catalogue followed')
  }

  #membersOf(catalog: Name): CatalogMember[] {
    const members: CatalogMember[] = []
    for (const owned of this.#owned.values()) if (owned.catalog.equals(catalog)) members.push(owned.member)
    return members
  }

  #ownerOf(name: Name): ZoneOwner | undefined {
    const owned = this.#owned.get(name.key)
    if (owned !== undefined) return { kind: 'catalog', ...owned }
    return this.#host.find(name) === undefined ? undefined : { kind: 'configured' }
  }

  async #carryOut(catalog: TransferSource, plan: CatalogPlan): Promise<void> {
    const moved = plan.migrated.filter(({ keepState }) => !keepState).map(({ member }) => member)
    await this.#inBatches([...plan.removed, ...plan.reset, ...moved], (batch) => this.#drop(batch))
    await this.#inBatches([...plan.added, ...plan.reset, ...moved], (batch) => this.#adopt(catalog, batch))
    const kept = plan.migrated.filter(({ keepState }) => keepState).map(({ member }) => member)
    await this.#inBatches([...plan.changed, ...kept], (batch) => this.#adopt(catalog, batch))
    // Those that did not change may have another template.
    const { templates } = this.#world.configuration()
    await this.#inBatches(this.#membersOf(catalog.settings.name), async (batch) => {
      for (const member of batch) {
        const source = this.#host.find(member.name)?.source
        if (source?.transfer === undefined) continue
        const settings = memberSettings(catalog.settings, templates, member)
        if (!isSameSetting(settings, source.transfer.settings)) source.configure(settings)
      }
    })
  }

  async #inBatches(members: readonly CatalogMember[], act: (batch: CatalogMember[]) => Promise<void>): Promise<void> {
    for (let from = 0; from < members.length && !this.#isStopped; from += BATCH) {
      await act(members.slice(from, from + BATCH))
      await nextTurn()
    }
  }

  async #drop(members: readonly CatalogMember[]): Promise<void> {
    for (const { name } of members) this.#owned.delete(name.key)
    await this.#host.drop(members.map(({ name }) => name))
  }

  /** Makes the zones that are not there; those that are become this catalogue's. */
  async #adopt(catalog: TransferSource, members: readonly CatalogMember[]): Promise<void> {
    const { templates } = this.#world.configuration()
    const { name } = catalog.settings
    for (const member of members) {
      this.#owned.set(member.name.key, { catalog: name, member })
      const transfer = this.#host.find(member.name)?.source.transfer
      if (transfer !== undefined) transfer.catalog = name
      else await this.#host.adopt(memberSettings(catalog.settings, templates, member), name)
    }
  }
}
