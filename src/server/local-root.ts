/**
 * A copy of the root zone for the resolver alone (RFC 8806): transferred like any secondary zone or read from a file, proved by its
 * digest (ZONEMD), and kept in an image of its own, where no client looks. Whoever has it asks no root server.
 */
import { Name } from '../dns/name/index.ts'
import { openZoneFile } from '../store/index.ts'
import { loadRecords, Zone } from '../zone/index.ts'
import { type Configuration, readConfiguration, type SecondaryZoneSettings } from './configuration/index.ts'
import type { World } from './hosted-zone.ts'
import { SecondaryDesk } from './secondary-desk.ts'
import { SecondaryZone } from './secondary-zone.ts'
import { ServedImage } from './served-image.ts'
import { VersionChecks } from './version-checks.ts'
import { ZoneChanges } from './zones/zone-changes.ts'

type LocalRootSettings = Configuration['resolver']['localRoot']

/** A secondary zone of which nothing but its primaries is told. */
const PLAIN = 'data: /\nzones: [{ name: ".", type: secondary, primaries: [192.0.2.1] }]\n'

export class LocalRoot {
  readonly image = new ServedImage()
  readonly #world: World
  readonly #settings: LocalRootSettings
  readonly #desk: SecondaryDesk
  readonly #zone: SecondaryZone | undefined

  constructor(world: World, settings: LocalRootSettings) {
    this.#world = { ...world, image: this.image, changes: new ZoneChanges(this.image, world.state), changed: () => {} }
    this.#settings = settings
    this.#desk = new SecondaryDesk(this.#world)
    if (settings.file === undefined) this.#zone = new SecondaryZone(this.#world, this.#desk, secondaryOf(settings))
  }

  /** Whether there is a version that may be used. */
  get isServing(): boolean {
    return (
      this.image.zone(Name.root)?.serial !== undefined && (this.#zone === undefined || this.#zone.serial !== undefined)
    )
  }

  /** Does not reject: without a copy the root servers are asked. */
  async start(): Promise<void> {
    const { log } = this.#world
    try {
      if (this.#zone === undefined) await this.#read()
      else await this.#zone.start()
    } catch (error) {
      log.error({ error }, 'the copy of the root zone cannot be used: the root servers are asked')
    }
  }

  async #read(): Promise<void> {
    const { file = '', zonemd } = this.#settings
    const input = openZoneFile(file)
    try {
      const { table } = loadRecords(input.source, Name.root, { include: input.include, textLength: input.size })
      const zone = Zone.arrange(Name.root, table)
      const checks = new VersionChecks(this.#world)
      const fault = await checks.judge(zone, { checks: 'off', verify: zonemd ? 'zonemd' : 'no' })
      await checks.stop()
      if (fault !== undefined) throw new Error(`${file}: ${fault}`)
      const transaction = await this.#world.changes.begin(Name.root)
      await transaction.replace(zone)
      await transaction.commit({ serving: () => ({ restricted: false, rotates: false, expires: 0 }) })
      this.#world.log.info({ file }, 'the root zone is read: root servers are asked no more')
    } finally {
      input.close()
    }
  }

  async saveAgain(): Promise<void> {
    await this.#zone?.saveAgain()
  }

  async stop(): Promise<void> {
    await this.#zone?.stop()
    await this.#desk.stop()
  }
}

function secondaryOf({ primaries, zonemd }: LocalRootSettings): SecondaryZoneSettings {
  const [plain] = readConfiguration(PLAIN, 'local root').zones
  if (plain?.type !== 'secondary') throw new TypeError('the settings of a plain secondary zone are none')
  return { ...plain, primaries, verify: zonemd ? 'zonemd' : 'no' }
}
