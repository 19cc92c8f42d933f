/**
 * The way of a version that came by transfer: arranged, checked as the settings ask, made durable, served. Others have their
 * turn between the steps.
 */
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import { SOA } from '../dns/rr/index.ts'
import type { Serial } from '../dns/serial.ts'
import type { JudgedVersion, PreparedVersion, VersionRules } from '../threads/index.ts'
import { type SoaTimers, soaTimers } from '../transfer/index.ts'
import {
  type Excess,
  findExcessOfName,
  type InspectName,
  type RrsetLimits,
  shareChange,
  type ZoneChange,
} from '../zone/index.ts'
import { bringChanges } from './bring-changes.ts'
import type { HeldOptions, HeldVersion, StagedChange } from './held-version.ts'
import type { World } from './hosted-zone.ts'
import type { Fetched } from './primary-talk.ts'
import { nextTurn } from './zones/next-turn.ts'
import type { CommitOutcome } from './zones/zone-transaction.ts'

export type Brought = Extract<Fetched, { kind: 'full' | 'incremental' }>

/** `served`: the serial that stays when this version is not taken. */
export type IntakeRules = VersionRules & { readonly served: Serial | undefined }

/** Makes a version durable and serves it. Rejects with DnsError, and nothing has changed. */
export type Put = (options: HeldOptions) => Promise<CommitOutcome>
export type Publish = (timers: SoaTimers, put: Put) => Promise<void>

/** Up to here the checks of a zone are made after each change of it; above, when it came whole. */
const CHECKED_RECORDS = 5000

/** A change of more records than this is not made in the image: the version that it leads to is written there as a whole. */
const LARGE_CHANGE = 20_000
const UNJUDGED = { checks: 'off', verify: 'no' } as const

/** A version that came and is not to be served. */
export class Rejected extends Error {}
/** The same, for a name that has what no version may have: by any other transfer it would be the same version. */
export class Unservable extends Rejected {}

const SETTINGS = { records: 'maxRecordsPerRrset', octets: 'maxRrsetOctets', types: 'maxTypesPerName' } as const

function describeExcess({ of, limit }: Excess, limits: RrsetLimits): string {
  if (limit === 'besideCname') return `${of} has other data beside a CNAME (RFC 2181 §10.1)`
  const what = limit === 'octets' ? 'octets of RDATA' : limit
  return `${of} has more than ${limits[limit]} ${what}, the value of transfers.${SETTINGS[limit]}`
}

export class VersionIntake {
  readonly #world: World
  readonly #held: HeldVersion
  readonly #name: Name

  constructor(world: World, held: HeldVersion, name: Name) {
    this.#world = world
    this.#held = held
    this.#name = name
  }

  /** Returns how many records came or went. Throws Rejected, DnsError. `wanted` false: nothing is published any more. */
  async install(brought: Brought, rules: IntakeRules, wanted: () => boolean, publish: Publish): Promise<number> {
    await nextTurn()
    const { image } = this.#world
    if (brought.kind === 'incremental') {
      return bringChanges(image.reader, this.#name, brought.changes, this.#world.turns, (change, changes) =>
        this.#installChange(change, changes, rules, wanted, publish),
      )
    }
    const version = await this.#world.versions.prepare({
      ...this.#task(rules),
      source: { kind: 'table', table: brought.table.share() },
      limits: this.#limitsOf(rules),
      image: { buffer: image.buffer, published: 0, compares: false, lender: image },
    })
    this.#judge(version, rules)
    if (!wanted()) {
      image.discard(version)
      return 0
    }
    await publish(soaTimers(version.soa), (options) => this.#held.putWhole(version, options))
    return version.records
  }

  #task({ checks, verify }: VersionRules) {
    return { apex: this.#name.octets, rules: { checks, verify }, at: this.#world.clock.wall() }
  }

  /** `change` is all of `changes` in one. */
  async #installChange(
    change: ZoneChange,
    changes: readonly ZoneChange[],
    rules: IntakeRules,
    wanted: () => boolean,
    publish: Publish,
  ): Promise<number> {
    if (!wanted()) return 0
    const { image } = this.#world
    const { checks, verify } = rules
    const isSmall = (image.zone(this.#name)?.records ?? 0) <= CHECKED_RECORDS
    const isJudged = verify !== 'no' || checks === 'refuse' || (checks === 'warn' && isSmall)
    const count = change.removed.count + change.added.count
    const isBuilt = count > LARGE_CHANGE
    let version: PreparedVersion | undefined
    if (isJudged || isBuilt) {
      version = await this.#prepareChange(change, isJudged ? rules : { ...rules, ...UNJUDGED }, isBuilt)
      if (!wanted()) {
        image.discard(version)
        return 0
      }
    }
    const { added } = change
    const soa = added.type.subarray(0, added.count).indexOf(SOA.number)
    const limits = this.#limitsOf(rules)
    const inspect: InspectName = (owner, records) => {
      const excess = findExcessOfName(owner, records, limits)
      if (excess !== undefined) this.#refuse(change.toSerial, rules, describeExcess(excess, limits), Unservable)
    }
    const staged: StagedChange =
      version === undefined || !isBuilt
        ? { change, changes, stage: (transaction) => transaction.change(change, inspect) }
        : { change, changes, stage: (transaction) => transaction.take(version), signatures: version.signatures }
    await publish(soaTimers(added.rdataOf(soa)), (options) => this.#held.putChange(staged, options))
    return count
  }

  /** Judges what the version that is held becomes by a change. `isBuilt`: and writes it into the image. */
  async #prepareChange(change: ZoneChange, rules: IntakeRules, isBuilt: boolean): Promise<PreparedVersion> {
    const { image, versions } = this.#world
    const walk = image.walk(this.#name)
    if (walk === undefined) throw new DnsError('state-invalid', `no version of ${this.#name} is held`)
    try {
      const version = await versions.prepare({
        ...this.#task(rules),
        source: { kind: 'change', change: shareChange(change) },
        ...(isBuilt && { limits: this.#limitsOf(rules) }),
        image: { buffer: image.buffer, published: walk.unit, compares: false, builds: isBuilt, lender: image },
      })
      if (walk.isBrokenOff) {
        image.discard(version)
        throw new DnsError('limit-exceeded', 'the version was gone before it was judged')
      }
      this.#judge(version, rules)
      return version
    } finally {
      walk.close()
    }
  }

  #judge({ notes, refusal, serial }: JudgedVersion, rules: IntakeRules): void {
    for (const { level, fields, message } of notes) this.#world.zoneLog[level](fields, message)
    if (refusal === undefined) return
    if (typeof refusal === 'string') this.#refuse(serial, rules, refusal)
    this.#refuse(serial, rules, describeExcess(refusal, this.#limitsOf(rules)), Unservable)
  }

  #refuse(serial: Serial, rules: IntakeRules, reason: string, Kind = Rejected): never {
    const stays = rules.served === undefined ? '' : `; serial ${rules.served} stays`
    this.#world.zoneLog.error({ zone: this.#name.toString(), serial, reason }, `version not taken${stays}`)
    throw new Kind(`serial ${serial} is not taken: ${reason}`)
  }

  /** A CNAME beside other data is refused unless the checks are off: BIND and Knot serve no such version either. */
  #limitsOf({ checks }: VersionRules): RrsetLimits {
    const { maxRecordsPerRrset, maxRrsetOctets, maxTypesPerName } = this.#world.configuration().transfers
    return {
      records: maxRecordsPerRrset,
      octets: maxRrsetOctets,
      types: maxTypesPerName,
      besideCname: checks === 'off',
    }
  }
}
