/** A name whose questions go to other servers (forward, stub). Known and answered SERVFAIL until there is a resolver. */
import type { Name } from '../dns/name/index.ts'
import { RCODE_NOTAUTH } from '../dns/wire/index.ts'
import { AccessList } from './access-list.ts'
import type { ForwardZoneSettings, StubZoneSettings } from './configuration/index.ts'
import type { Outcome, ZoneStatus } from './control.ts'
import { type HostedZone, refuseAction, type World } from './hosted-zone.ts'

const REASON = 'comes alive with the resolver'

export class PointerZone implements HostedZone {
  readonly #world: World
  readonly #settings: ForwardZoneSettings | StubZoneSettings
  readonly allowQuery = undefined
  readonly allowTransfer: AccessList = AccessList.none
  readonly notify = []
  readonly notifyNameservers = false
  readonly serial = undefined

  constructor(world: World, settings: ForwardZoneSettings | StubZoneSettings) {
    this.#world = world
    this.#settings = settings
  }

  get name(): Name {
    return this.#settings.name
  }

  async start(): Promise<void> {
    this.#world.image.mark(this.name, 'unavailable', { restricted: false, rotates: false, expires: 0 })
    this.#world.log.warn({ zone: this.name.toString(), type: this.#settings.type }, `this zone ${REASON}`)
  }

  async stop(): Promise<void> {}

  notified(): number {
    return RCODE_NOTAUTH
  }

  status(): ZoneStatus {
    const { type } = this.#settings
    const state = 'failed'
    return { name: this.name.toString(), type, state, reason: REASON, frozen: false, signed: false, journalOctets: 0 }
  }

  reload(): Promise<Outcome> {
    return refuseAction(`a ${this.#settings.type} zone has no data of its own`)
  }
  retransfer(): Promise<Outcome> {
    return this.reload()
  }
  freeze(): Promise<Outcome> {
    return this.reload()
  }
  thaw(): Promise<Outcome> {
    return this.reload()
  }
  flush(): Promise<Outcome> {
    return this.reload()
  }
}
