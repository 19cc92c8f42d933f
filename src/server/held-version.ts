/**
 * The version of a secondary zone that is held: on disk and in the image, in this order, so that nobody was ever told of a
 * version that a kill could take back.
 */
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import { readU32 } from '../dns/octets.ts'
import { DNSKEY, RRSIG } from '../dns/rr/index.ts'
import { RRSIG_EXPIRATION } from '../dnssec/index.ts'
import type { SteadySeconds } from '../ports/index.ts'
import { type CopySource, type PreparedCopy, type SecondaryState, StateUnwritable } from '../store/index.ts'
import type { PreparedVersion } from '../threads/index.ts'
import { type SecondaryEvent, soaTimers } from '../transfer/index.ts'
import { earliestExpiry, type RecordTable, type SignatureExpiry, type ZoneChange } from '../zone/index.ts'
import { commitIfPossible, type World } from './hosted-zone.ts'
import type { ServingOptions } from './served-image.ts'
import { nextTurn } from './zones/next-turn.ts'
import type { CommitOptions, CommitOutcome, ZoneTransaction } from './zones/zone-transaction.ts'

export type Restored = NonNullable<Extract<SecondaryEvent, { kind: 'started' }>['held']>
export type JournalLimits = { readonly maxChanges: number; readonly maxOctets: number }
type StoredTimes = Pick<Restored, 'goodAt' | 'expireAt'>

/** How a version is made durable and published. `remembered`: what is saved beside it; `actor`: the primary. */
export type HeldOptions = CommitOptions & { remembered(): SecondaryState; readonly actor: string }

/** `change` is all of `changes` in one. */
export type StagedChange = {
  readonly change: ZoneChange
  readonly changes: readonly ZoneChange[]
  /** Stages the version that they lead to. */
  stage(transaction: ZoneTransaction): Promise<void>
  /** Of that version, where they are known. */
  readonly signatures?: SignatureExpiry
}

/** Records that are looked at before others get their turn. */
const SURVEY_BATCH = 5000

const UNSIGNED: SignatureExpiry = { isSigned: false, expiry: undefined }

export class HeldVersion {
  readonly #world: World
  readonly #name: Name
  /** What was stored of the version, when that was in another boot of the system, and since when this server has it. */
  #uncertain: { readonly saved: SecondaryState; readonly since: SteadySeconds } | undefined
  #signatures = UNSIGNED
  #isTidying = false
  /** The version that is served is in memory only: it is saved whole before another change of it is. */
  #isUnsaved = false
  /** Counts the versions. */
  #versions = 0
  #surveying = false

  constructor(world: World, name: Name) {
    this.#world = world
    this.#name = name
  }

  get signatures(): SignatureExpiry {
    return this.#signatures
  }

  /** Takes what was persisted into the image, not served yet. Undefined when there is nothing. Rejects with DnsError. */
  async restore(options: ServingOptions): Promise<Restored | undefined> {
    const { state, changes, clock } = this.#world
    const version = await this.#readSaved()
    if (version === undefined) return undefined
    const transaction = await changes.begin(this.#name)
    await transaction.take(version)
    if (version.damage !== undefined) await this.#mend(version.damage, transaction.unit)
    await transaction.commit({ serving: () => options, state: 'unavailable' })
    this.#signatures = version.signatures
    const saved = state.zones.secondary(this.#name)
    if (saved?.checkedAt !== undefined && clock.aheadAt(saved.mark) === undefined)
      this.#uncertain = { saved, since: clock.steady() }
    return { timers: soaTimers(version.soa), ...this.#timesOf(saved, clock.steady()) }
  }

  /** A primary has confirmed the version: it does not matter any more what was stored. */
  confirmed(): void {
    this.#uncertain = undefined
  }

  /**
   * The stored times of the version as the wall clock is set now, while nothing but the wall clock says how long ago they were: no
   * primary has confirmed the version since the system was booted.
   */
  timesByWallClock(): StoredTimes | undefined {
    return this.#uncertain === undefined ? undefined : this.#timesOf(this.#uncertain.saved, this.#uncertain.since)
  }

  /** What is to be stored of it: times for which only a wall clock stands are no more certain for being stored again. */
  markUncertain(remembered: SecondaryState): SecondaryState {
    return this.#uncertain === undefined ? remembered : { ...remembered, mark: undefined }
  }

  /** `latest`: the version was not confirmed after that, whatever the wall clock says. */
  #timesOf(saved: SecondaryState | undefined, latest: SteadySeconds): StoredTimes {
    const { clock } = this.#world
    const { checkedAt, expiresAt, mark } = saved ?? {}
    const ahead = clock.aheadAt(mark) ?? clock.ahead()
    // Without a word about when it was good, it is not: a primary has to confirm it first.
    const goodAt = checkedAt === undefined ? 0 : Math.min(Math.floor(checkedAt - ahead), latest)
    return { goodAt, ...(expiresAt !== undefined && { expireAt: Math.floor(expiresAt - ahead) }) }
  }

  /** What was saved, prepared in the image; undefined when that is nothing. */
  async #readSaved(): Promise<PreparedVersion | undefined> {
    const { state, versions, image, clock } = this.#world
    const octets = state.copies.octetsOf(this.#name)
    if (octets === undefined) return undefined
    try {
      return await versions.prepare({
        apex: this.#name.octets,
        source: { kind: 'saved', state: state.path, octets },
        rules: { checks: 'off', verify: 'no' },
        at: clock.wall(),
        image: { buffer: image.buffer, published: 0, compares: false, lender: image },
      })
    } catch (error) {
      if (!(error instanceof DnsError) || error.code !== 'state-invalid') throw error
      await this.#mend(error.message, 0)
      return undefined
    }
  }

  /** Keeps what could be read, at `unit` in the image, in the place of what was damaged; 0: nothing could. */
  async #mend(reason: string, unit: number): Promise<void> {
    const { state, image, log } = this.#world
    const zone = this.#name
    log.error({ zone: zone.toString(), reason }, 'the copy of the zone is damaged: it is fetched again')
    const copy = unit === 0 ? undefined : await this.#prepare({ kind: 'image', buffer: image.buffer, unit })
    this.#isUnsaved = !(await commitIfPossible(state, [
      { kind: 'clear-journal', zone },
      copy === undefined
        ? { kind: 'remove-copy', zone, copyKind: 'zone' }
        : { kind: 'copy', zone, copyKind: 'zone', copy },
    ]))
  }

  /**
   * Serves a whole version once it is durable, or in memory only while the disk of the state takes nothing. Rejects with DnsError,
   * and nothing has changed.
   */
  async putWhole(version: PreparedVersion, options: HeldOptions): Promise<CommitOutcome> {
    const { image, changes } = this.#world
    const { remembered, ...how } = options
    const transaction = await changes.begin(this.#name)
    let copy: PreparedCopy | undefined
    try {
      await transaction.take(version)
      copy = await this.#prepare({ kind: 'image', buffer: image.buffer, unit: transaction.unit })
      if (copy !== undefined) {
        // It does not follow from the one before: nobody can have the difference.
        transaction.write({ kind: 'clear-journal', zone: this.#name })
        transaction.write({ kind: 'copy', zone: this.#name, copyKind: 'zone', copy })
        transaction.write({ kind: 'secondary-state', zone: this.#name, state: remembered() })
      }
    } catch (error) {
      transaction.abandon()
      throw error
    }
    const outcome = await transaction.commit(how)
    if (outcome === 'unwanted') return outcome
    this.#isUnsaved = copy === undefined || outcome === 'unsaved'
    this.#versions++
    this.#signatures = version.signatures
    return outcome
  }

  /** Undefined while the disk takes nothing. */
  async #prepare(source: CopySource): Promise<PreparedCopy | undefined> {
    try {
      return await this.#world.state.prepareCopy(this.#name, 'zone', source)
    } catch (error) {
      if (error instanceof StateUnwritable) return undefined
      throw error
    }
  }

  /**
   * Serves the version that changes lead to, durable or not as `putWhole`. Rejects with DnsError, or what the staging throws, and
   * nothing has changed.
   */
  async putChange({ change, changes, stage, signatures }: StagedChange, options: HeldOptions): Promise<CommitOutcome> {
    const { remembered, actor, ...how } = options
    const transaction = await this.#world.changes.begin(this.#name)
    try {
      await stage(transaction)
    } catch (error) {
      transaction.abandon()
      throw error
    }
    const isJournalled = !this.#isUnsaved
    if (isJournalled) {
      const row = { kind: 'change', zone: this.#name, origin: 'transfer', actor, at: this.#world.clock.wall() } as const
      for (const each of changes) transaction.write({ ...row, change: each })
      transaction.write({ kind: 'secondary-state', zone: this.#name, state: remembered() })
    }
    const outcome = await transaction.commit(how)
    if (outcome === 'unwanted') return outcome
    this.#isUnsaved = !isJournalled || outcome === 'unsaved'
    this.#versions++
    if (signatures === undefined) this.#follow(change)
    else this.#signatures = signatures
    return outcome
  }

  /** Saves the version that is served, if it is in memory only. Rejects with StateUnwritable when the disk takes nothing. */
  async saveAgain(remembered: () => SecondaryState, wanted: () => boolean): Promise<void> {
    const { state } = this.#world
    while (this.#isUnsaved && wanted()) {
      const version = this.#versions
      const copy = await this.#copyServed()
      if (copy === undefined) return
      if (version !== this.#versions || !wanted()) {
        await state.abandonCopy(copy)
        continue
      }
      await state.commit([
        { kind: 'clear-journal', zone: this.#name },
        { kind: 'copy', zone: this.#name, copyKind: 'zone', copy },
        { kind: 'secondary-state', zone: this.#name, state: remembered() },
      ])
      this.#isUnsaved = version !== this.#versions
    }
  }

  /** A copy of the version that is served; undefined when there is none. Rejects with StateUnwritable, DnsError. */
  async #copyServed(): Promise<PreparedCopy | undefined> {
    const { state, image } = this.#world
    const walk = image.walk(this.#name)
    if (walk === undefined) return undefined
    try {
      const copy = await state.prepareCopy(this.#name, 'zone', { kind: 'image', buffer: image.buffer, unit: walk.unit })
      if (!walk.isBrokenOff) return copy
      await state.abandonCopy(copy)
      return undefined
    } finally {
      walk.close()
    }
  }

  /** Keeps the journal within its limits; saves a copy anew when the way from the old one has become long. */
  async tidy({ maxChanges, maxOctets }: JournalLimits): Promise<void> {
    const { state, log } = this.#world
    if (state.unwritable !== undefined || this.#isTidying) return
    this.#isTidying = true
    try {
      const limits = { changes: maxChanges, octets: maxOctets }
      if (state.journal.exceeds(this.#name, limits))
        await state.commit([{ kind: 'trim-journal', zone: this.#name, limits }])
      if (!state.copies.isDue(this.#name)) return
      const copy = await this.#copyServed()
      // Refused when a whole version came meanwhile, and with it a copy.
      if (copy !== undefined) await state.commit([{ kind: 'copy', zone: this.#name, copyKind: 'zone', copy }])
    } catch (error) {
      log.warn({ zone: this.#name.toString(), error }, 'no new copy of the zone was saved')
    } finally {
      this.#isTidying = false
    }
  }

  /** When the first signature expires, after a change. */
  #follow({ removed, added }: ZoneChange): void {
    const { isSigned, expiry } = this.#signatures
    const hasKeys = (table: RecordTable): boolean => table.type.subarray(0, table.count).includes(DNSKEY.number)
    const came = earliestExpiry(added)
    const gone = earliestExpiry(removed)
    if (hasKeys(removed) || hasKeys(added) || (gone !== undefined && expiry !== undefined && gone <= expiry)) {
      void this.#survey()
    } else if (came !== undefined) this.#signatures = { isSigned, expiry: Math.min(came, expiry ?? came) }
  }

  /** Looks at all signatures, with pauses. */
  async #survey(): Promise<void> {
    if (this.#surveying) return
    this.#surveying = true
    try {
      await nextTurn()
      await this.#readSignatures()
    } catch (error) {
      this.#world.log.warn({ zone: this.#name.toString(), error }, 'the signatures of the zone were not looked at')
    } finally {
      this.#surveying = false
    }
  }

  async #readSignatures(): Promise<void> {
    const walk = this.#world.image.walk(this.#name)
    if (walk === undefined) return
    try {
      let expiry = Number.POSITIVE_INFINITY
      let isSigned = false
      for (let count = 1; walk.step(); count++) {
        if (walk.type === DNSKEY.number) isSigned = true
        if (walk.type === RRSIG.number) expiry = Math.min(expiry, readU32(walk.octets, walk.rdataAt + RRSIG_EXPIRATION))
        if (count % SURVEY_BATCH === 0) await nextTurn()
      }
      this.#signatures = { isSigned, expiry: Number.isFinite(expiry) ? expiry : undefined }
    } finally {
      walk.close()
    }
  }
}
