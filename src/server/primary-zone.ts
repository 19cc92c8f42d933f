/**
 * A zone that is at home here: read from its master file, compared with the file as it was last read whenever that changes, the
 * difference journalled for IXFR and merged with what was changed by other ways.
 *
 * What it does not do: sign (zones are served as their files have them), updates.
 */
import { DnsError } from '../dns/errors.ts'
import { isNewerSerial, type Serial } from '../dns/serial.ts'
import { RCODE_NOTAUTH } from '../dns/wire/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { isZoneFileUnchanged, openZoneFile, writeZoneFile, type ZoneFileMark, ZoneFileMarker } from '../store/index.ts'
import {
  applyChange,
  checkZone,
  combineChanges,
  describeWindowsTtl,
  diffZones,
  firstSignatureExpiry,
  type LoadedRecords,
  loadRecords,
  mergeFile,
  walkZone,
  Zone,
  type ZoneChange,
} from '../zone/index.ts'
import type { PrimaryZoneSettings } from './configuration/index.ts'
import type { Outcome, ZoneStatus } from './control.ts'
import { ConfiguredZone, type HostedZone, refuseAction } from './hosted-zone.ts'

const NO_MACHINE_MADE: ReadonlySet<number> = new Set()
/** Faults that a log line lists. */
const SHOWN_FAULTS = 10

export class PrimaryZone extends ConfiguredZone<PrimaryZoneSettings> implements HostedZone {
  #reason: string | undefined
  #loadedAt: UnixSeconds | undefined
  #mark: ZoneFileMark | undefined
  /** The `format` that the file was last read with: another one may give other TTLs. */
  #format: PrimaryZoneSettings['format'] | undefined
  #expiry: UnixSeconds | undefined
  #signed = false
  #frozen = false

  get serial(): Serial | undefined {
    return this.#loadedAt === undefined ? undefined : this.world.image.zone(this.name)?.serial
  }

  async start(): Promise<void> {
    const { state, image } = this.world
    this.#frozen = state.zones.primary(this.name)?.isFrozen ?? false
    try {
      const { zone, mark } = this.#read()
      const live = this.#liveVersion(zone, mark)
      image.put(live.zone, this.serving(0))
      // A file that was not taken is no file that was read: the next reload looks at it again.
      this.#took(live.zone, live.isTaken ? mark : undefined)
      const { serial } = this
      const journal = state.journal.state(this.name)
      // Changes that lead to another version than this are of no use to anybody.
      if (journal !== undefined && journal.toSerial !== serial) this.save(() => state.journal.clear(this.name))
    } catch (error) {
      this.#failed(error)
      image.mark(this.name, 'unavailable', this.serving(0))
    }
  }

  async stop(): Promise<void> {}

  async saveAgain(): Promise<void> {
    if (this.serial === undefined) return
    const { state } = this.world
    const journal = state.journal.state(this.name)
    state.transact(() => {
      if (journal !== undefined && journal.toSerial !== this.serial) state.journal.clear(this.name)
      this.#saveMark()
    })
  }

  /** Takes up settings that changed; the zone itself is not read again. */
  configure(settings: PrimaryZoneSettings): void {
    this.settings = settings
    this.world.image.mark(this.name, this.#loadedAt === undefined ? 'unavailable' : 'serving', this.serving(0))
  }

  notified(): number {
    return RCODE_NOTAUTH
  }

  async reload(): Promise<Outcome> {
    if (this.#frozen) return { outcome: 'refused', message: 'the zone is frozen: thaw it first' }
    try {
      return this.#reread()
    } catch (error) {
      this.#failed(error)
      return { outcome: 'failed', message: sentence(error) }
    }
  }

  retransfer(): Promise<Outcome> {
    return refuseAction('a primary zone is transferred from nobody')
  }

  async freeze(): Promise<Outcome> {
    if (this.#frozen) return { outcome: 'unchanged', message: 'the zone is frozen already' }
    // It fails as well when nothing can be saved: a restart would take changes again while the file is edited.
    const written = await this.flush()
    if (written.outcome === 'failed') return written
    this.#frozen = true
    this.#remember()
    return { outcome: 'done', message: 'no changes are taken until the zone is thawed; its file may be edited' }
  }

  async thaw(): Promise<Outcome> {
    if (!this.#frozen) return { outcome: 'unchanged', message: 'the zone is not frozen' }
    this.#frozen = false
    this.#remember()
    const outcome = await this.reload()
    if (outcome.outcome !== 'failed' && outcome.outcome !== 'refused') return outcome
    return { ...outcome, message: `the zone is thawed, and its file was not taken: ${outcome.message}` }
  }

  async flush(): Promise<Outcome> {
    const { file } = this.settings
    const { state, image } = this.world
    if (file === undefined) return { outcome: 'refused', message: 'the zone has no file' }
    if (state.unwritable !== undefined) return { outcome: 'failed', message: this.withUnsaved(undefined) ?? '' }
    if (state.copies.serialOf(this.name, 'base') === undefined) {
      return { outcome: 'unchanged', message: 'the file has all of the zone: nothing was changed by other ways' }
    }
    try {
      const walk = image.walk(this.name)
      if (walk === undefined) return { outcome: 'failed', message: 'no version is served now' }
      this.#mark = writeZoneFile(file, walk)
      state.transact(() => {
        state.copies.remove(this.name, 'base')
        state.copies.remove(this.name, 'zone')
      })
      this.#remember()
      return { outcome: 'done', message: `written to ${file}` }
    } catch (error) {
      return { outcome: 'failed', message: sentence(error) }
    }
  }

  status(_now: UnixSeconds): ZoneStatus {
    const info = this.world.image.zone(this.name)
    const serves = this.#loadedAt !== undefined
    const { file } = this.settings
    const reason = this.withUnsaved(this.#reason)
    return {
      name: this.name.toString(),
      type: 'primary',
      state: serves ? 'serving' : this.#reason === undefined ? 'loading' : 'failed',
      ...(reason !== undefined && { reason }),
      ...(file !== undefined && { file }),
      ...(serves && info !== undefined && { serial: info.serial, records: info.records }),
      ...(this.#loadedAt !== undefined && { loadedAt: this.#loadedAt }),
      frozen: this.#frozen,
      signed: this.#signed,
      ...(this.#expiry !== undefined && { firstSignatureExpiry: this.#expiry }),
      journalOctets: this.world.state.journal.state(this.name)?.octets ?? 0,
    }
  }

  /** Reads and checks the file. Throws DnsError; what is served stays. */
  #read(): { zone: Zone; mark: ZoneFileMark } {
    const { file, format, checks, name } = this.settings
    if (file === undefined) throw new DnsError('zone-invalid', `${name} has no file`)
    const marker = new ZoneFileMarker()
    const input = openZoneFile(file, { ...this.#includes(), marker })
    try {
      const loaded = loadRecords(input.source, name, { include: input.include, textLength: input.size, format })
      const { table, windowsTtl } = loaded
      const zone = Zone.arrange(name, table)
      if (zone.soa < 0) throw new DnsError('zone-invalid', `${file}: there is no SOA record of ${name}`)
      if (checks !== 'off') this.#check(zone, loaded, checks === 'refuse')
      if (windowsTtl !== undefined) this.world.log.info({ zone: name.toString(), file }, describeWindowsTtl(windowsTtl))
      this.#format = format
      return { zone, mark: marker.finish() }
    } finally {
      input.close()
    }
  }

  /** What the file may include. */
  #includes(): { includeFolders: readonly string[]; includeSetting: string } {
    return { includeFolders: this.settings.includeFolders, includeSetting: '`includeFolders` of the zone' }
  }

  /** Whether the file, with what it includes, is the one that was read last. */
  #isUnchanged(): boolean {
    const { file, format } = this.settings
    if (file === undefined || this.#loadedAt === undefined || this.#mark === undefined) return false
    if (this.#format !== format) return false
    return isZoneFileUnchanged(file, this.#mark, this.#includes())
  }

  #check(zone: Zone, loaded: LoadedRecords, refuse: boolean): void {
    const report = checkZone(zone, loaded)
    const faults = report.faults.slice(0, SHOWN_FAULTS)
    for (const { code, severity, owner, message } of faults) {
      const fields = { zone: this.name.toString(), code, owner }
      if (severity === 'error') this.world.log.warn(fields, message)
      else this.world.log.info(fields, message)
    }
    if (!refuse || report.verdict === 'good') return
    const [first] = report.faults.filter(({ severity }) => severity === 'error')
    throw new DnsError('zone-invalid', `${this.name}: ${first?.owner ?? ''} ${first?.message ?? 'the checks failed'}`)
  }

  /** The version to serve after a start: the file, or what live changes made of it; and whether the file is in it. */
  #liveVersion(file: Zone, mark: ZoneFileMark): { zone: Zone; isTaken: boolean } {
    const { state, log } = this.world
    const base = state.copies.loadBase(this.name)
    if (base.kind !== 'loaded') return { zone: file, isTaken: true }
    const copy = state.copies.load(this.name)
    if (copy.kind !== 'loaded') return { zone: file, isTaken: true }
    if (state.zones.primary(this.name)?.fileHash === mark.hash) return { zone: copy.zone, isTaken: true }
    const live = diffZones(base.zone, copy.zone)
    if (live === undefined) return { zone: file, isTaken: true }
    const merge = mergeFile({ base: base.zone, file, live, machineMade: NO_MACHINE_MADE })
    if (merge.kind === 'conflicts') {
      const details = merge.conflicts.map((conflict) => `${conflict.owner} ${conflict.type}`)
      log.error(
        { zone: this.name.toString(), conflicts: details },
        'the edited file contradicts live changes: it is not taken',
      )
      return { zone: copy.zone, isTaken: false }
    }
    const { change } = merge
    if (change === undefined) return { zone: copy.zone, isTaken: true }
    this.save(() => state.journal.commit([{ zone: this.name, change, origin: 'file', at: this.world.clock.wall() }]))
    return { zone: applyChange(walkZone(copy.zone), change), isTaken: true }
  }

  /** Reads a file that may have changed, and serves what it has come to. */
  #reread(): Outcome {
    if (this.#isUnchanged()) {
      // It may have been another one, which failed, in between.
      this.#reason = undefined
      return { outcome: 'unchanged', message: 'the file has not changed' }
    }
    const { zone, mark } = this.#read()
    const { image, state } = this.world
    if (this.#loadedAt !== undefined) {
      const base = state.copies.loadBase(this.name)
      if (base.kind === 'loaded') return this.#merge(base.zone, zone, mark)
    }
    const walk = this.#loadedAt === undefined ? undefined : image.walk(this.name)
    if (walk === undefined) {
      image.put(zone, this.serving(0))
      this.#took(zone, mark)
      this.world.changed(this)
      return { outcome: 'done', message: `loaded, serial ${this.serial}` }
    }
    const change = diffZones(walk, zone)
    if (change === undefined) {
      this.#took(zone, mark)
      return { outcome: 'unchanged', message: 'the file has the same records as before' }
    }
    return this.#publish(change, zone, mark)
  }

  #merge(base: Zone, file: Zone, mark: ZoneFileMark): Outcome {
    const { image, state } = this.world
    const read = state.journal.read(this.name, state.copies.serialOf(this.name, 'base') ?? 0)
    if (read.kind !== 'changes') return { outcome: 'failed', message: 'the journal of live changes cannot be read' }
    const live = combineChanges(read.changes)
    const merge = mergeFile({ base, file, live, machineMade: NO_MACHINE_MADE })
    if (merge.kind === 'conflicts') {
      const details = merge.conflicts.map(({ owner, type, kind }) => `${owner} ${type}: ${kind}`)
      return {
        outcome: 'refused',
        message: `the file and changes made by other ways contradict each other in ${merge.count} places`,
        details,
      }
    }
    if (merge.change === undefined) return { outcome: 'unchanged', message: 'the zone has all of the file already' }
    const walk = image.walk(this.name)
    if (walk === undefined) return { outcome: 'failed', message: 'no version is served now' }
    const next = applyChange(walk, merge.change)
    const outcome = this.#publish(merge.change, next, mark)
    this.save(() => state.copies.save(this.name, 'base', walkZone(file)))
    return outcome
  }

  #publish(change: ZoneChange, zone: Zone, mark: ZoneFileMark): Outcome {
    const { image, log } = this.world
    const rises = isNewerSerial(change.toSerial, change.fromSerial)
    const isSaved = this.save(() => this.#journal(change, rises))
    if (change.removed.count + change.added.count > zone.records.length) image.put(zone, this.serving(0))
    else image.change(this.name, change, this.serving(0))
    this.#took(zone, mark)
    this.world.changed(this)
    const unsaved = isSaved ? '' : `; ${this.withUnsaved(undefined)}`
    const counts = `${change.removed.count} records went, ${change.added.count} came${unsaved}`
    if (rises) return { outcome: 'done', message: `serial ${change.toSerial}: ${counts}` }
    const serials = `from ${change.fromSerial} to ${change.toSerial}`
    log.warn({ zone: this.name.toString() }, `the serial did not rise (${serials}): secondaries will not notice`)
    return { outcome: 'done', message: `${counts}; the serial did not rise (${serials}): secondaries will not notice` }
  }

  #journal(change: ZoneChange, rises: boolean): void {
    const { journal } = this.world.state
    const isJournalled = rises && this.settings.ixfrFromDifferences
    if (!isJournalled || journal.state(this.name)?.toSerial !== change.fromSerial) journal.clear(this.name)
    if (!isJournalled) return
    journal.commit([{ zone: this.name, change, origin: 'file', at: this.world.clock.wall() }])
    const { maxChanges, maxOctets } = this.settings.journal
    journal.trim(this.name, { changes: maxChanges, octets: maxOctets })
  }

  #took(zone: Zone, mark: ZoneFileMark | undefined): void {
    this.#mark = mark
    this.#reason = undefined
    this.#loadedAt = this.world.clock.wall()
    const { expiry, isSigned } = firstSignatureExpiry(zone)
    this.#expiry = expiry
    this.#signed = isSigned
    this.#remember()
    this.world.log.info({ zone: this.name.toString(), serial: this.serial }, 'zone loaded')
  }

  #remember(): void {
    this.save(() => this.#saveMark())
  }

  #saveMark(): void {
    const { state } = this.world
    const old = state.zones.primary(this.name)
    const { hash, modifiedAt } = this.#mark ?? { hash: undefined, modifiedAt: undefined }
    if (old?.fileHash === hash && old?.isFrozen === this.#frozen) return
    const saved = { fileHash: hash, fileModifiedAt: modifiedAt, fileSerial: this.serial, isFrozen: this.#frozen }
    state.zones.savePrimary(this.name, saved)
  }

  #failed(error: unknown): void {
    this.#reason = sentence(error)
    this.world.log.error({ zone: this.name.toString() }, `zone not loaded: ${this.#reason}`)
  }
}

function sentence(error: unknown): string {
  if (error instanceof DnsError) return error.message
  throw error
}
