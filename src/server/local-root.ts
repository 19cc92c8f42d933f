/**
 * A copy of the root zone for the resolver alone (RFC 8806): transferred like any secondary zone or read from a file, proved by its
 * digest (ZONEMD), and kept in an image of its own, where no client looks. Whoever has it asks no root server.
 */
import { Name } from '../dns/name/index.ts'
import { type Configuration, readConfiguration, type SecondaryZoneSettings } from './configuration/index.ts'
import type { World } from './hosted-zone.ts'
import { SecondaryDesk } from './secondary-desk.ts'
import { SecondaryZone } from './secondary-zone.ts'
import { ServedImage } from './served-image.ts'
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
    this.#world = {
      ...world,
      image: this.image,
      changes: new ZoneChanges(this.image, world.state, world.turns),
      changed: () => {},
    }
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
    const { versions, changes, clock, log, zoneLog } = this.#world
    const { image } = this
    const version = await versions.prepare({
      apex: Name.root.octets,
      source: { kind: 'file', file, format: 'auto', includes: {} },
      rules: { checks: 'off', verify: zonemd ? 'zonemd' : 'no' },
      at: clock.wall(),
      image: { buffer: image.buffer, published: 0, compares: false, lender: image },
    })
    for (const { level, fields, message } of version.notes) zoneLog[level](fields, message)
    if (typeof version.refusal === 'string') throw new Error(`${file}: ${version.refusal}`)
    const transaction = await changes.begin(Name.root)
    await transaction.take(version)
    await transaction.commit({ serving: () => ({ restricted: false, rotates: false, expires: 0 }) })
    log.info({ file }, 'the root zone is read: root servers are asked no more')
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
