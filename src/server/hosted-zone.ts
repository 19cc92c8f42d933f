/** A zone of this server: what all kinds of them have in common. */
import type { Name } from '../dns/name/index.ts'
import type { Serial } from '../dns/serial.ts'
import type { ControlClock, Exchange, Random, SteadySeconds, UnixSeconds } from '../ports/index.ts'
import { StateUnwritable, type StateWrite } from '../store/index.ts'
import type { StoreThread, VersionWorkers } from '../threads/index.ts'
import type { TsigKey } from '../tsig/index.ts'
import type { AccessList } from './access-list.ts'
import type { Configuration, PrimaryZoneSettings, Remote, SecondaryZoneSettings } from './configuration/index.ts'
import type { ZoneStatus } from './control.ts'
import type { Logs } from './logs.ts'
import { type ServedImage, type ServingOptions, whitelistOf } from './served-image.ts'
import type { TransferCounters } from './transfer-counters.ts'
import type { TransferMemory } from './transfer-memory.ts'
import type { TurnWatch } from './turn-watch.ts'
import type { ZoneChanges } from './zones/zone-changes.ts'
import type { ZoneSource } from './zones/zone-source.ts'

/** What the zones of a server share. */
export type World = Logs & {
  readonly image: ServedImage
  readonly state: StoreThread
  /** One at a time of each zone. */
  readonly changes: ZoneChanges
  /** Prepare versions of zones beside this thread. */
  readonly versions: VersionWorkers
  readonly exchange: Exchange
  readonly clock: ControlClock
  readonly random: Random
  /** What takes long in the control thread is reported to it. */
  readonly turns: TurnWatch
  readonly transfers: TransferCounters
  readonly transferMemory: TransferMemory
  /** The settings as of the last reload. */
  configuration(): Configuration
  /** The key of this name, for asking others. */
  key(name: Name): TsigKey | undefined
  /** A zone has a new version: its secondaries are told. */
  changed(zone: HostedZone): void
}

export type HostedZone = {
  readonly name: Name
  /** Who may ask; undefined: everybody. */
  readonly allowQuery: AccessList | undefined
  readonly allowTransfer: AccessList
  /** Who is told of a new version. */
  readonly notify: readonly Remote[]
  readonly notifyNameservers: boolean
  status(now: UnixSeconds): ZoneStatus
  /** The serial that is served, undefined while there is none. */
  readonly serial: Serial | undefined
  /** Where its records come from, and what can be done to it. */
  readonly source: ZoneSource

  /** Begins to serve. Resolves when a version is served, or it is known that there is none for now; does not reject. */
  start(): Promise<void>
  /** Lets go of timers. The zone is answered until it is taken out of the image. */
  stop(): Promise<void>
  /** The state can be written again: saves what was not saved, at once or in steps. Rejects with StateUnwritable when it cannot. */
  saveAgain(): Promise<void>
}

/** What zones whose records are held here have from their settings. */
export class ConfiguredZone<Settings extends PrimaryZoneSettings | SecondaryZoneSettings> {
  protected readonly world: World
  settings: Settings

  constructor(world: World, settings: Settings) {
    this.world = world
    this.settings = settings
  }

  get name(): Name {
    return this.settings.name
  }

  get allowQuery(): AccessList | undefined {
    return this.settings.allowQuery.isOpen ? undefined : this.settings.allowQuery
  }

  get allowTransfer(): AccessList {
    return this.settings.allowTransfer
  }

  get notify(): readonly Remote[] {
    return this.settings.notify
  }

  get notifyNameservers(): boolean {
    return this.settings.notifyNameservers
  }

  /**
   * Writes to the state. Resolves with false when its disk does not take it: the zone is served all the same, and saves itself again
   * when it is asked to.
   */
  protected save(...writes: readonly StateWrite[]): Promise<boolean> {
    return commitIfPossible(this.world.state, writes)
  }

  /** A reason and that nothing is saved, as the status shows them. */
  protected withUnsaved(reason: string | undefined): string | undefined {
    const { unwritable } = this.world.state
    if (unwritable === undefined) return reason
    const unsaved = `not saved: the state cannot be written (${unwritable})`
    return reason === undefined ? unsaved : `${reason}; ${unsaved}`
  }

  /** What answers depend on. `expires`: when a secondary's copy does; 0: never. */
  protected serving(expires: SteadySeconds): ServingOptions {
    const { rotateRrsets } = this.world.configuration().server
    const rateLimitWhitelist = whitelistOf(this.settings)
    return { restricted: this.allowQuery !== undefined, rotates: rotateRrsets, expires, rateLimitWhitelist }
  }
}

/** Resolves with false when the disk of the state does not take what is written. Rejects with other errors. */
export async function commitIfPossible(state: StoreThread, writes: readonly StateWrite[]): Promise<boolean> {
  try {
    await state.commit(writes)
    return true
  } catch (error) {
    if (error instanceof StateUnwritable) return false
    throw error
  }
}
