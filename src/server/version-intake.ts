/**
 * The way of a version that came by transfer: arranged, checked as the settings ask, made durable, served. Others have their
 * turn between the steps.
 */
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import { SOA } from '../dns/rr/index.ts'
import type { Serial } from '../dns/serial.ts'
import { type SoaTimers, soaTimers } from '../transfer/index.ts'
import {
  applyChange,
  type Excess,
  findExcess,
  findExcessOfName,
  type InspectName,
  type RrsetLimits,
  Zone,
  type ZoneChange,
} from '../zone/index.ts'
import { bringChanges } from './bring-changes.ts'
import type { HeldOptions, HeldVersion } from './held-version.ts'
import type { World } from './hosted-zone.ts'
import type { Fetched } from './primary-talk.ts'
import type { VersionChecks, VersionRules } from './version-checks.ts'
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
  readonly #checks: VersionChecks
  readonly #held: HeldVersion
  readonly #name: Name

  constructor(world: World, checks: VersionChecks, held: HeldVersion, name: Name) {
    this.#world = world
    this.#checks = checks
    this.#held = held
    this.#name = name
  }

  /** Returns how many records came or went. Throws Rejected, DnsError. `wanted` false: nothing is published any more. */
  async install(brought: Brought, rules: IntakeRules, wanted: () => boolean, publish: Publish): Promise<number> {
    await nextTurn()
    if (brought.kind === 'incremental') {
      return bringChanges(this.#world.image.reader, this.#name, brought.changes, (change, changes) =>
        this.#installChange(change, changes, rules, wanted, publish),
      )
    }
    const zone = Zone.arrange(this.#name, brought.table)
    if (zone.soa < 0) throw new Rejected('the zone has no SOA')
    const limits = this.#limitsOf(rules)
    const excess = findExcess(zone, limits)
    if (excess !== undefined) this.#refuse(serialOf(zone), rules, describeExcess(excess, limits), Unservable)
    await nextTurn()
    await this.#judge(zone, rules)
    if (!wanted()) return 0
    await publish(soaTimers(zone.table.rdataOf(zone.soa)), (options) => this.#held.putWhole(zone, options))
    return zone.records.length
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
    if (verify !== 'no' || checks === 'refuse' || (checks === 'warn' && isSmall)) {
      const walk = image.walk(this.#name)
      if (walk === undefined) throw new DnsError('state-invalid', `no version of ${this.#name} is held`)
      const next = applyChange(walk, change)
      await nextTurn()
      await this.#judge(next, rules)
      if (!wanted()) return 0
    }
    const { added } = change
    const soa = added.type.subarray(0, added.count).indexOf(SOA.number)
    const limits = this.#limitsOf(rules)
    const inspect: InspectName = (owner, records) => {
      const excess = findExcessOfName(owner, records, limits)
      if (excess !== undefined) this.#refuse(change.toSerial, rules, describeExcess(excess, limits), Unservable)
    }
    await publish(soaTimers(added.rdataOf(soa)), (options) => this.#held.putChange(change, changes, options, inspect))
    return change.removed.count + added.count
  }

  async #judge(zone: Zone, rules: IntakeRules): Promise<void> {
    const refusal = await this.#checks.judge(zone, rules)
    if (refusal !== undefined) this.#refuse(serialOf(zone), rules, refusal)
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

function serialOf(zone: Zone): Serial {
  return soaTimers(zone.table.rdataOf(zone.soa)).serial
}
