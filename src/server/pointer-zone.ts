/** A name whose questions the resolver takes to servers that the configuration names (forward, stub). */
import type { Name } from '../dns/name/index.ts'
import { AccessList } from './access-list.ts'
import type { ForwardZoneSettings, StubZoneSettings } from './configuration/index.ts'
import type { ZoneStatus } from './control.ts'
import type { HostedZone, World } from './hosted-zone.ts'
import { NO_PRIMARIES, type ZoneSource } from './zones/zone-source.ts'

const REASON = 'is answered only with resolver.enabled'

export class PointerZone implements HostedZone {
  readonly #world: World
  readonly #settings: ForwardZoneSettings | StubZoneSettings
  readonly allowQuery = undefined
  readonly allowTransfer: AccessList = AccessList.none
  readonly notify = []
  readonly notifyNameservers = false
  readonly serial = undefined
  readonly source: ZoneSource

  constructor(world: World, settings: ForwardZoneSettings | StubZoneSettings) {
    this.#world = world
    this.#settings = settings
    const reason = `a ${settings.type} zone has no data of its own`
    this.source = {
      kind: 'elsewhere',
      isReadAtReload: false,
      actions: {
        reload: reason,
        refresh: NO_PRIMARIES,
        retransfer: reason,
        freeze: reason,
        thaw: reason,
        flush: reason,
      },
      configure: () => false,
    }
  }

  get name(): Name {
    return this.#settings.name
  }

  async start(): Promise<void> {
    const state = this.#isAlive ? 'resolved' : 'unavailable'
    this.#world.image.mark(this.name, state, { restricted: false, rotates: false, expires: 0 })
  }

  get #isAlive(): boolean {
    return this.#world.configuration().resolver.enabled
  }

  async stop(): Promise<void> {}
  async saveAgain(): Promise<void> {}

  status(): ZoneStatus {
    const { type } = this.#settings
    const fixed = { name: this.name.toString(), type, frozen: false, signed: false, journalOctets: 0 }
    return this.#isAlive ? { ...fixed, state: 'serving' } : { ...fixed, state: 'failed', reason: REASON }
  }
}
