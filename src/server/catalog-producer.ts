/**
 * A catalogue of ours (RFC 9432): a zone whose records are made from the zones of the configuration that name it in `memberOf`.
 * Its serial rises when they change; secondaries get the difference as IXFR and hear of it.
 *
 * What it does not do: read a master file, or take changes by other ways.
 */
import { DnsError } from '../dns/errors.ts'
import { addToSerial, isNewerSerial, type Serial } from '../dns/serial.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { type CopySource, StateUnwritable, type StateWrite } from '../store/index.ts'
import { makeCatalog, type ProducedMember } from '../transfer/index.ts'
import { diffZones, Zone, type ZoneChange } from '../zone/index.ts'
import type { PrimaryZoneSettings } from './configuration/index.ts'
import type { Outcome, ZoneStatus } from './control.ts'
import { ConfiguredZone, type HostedZone } from './hosted-zone.ts'
import { NO_PRIMARIES, type ZoneSource } from './zones/zone-source.ts'

const MADE_HERE = 'a catalogue is made from the configuration'

export class CatalogProducer extends ConfiguredZone<PrimaryZoneSettings> implements HostedZone {
  readonly source: ZoneSource = {
    kind: 'catalog',
    isReadAtReload: true,
    actions: {
      reload: () => this.#reload(),
      refresh: NO_PRIMARIES,
      retransfer: 'a primary zone is transferred from nobody',
      freeze: MADE_HERE,
      thaw: MADE_HERE,
      flush: MADE_HERE,
    },
    configure: (settings) => {
      if (settings.type !== 'primary' || settings.catalog !== 'producer') return false
      this.#configure(settings)
      return true
    },
  }
  #reason: string | undefined
  #loadedAt: UnixSeconds | undefined

  override get notifyNameservers(): boolean {
    return false
  }

  get serial(): Serial | undefined {
    return this.#loadedAt === undefined ? undefined : this.world.image.zone(this.name)?.serial
  }

  async start(): Promise<void> {
    const { state, changes, log, clock } = this.world
    const copy = state.copies.load(this.name)
    const transaction = await changes.begin(this.name)
    if (copy.kind === 'loaded') await transaction.replace(copy.zone)
    else {
      const zone = this.#make(clock.wall() >>> 0)
      await transaction.replace(zone)
      transaction.write(...(await this.#wholeRows({ kind: 'zone', zone })))
    }
    await transaction.commit({ serving: () => this.serving(0) })
    this.#loadedAt = clock.wall()
    await this.#reload()
    log.info({ zone: this.name.toString(), serial: this.serial }, 'catalogue made')
  }

  async stop(): Promise<void> {}

  async saveAgain(): Promise<void> {
    const { state, image, changes } = this.world
    if (this.#savedSerial === this.serial) return
    const transaction = await changes.begin(this.name)
    const walk = image.walk(this.name)
    try {
      if (walk === undefined) return
      const rows = await this.#wholeRows({ kind: 'image', buffer: image.buffer, unit: walk.unit })
      await state.commit(rows)
    } finally {
      walk?.close()
      transaction.abandon()
    }
  }

  /** What saves a whole version. Undefined rows while the disk takes nothing. */
  async #wholeRows(source: CopySource): Promise<StateWrite[]> {
    const { name: zone } = this
    try {
      const copy = await this.world.state.prepareCopy(zone, 'zone', source)
      return [
        { kind: 'clear-journal', zone },
        { kind: 'copy', zone, copyKind: 'zone', copy },
      ]
    } catch (error) {
      if (error instanceof StateUnwritable) return []
      throw error
    }
  }

  /** The serial of the last version that was saved. */
  get #savedSerial(): Serial | undefined {
    const { journal, copies } = this.world.state
    return journal.state(this.name)?.toSerial ?? copies.serialOf(this.name, 'zone')
  }

  #configure(settings: PrimaryZoneSettings): void {
    this.settings = settings
    this.world.image.mark(this.name, 'serving', this.serving(0))
  }

  /** Makes the catalogue from the members that there are now. */
  async #reload(): Promise<Outcome> {
    const old = this.serial
    if (old === undefined) return { outcome: 'failed', message: 'the catalogue was not started' }
    try {
      const { changes, clock } = this.world
      if (this.#differsFrom(this.#make(old)) === undefined) {
        return { outcome: 'unchanged', message: 'the catalogue has the same members as before' }
      }
      // The time, so that the serial rises even if the state was lost meanwhile.
      const now = clock.wall() >>> 0
      const change = this.#differsFrom(this.#make(isNewerSerial(now, old) ? now : addToSerial(old, 1)))
      if (change === undefined) return { outcome: 'failed', message: 'the catalogue cannot be read now' }
      const transaction = await changes.begin(this.name)
      try {
        await transaction.change(change)
        // A version before it may not have been saved; then the whole zone soon is.
        if (this.#savedSerial === old) transaction.write(...this.#changeRows(change))
        await transaction.commit({ serving: () => this.serving(0) })
      } finally {
        transaction.abandon()
      }
      this.#reason = undefined
      await this.#tidy()
      this.world.changed(this)
      const counts = `${change.removed.count - 1} records went, ${change.added.count - 1} came`
      return { outcome: 'done', message: `serial ${change.toSerial}: ${counts}` }
    } catch (error) {
      if (!(error instanceof DnsError)) throw error
      this.#reason = error.message
      this.world.log.error({ zone: this.name.toString(), error }, 'the catalogue could not be made anew')
      return { outcome: 'failed', message: error.message }
    }
  }

  status(): ZoneStatus {
    const info = this.world.image.zone(this.name)
    const reason = this.withUnsaved(this.#reason)
    return {
      name: this.name.toString(),
      type: 'primary',
      state: this.#loadedAt === undefined ? 'loading' : 'serving',
      ...(reason !== undefined && { reason }),
      ...(info !== undefined && { serial: info.serial, records: info.records }),
      ...(this.#loadedAt !== undefined && { loadedAt: this.#loadedAt }),
      frozen: false,
      signed: false,
      journalOctets: this.world.state.journal.state(this.name)?.octets ?? 0,
    }
  }

  #make(serial: Serial): Zone {
    const members: ProducedMember[] = []
    for (const zone of this.world.configuration().zones) {
      if (zone.type !== 'primary' && zone.type !== 'secondary') continue
      if (zone.memberOf?.equals(this.name) !== true) continue
      members.push({ name: zone.name, ...(zone.group !== undefined && { groups: [zone.group] }) })
    }
    return Zone.arrange(this.name, makeCatalog(this.name, members, { serial }))
  }

  #differsFrom(next: Zone) {
    const walk = this.world.image.walk(this.name)
    return walk === undefined ? undefined : diffZones(walk, next)
  }

  #changeRows(change: ZoneChange): StateWrite[] {
    const { name: zone } = this
    const { maxChanges, maxOctets } = this.settings.journal
    return [
      { kind: 'change', zone, change, origin: 'signer', actor: 'configuration', at: this.world.clock.wall() },
      { kind: 'trim-journal', zone, limits: { changes: maxChanges, octets: maxOctets } },
    ]
  }

  async #tidy(): Promise<void> {
    const { state, image } = this.world
    if (state.unwritable !== undefined || !state.copies.isDue(this.name)) return
    const walk = image.walk(this.name)
    if (walk === undefined) return
    try {
      const copy = await state.prepareCopy(this.name, 'zone', { kind: 'image', buffer: image.buffer, unit: walk.unit })
      await this.save({ kind: 'copy', zone: this.name, copyKind: 'zone', copy })
    } finally {
      walk.close()
    }
  }
}
