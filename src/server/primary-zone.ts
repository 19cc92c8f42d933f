/**
 * A zone of a master file: compared with the file as it was last read whenever that changes, the difference journalled for IXFR
 * and merged with what was changed by other ways.
 *
 * The file as it was last read is kept (the copy `base`) from the first change by another way on, until the zone is written to its
 * file again. What it does not do: sign (zones are served as their files have them).
 */
import { DnsError } from '../dns/errors.ts'
import { isNewerSerial, type Serial } from '../dns/serial.ts'
import type { UnixSeconds } from '../ports/index.ts'
import type { ChangeOrigin, StateWrite, ZoneFileMark } from '../store/index.ts'
import type { PreparedVersion } from '../threads/index.ts'
import { changeFromShared, type ImageWalk, type SignatureExpiry, type ZoneChange } from '../zone/index.ts'
import type { PrimaryZoneSettings } from './configuration/index.ts'
import type { Outcome, ZoneStatus } from './control.ts'
import { ConfiguredZone, type HostedZone, type World } from './hosted-zone.ts'
import { stageByRules } from './zones/change-rules.ts'
import { PrimaryCopies } from './zones/primary-copies.ts'
import { isFileUnchanged, prepareFile, prepareLive, type TakenFile } from './zones/primary-file.ts'
import { NO_PRIMARIES, type ZoneSource } from './zones/zone-source.ts'
import type { ZoneTransaction } from './zones/zone-transaction.ts'

/** Who makes the changes of an edited file. */
const FILE = 'file'
const NOTHING_NEW = 'the file has all of the zone: nothing was changed by other ways'

export class PrimaryZone extends ConfiguredZone<PrimaryZoneSettings> implements HostedZone {
  readonly source: ZoneSource = {
    kind: 'file',
    isReadAtReload: true,
    actions: {
      reload: () => this.#reload(),
      refresh: NO_PRIMARIES,
      retransfer: 'a primary zone is transferred from nobody',
      freeze: () => this.#freeze(),
      thaw: () => this.#thaw(),
      flush: () => this.#flush(false),
    },
    configure: (settings) => {
      if (settings.type !== 'primary' || settings.catalog === 'producer') return false
      this.#configure(settings)
      return true
    },
  }
  #reason: string | undefined
  #loadedAt: UnixSeconds | undefined
  #taken: TakenFile | undefined
  #signatures: SignatureExpiry = { isSigned: false, expiry: undefined }
  #frozen = false
  /** The version that is served is in memory only: the state goes on from another one. */
  #isUnsaved = false
  readonly #copies: PrimaryCopies

  constructor(world: World, settings: PrimaryZoneSettings) {
    super(world, settings)
    this.#copies = new PrimaryCopies(settings.name, world)
  }

  get serial(): Serial | undefined {
    return this.#loadedAt === undefined ? undefined : this.world.image.zone(this.name)?.serial
  }

  async start(): Promise<void> {
    const { state, image } = this.world
    this.#frozen = state.zones.primary(this.name)?.isFrozen ?? false
    const transaction = await this.world.changes.begin(this.name)
    try {
      await this.#load(transaction, await prepareFile(this.settings, this.world))
    } catch (error) {
      transaction.abandon()
      this.#failed(error)
      if (!(await this.#loadLive())) image.mark(this.name, 'unavailable', this.serving(0))
    }
  }

  /** Publishes what other ways made of the file, without the file, which cannot be taken now. Resolves with false when nothing did. */
  async #loadLive(): Promise<boolean> {
    const version = await prepareLive(this.settings, this.world)
    if (version === undefined) return false
    const reason = this.#reason
    const transaction = await this.world.changes.begin(this.name)
    await transaction.take(version)
    await this.#publish(transaction, version, [])
    this.#reason = reason
    return true
  }

  /** Publishes the file, or what changes by other ways made of it, where nothing was published. */
  async #load(transaction: ZoneTransaction, version: PreparedVersion): Promise<void> {
    const { state, log } = this.world
    const { name: zone } = this
    if (version.conflicts !== undefined) {
      const fields = { zone: zone.toString(), conflicts: version.conflicts.details }
      log.error(fields, 'the edited file contradicts live changes: it is not taken')
    }
    await transaction.take(version)
    const change = version.change && changeFromShared(version.change)
    const journal = state.journal.state(zone)
    const rows: StateWrite[] = []
    // Changes that lead to another version than this are of no use to anybody.
    if (journal !== undefined && journal.toSerial !== (change?.fromSerial ?? version.serial))
      rows.push({ kind: 'clear-journal', zone })
    if (change !== undefined) rows.push(this.#changeRow(change, 'file', FILE))
    await this.#publish(transaction, version, rows)
  }

  async stop(): Promise<void> {}

  async saveAgain(): Promise<void> {
    const transaction = await this.world.changes.begin(this.name)
    try {
      transaction.write(...this.#staleJournal())
      if (this.#taken !== undefined) transaction.write(...this.#stateRow())
      await transaction.commit({ serving: () => this.serving(0), mustBeSaved: true })
      this.#isUnsaved = false
    } finally {
      transaction.abandon()
    }
  }

  /** Takes up settings that changed; the zone itself is not read again. */
  #configure(settings: PrimaryZoneSettings): void {
    this.settings = settings
    this.world.image.mark(this.name, this.#loadedAt === undefined ? 'unavailable' : 'serving', this.serving(0))
  }

  async #reload(): Promise<Outcome> {
    const transaction = await this.world.changes.begin(this.name)
    try {
      if (this.#frozen) return { outcome: 'refused', message: 'the zone is frozen: thaw it first' }
      return await this.#reread(transaction)
    } catch (error) {
      this.#failed(error)
      return { outcome: 'failed', message: sentence(error) }
    } finally {
      transaction.abandon()
    }
  }

  /**
   * Makes a change by another way than the file. Resolves when it is durable and served. Rejects with DnsError `transfer-failed` when
   * it does not fit, `change-refused` while the zone is frozen or not served, or when the version that it leads to breaks rules, and
   * StateUnwritable; then nothing has changed.
   */
  async change(change: ZoneChange, origin: Exclude<ChangeOrigin, 'file'>, actor: string): Promise<void> {
    const transaction = await this.world.changes.begin(this.name)
    let served: ImageWalk | undefined
    try {
      if (this.#frozen) throw new DnsError('change-refused', `${this.name} is frozen: thaw it first`)
      // Held until the copy of it, if one is made, is durable.
      served = this.serial === undefined ? undefined : this.world.image.walk(this.name)
      if (served === undefined) throw new DnsError('change-refused', `${this.name} is not served`)
      if (!isNewerSerial(change.toSerial, change.fromSerial))
        throw new DnsError('transfer-failed', `the serial of ${this.name} does not rise from ${change.fromSerial}`)
      await stageByRules(transaction, change, served, this.settings, this.world)
      transaction.write(...this.#staleJournal(), ...(await this.#copies.keepFile(served)))
      transaction.write(...this.#journalRows(change, origin, actor))
      await transaction.commit({ serving: () => this.serving(0), mustBeSaved: true })
      this.#isUnsaved = false
    } finally {
      served?.close()
      transaction.abandon()
    }
    this.world.changed(this)
  }

  async #freeze(): Promise<Outcome> {
    if (this.#frozen) return { outcome: 'unchanged', message: 'the zone is frozen already' }
    // It fails as well when nothing can be saved: a restart would take changes again while the file is edited.
    const written = await this.#flush(true)
    if (written.outcome === 'failed') return written
    return { outcome: 'done', message: 'no changes are taken until the zone is thawed; its file may be edited' }
  }

  async #thaw(): Promise<Outcome> {
    if (!this.#frozen) return { outcome: 'unchanged', message: 'the zone is not frozen' }
    this.#frozen = false
    await this.save(...this.#stateRow())
    const outcome = await this.#reload()
    if (outcome.outcome !== 'failed' && outcome.outcome !== 'refused') return outcome
    return { ...outcome, message: `the zone is thawed, and its file was not taken: ${outcome.message}` }
  }

  /** Writes what other ways made of the file into it. `freezes`: no change comes between that and the zone's being frozen. */
  async #flush(freezes: boolean): Promise<Outcome> {
    const { file } = this.settings
    const transaction = await this.world.changes.begin(this.name)
    const wasFrozen = this.#frozen
    try {
      if (file === undefined) return { outcome: 'refused', message: 'the zone has no file' }
      if (this.world.state.unwritable !== undefined)
        return { outcome: 'failed', message: this.withUnsaved(undefined) ?? '' }
      const isNew = this.#copies.areKept
      if (isNew) {
        this.#taken = { mark: await this.#writeFile(file), format: this.settings.format }
        transaction.write(...this.#copies.drop())
      }
      this.#frozen ||= freezes
      transaction.write(...this.#stateRow())
      await transaction.commit({ serving: () => this.serving(0), mustBeSaved: true })
      return isNew ? { outcome: 'done', message: `written to ${file}` } : { outcome: 'unchanged', message: NOTHING_NEW }
    } catch (error) {
      this.#frozen = wasFrozen
      return { outcome: 'failed', message: sentence(error) }
    } finally {
      transaction.abandon()
    }
  }

  async #writeFile(file: string): Promise<ZoneFileMark> {
    const { image, versions } = this.world
    const walk = image.walk(this.name)
    if (walk === undefined) throw new DnsError('state-invalid', 'no version is served now')
    try {
      return await versions.writeFile({ file, buffer: image.buffer, unit: walk.unit })
    } finally {
      walk.close()
    }
  }

  status(_now: UnixSeconds): ZoneStatus {
    const info = this.world.image.zone(this.name)
    const serves = this.#loadedAt !== undefined
    const { file } = this.settings
    const reason = this.withUnsaved(this.#reason)
    const { expiry } = this.#signatures
    return {
      name: this.name.toString(),
      type: 'primary',
      state: serves ? 'serving' : this.#reason === undefined ? 'loading' : 'failed',
      ...(reason !== undefined && { reason }),
      ...(file !== undefined && { file }),
      ...(serves && info !== undefined && { serial: info.serial, records: info.records }),
      ...(this.#loadedAt !== undefined && { loadedAt: this.#loadedAt }),
      frozen: this.#frozen,
      signed: this.#signatures.isSigned,
      ...(expiry !== undefined && { firstSignatureExpiry: expiry }),
      journalOctets: this.world.state.journal.state(this.name)?.octets ?? 0,
    }
  }

  /** Reads a file that may have changed, and serves what it has come to. */
  async #reread(transaction: ZoneTransaction): Promise<Outcome> {
    if (
      this.#loadedAt !== undefined &&
      this.#taken !== undefined &&
      (await isFileUnchanged(this.settings, this.#taken, this.world))
    ) {
      // It may have been another one, which failed, in between.
      this.#reason = undefined
      return { outcome: 'unchanged', message: 'the file has not changed' }
    }
    const version = await prepareFile(this.settings, this.world)
    if (this.#loadedAt === undefined) {
      await this.#load(transaction, version)
      this.world.changed(this)
      return { outcome: 'done', message: `loaded, serial ${this.serial}` }
    }
    if (version.conflicts !== undefined) {
      const { count, details } = version.conflicts
      const message = `the file and changes made by other ways contradict each other in ${count} places`
      return { outcome: 'refused', message, details }
    }
    if (version.change === undefined) {
      await this.#publish(transaction, version, [])
      return { outcome: 'unchanged', message: 'the file has the same records as before' }
    }
    return this.#take(transaction, changeFromShared(version.change), version)
  }

  /** Publishes a change that the file made. */
  async #take(transaction: ZoneTransaction, change: ZoneChange, version: PreparedVersion): Promise<Outcome> {
    await transaction.take(version)
    const isSaved = await this.#publish(transaction, version, this.#journalRows(change, 'file', FILE))
    this.world.changed(this)
    const unsaved = isSaved ? '' : `; ${this.withUnsaved(undefined)}`
    const counts = `${change.removed.count} records went, ${change.added.count} came${unsaved}`
    if (isNewerSerial(change.toSerial, change.fromSerial))
      return { outcome: 'done', message: `serial ${change.toSerial}: ${counts}` }
    const serials = `from ${change.fromSerial} to ${change.toSerial}`
    const text = `the serial did not rise (${serials}): secondaries will not notice`
    this.world.log.warn({ zone: this.name.toString() }, text)
    return { outcome: 'done', message: `${counts}; ${text}` }
  }

  /** The journal, where it does not lead to the version that is served. The file has all of it, unless other ways changed the zone. */
  #staleJournal(): StateWrite[] {
    return this.#isUnsaved && !this.#copies.areKept ? [{ kind: 'clear-journal', zone: this.name }] : []
  }

  #changeRow(change: ZoneChange, origin: ChangeOrigin, actor: string): StateWrite {
    return { kind: 'change', zone: this.name, change, origin, actor, at: this.world.clock.wall() }
  }

  /** What the journal has of a change: nothing before it when it does not follow, and nothing at all when no IXFR can tell of it. */
  #journalRows(change: ZoneChange, origin: ChangeOrigin, actor: string): StateWrite[] {
    const { name: zone } = this
    const { ixfrFromDifferences, journal } = this.settings
    const isKept = origin !== 'file' || ixfrFromDifferences
    const isJournalled = isKept && isNewerSerial(change.toSerial, change.fromSerial)
    const rows: StateWrite[] = []
    if (!isJournalled || this.world.state.journal.state(zone)?.toSerial !== change.fromSerial)
      rows.push({ kind: 'clear-journal', zone })
    if (!isJournalled) return rows
    const limits = { changes: journal.maxChanges, octets: journal.maxOctets }
    return [...rows, this.#changeRow(change, origin, actor), { kind: 'trim-journal', zone, limits }]
  }

  /** `rows`: what is saved with it. Resolves with false when the version is served and could not be saved. */
  async #publish(transaction: ZoneTransaction, version: PreparedVersion, rows: StateWrite[]): Promise<boolean> {
    const { mark, conflicts, file } = version
    // A file that was not taken is no file that was read: the next reload looks at it again.
    const isTaken = mark !== undefined && conflicts === undefined
    const taken = isTaken ? { mark, format: this.settings.format } : undefined
    transaction.write(...this.#staleJournal(), ...rows)
    if (taken !== undefined) transaction.write(...this.#stateRow(taken, version.serial))
    if (file !== undefined) transaction.write(...(await this.#copies.keepMerged(transaction.unit, file)))
    // What is merged has no other place than the state.
    const mustBeSaved = file !== undefined
    const outcome = await transaction.commit({ serving: () => this.serving(0), mustBeSaved })
    this.#isUnsaved = outcome === 'unsaved'
    this.#taken = taken
    this.#reason = undefined
    this.#loadedAt = this.world.clock.wall()
    this.#signatures = version.signatures
    this.world.log.info({ zone: this.name.toString(), serial: this.serial }, 'zone loaded')
    return outcome === 'saved'
  }

  /** What is to be saved of the file and of being frozen, if it changed. */
  #stateRow(taken = this.#taken, serial = this.serial): StateWrite[] {
    const old = this.world.state.zones.primary(this.name)
    const { hash, modifiedAt } = taken?.mark ?? { hash: undefined, modifiedAt: undefined }
    if (old?.fileHash === hash && old?.isFrozen === this.#frozen) return []
    const state = { fileHash: hash, fileModifiedAt: modifiedAt, fileSerial: serial, isFrozen: this.#frozen }
    return [{ kind: 'primary-state', zone: this.name, state }]
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
