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
import { type SecondaryState, StateUnwritable } from '../store/index.ts'
import { type SecondaryEvent, soaTimers } from '../transfer/index.ts'
import {
  earliestExpiry,
  firstSignatureExpiry,
  type InspectName,
  type RecordTable,
  type SignatureExpiry,
  walkZone,
  type Zone,
  type ZoneChange,
} from '../zone/index.ts'
import { saveIfPossible, type World } from './hosted-zone.ts'
import { nextTurn } from './secondary-desk.ts'
import type { ServingOptions } from './served-image.ts'

export type Restored = NonNullable<Extract<SecondaryEvent, { kind: 'started' }>['held']>
export type JournalLimits = { readonly maxChanges: number; readonly maxOctets: number }
type StoredTimes = Pick<Restored, 'goodAt' | 'expireAt'>
type Copy = ReturnType<World['state']['copies']['begin']>

/** A copy below this is written in the transaction that makes it count. */
const SMALL_OCTETS = 1 << 20
/** Records that are looked at before others get their turn. */
const SURVEY_BATCH = 5000

const UNSIGNED: SignatureExpiry = { isSigned: false, expiry: undefined }

export class HeldVersion {
  readonly #world: World
  readonly #name: Name
  /** What was stored of the version, when that was in another boot of the system, and since when this server has it. */
  #uncertain: { readonly saved: SecondaryState; readonly since: SteadySeconds } | undefined
  #signatures = UNSIGNED
  #copying = false
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

  /** Takes what was persisted into the image, not served yet. Undefined when there is nothing. Throws DnsError. */
  restore(options: ServingOptions): Restored | undefined {
    const { state, image, clock } = this.#world
    const zone = this.#load()
    if (zone === undefined || zone.soa < 0) return undefined
    image.put(zone, options, 'unavailable')
    this.#signatures = firstSignatureExpiry(zone)
    const saved = state.zones.secondary(this.#name)
    if (saved?.checkedAt !== undefined && clock.aheadAt(saved.mark) === undefined)
      this.#uncertain = { saved, since: clock.steady() }
    return { timers: soaTimers(zone.table.rdataOf(zone.soa)), ...this.#timesOf(saved, clock.steady()) }
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

  #load(): Zone | undefined {
    const { state, log } = this.#world
    const copy = state.copies.load(this.#name)
    if (copy.kind === 'absent') return undefined
    if (copy.kind === 'loaded') return copy.zone
    const { rest, reason } = copy
    log.error({ zone: this.#name.toString(), reason }, 'the copy of the zone is damaged: it is fetched again')
    const isSaved = saveIfPossible(state, () => {
      state.journal.clear(this.#name)
      if (rest === undefined) state.copies.remove(this.#name, 'zone')
      else state.copies.save(this.#name, 'zone', walkZone(rest))
    })
    this.#isUnsaved = !isSaved
    return rest
  }

  /** Writes a large zone to disk in steps; it does not count yet. Undefined for a small one, which costs no time. */
  async prepare(zone: Zone, wanted: () => boolean): Promise<Copy | undefined> {
    const { copies } = this.#world.state
    if (zone.table.out.length < SMALL_OCTETS) return undefined
    try {
      return await this.#writeSteps(copies.begin(this.#name, 'zone', walkZone(zone)), wanted)
    } catch (error) {
      if (error instanceof StateUnwritable) return undefined
      throw error
    }
  }

  /** Abandons the copy when it is not wanted any more, or throws. */
  async #writeSteps(copy: Copy, wanted: () => boolean): Promise<Copy | undefined> {
    let isWhole = false
    try {
      while (copy.step()) {
        await nextTurn()
        if (!wanted()) return undefined
      }
      isWhole = true
      return copy
    } finally {
      if (!isWhole) abandon(copy)
    }
  }

  /**
   * Serves a whole version once it is durable, or in memory only while the disk of the state takes nothing. Throws DnsError, and
   * nothing has changed.
   */
  putWhole(zone: Zone, options: ServingOptions, remembered: SecondaryState, copy: Copy | undefined): void {
    const { state, image } = this.#world
    image.put(zone, options, 'serving', () => {
      const isSaved = saveIfPossible(state, () => {
        // It does not follow from the one before: nobody can have the difference.
        state.journal.clear(this.#name)
        if (copy === undefined) state.copies.save(this.#name, 'zone', walkZone(zone))
        else copy.finish()
        state.zones.saveSecondary(this.#name, remembered)
      })
      this.#isUnsaved = !isSaved
    })
    this.#versions++
    this.#signatures = firstSignatureExpiry(zone)
  }

  /**
   * Serves the version that changes lead to, durable or not as `putWhole`; `change` is all of them in one. Throws DnsError, or
   * what `inspect` throws of a name, and nothing has changed.
   */
  putChange(
    change: ZoneChange,
    changes: readonly ZoneChange[],
    options: ServingOptions,
    remembered: SecondaryState,
    inspect: InspectName,
  ): void {
    const { state, image, clock } = this.#world
    const at = clock.wall()
    const makeDurable = (): void => {
      if (this.#isUnsaved) return
      const isSaved = saveIfPossible(state, () => {
        state.journal.commit(changes.map((each) => ({ zone: this.#name, change: each, origin: 'transfer', at })))
        state.zones.saveSecondary(this.#name, remembered)
      })
      this.#isUnsaved = !isSaved
    }
    image.change(this.#name, change, options, makeDurable, inspect)
    this.#versions++
    this.#follow(change)
  }

  /** Saves the version that is served, if it is in memory only. Rejects with StateUnwritable when the disk takes nothing. */
  async saveAgain(remembered: () => SecondaryState, wanted: () => boolean): Promise<void> {
    const { state, image } = this.#world
    while (this.#isUnsaved && wanted()) {
      // Not within a transaction of the caller.
      await nextTurn()
      const version = this.#versions
      const walk = image.walk(this.#name)
      if (walk === undefined) return
      const copy = await this.#writeSteps(state.copies.begin(this.#name, 'zone', walk), wanted)
      if (copy === undefined) return
      if (version !== this.#versions) {
        copy.abandon()
        continue
      }
      state.transact(() => {
        state.journal.clear(this.#name)
        copy.finish()
        state.zones.saveSecondary(this.#name, remembered())
      })
      this.#isUnsaved = false
    }
  }

  /** Keeps the journal within its limits; saves a copy anew when the way from the old one has become long. */
  tidy({ maxChanges, maxOctets }: JournalLimits, wanted: () => boolean): void {
    const { state, log } = this.#world
    if (state.unwritable !== undefined) return
    state.journal.trim(this.#name, { changes: maxChanges, octets: maxOctets })
    if (this.#copying || !state.copies.isDue(this.#name)) return
    this.#copying = true
    this.#renew(wanted)
      .catch((error: unknown) => log.warn({ zone: this.#name.toString(), error }, 'no new copy of the zone was saved'))
      .finally(() => {
        this.#copying = false
      })
  }

  async #renew(wanted: () => boolean): Promise<void> {
    const { state, image } = this.#world
    const walk = image.walk(this.#name)
    if (walk === undefined) return
    const copy = state.copies.begin(this.#name, 'zone', walk)
    const written = await this.#writeSteps(copy, wanted)
    if (written === undefined) return
    try {
      written.finish()
    } catch (error) {
      if (!(error instanceof DnsError)) throw error
      // A whole version came meanwhile, and with it a copy.
      written.abandon()
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

function abandon(copy: Copy): void {
  // When the server stops, the state is closed already; the next start clears up.
  try {
    copy.abandon()
  } catch {}
}
