/**
 * The last failures of resolution, each with its evidence, in memory that is bounded. What strangers ask for decides what fails, so
 * that failures with the same zone and cause share one place: the last few of them are kept, and all are counted. In a second, so
 * many are recorded of each zone and cause and of all together: a flood neither costs more nor drives out what was there before.
 * When memory is short, the zone and cause that failed longest ago goes first. Nothing is stored: a restart begins anew.
 */
import { Name } from '../../dns/name/index.ts'
import { typeMnemonic } from '../../dns/rr/index.ts'
import { RCODE_SERVFAIL } from '../../dns/wire/index.ts'
import type { UnixSeconds } from '../../ports/index.ts'
import {
  type CauseCode,
  causeOf,
  ExchangeRing,
  encodeFailure,
  failureText,
  LEAST_RING_OCTETS,
  type Resolution,
  type Resolver,
  recordFailure,
} from '../../resolver/index.ts'
import type { Configuration } from '../configuration/index.ts'
import type { AskedQuestion } from './ready-answer.ts'

const DEFAULT_OCTETS = 64 << 20
/** Zones and causes. */
const MOST_GROUPS = 10_000
/** Failures of one zone and cause whose evidence is kept. As many of them are recorded in a second. */
const MOST_KEPT = 4
/** Failures that are recorded in a second. */
const MOST_A_SECOND = 100
/** The part of the memory for messages of resolutions that may yet fail. */
const RING_SHARE = 1 / 16
/** What objects cost beside octets and names: measured, rounded up. */
const GROUP_OCTETS = 700
const KEPT_OCTETS = 700

/** The failures of one zone and cause. */
export type FailureSummary = {
  readonly zone: string
  readonly cause: CauseCode
  readonly questions: number
  readonly first: UnixSeconds
  readonly last: UnixSeconds
  /** Those whose evidence is kept, the newest first. */
  readonly kept: readonly KeptFailure[]
}

export type KeptFailure = { readonly name: string; readonly type: string; readonly at: UnixSeconds }

type Kept = {
  readonly name: Name
  readonly type: number
  /** The name that the aliases lead to. */
  readonly target: Name
  readonly at: UnixSeconds
  /** `encodeFailure`, as UTF-8. */
  readonly encoded: Uint8Array
}

type Group = {
  readonly zone: Name
  readonly cause: CauseCode
  readonly first: UnixSeconds
  last: UnixSeconds
  questions: number
  readonly share: SecondShare
  /** The newest last. */
  kept: Kept[]
}

export class FlightRecorder {
  /** Where resolutions leave what they exchange. */
  readonly ring: ExchangeRing
  readonly maxOctets: number
  readonly #encoder = new TextEncoder()
  readonly #decoder = new TextDecoder()
  /** By cause and zone, the one that failed longest ago first. */
  readonly #groups = new Map<string, Group>()
  readonly #share = new SecondShare(MOST_A_SECOND)
  #octets = 0
  #count = 0

  /** Undefined: it is switched off. */
  static of({ resolver: { flightRecorder } }: Configuration): FlightRecorder | undefined {
    const { enabled, maxMemory = DEFAULT_OCTETS } = flightRecorder
    return enabled ? new FlightRecorder(maxMemory) : undefined
  }

  constructor(maxOctets: number) {
    this.maxOctets = maxOctets
    this.ring = new ExchangeRing(Math.max(LEAST_RING_OCTETS, Math.floor(maxOctets * RING_SHARE)))
  }

  /** Failures whose evidence is kept, and all octets that are taken. */
  get counts(): { readonly entries: number; readonly octets: number } {
    return { entries: this.#count, octets: this.#octets + this.ring.octets }
  }

  /** A question of a client is answered. What did not fail is passed over. */
  saw(
    { name, type }: AskedQuestion,
    resolution: Resolution,
    resolver: Pick<Resolver, 'zoneInCharge' | 'chainTowards'>,
    at: UnixSeconds,
  ): void {
    const { attempt, rcode } = resolution
    if (attempt === undefined || rcode !== RCODE_SERVFAIL) return
    const { zone, cause } = causeOf(resolution, name, (of) => resolver.zoneInCharge(of))
    const group = this.#groupOf(zone, cause, at)
    if (group === undefined) return
    group.questions++
    group.last = at
    const known = group.kept.findIndex((kept) => kept.type === type && kept.name.equals(name))
    // A failure that was remembered shows less than the one that it is the memory of.
    if (known >= 0 && attempt.exchanges.isEmpty) return
    if (!this.#share.isLeft(at) || !group.share.take(at)) return
    this.#share.take(at)
    const chainTowards = (of: Name) => resolver.chainTowards(of)
    const failure = recordFailure(resolution, { name, type, zone, cause, at, chainTowards })
    if (failure === undefined) return
    if (known >= 0) this.#drop(group, known)
    else if (group.kept.length >= MOST_KEPT) this.#drop(group, 0)
    const own = ownCopy(name)
    const target = attempt.name.equals(name) ? own : ownCopy(attempt.name)
    this.#add(group, { name: own, type, target, at, encoded: this.#encoder.encode(encodeFailure(failure)) })
    this.#makeRoom()
  }

  /** The zones and causes, the one that failed last first. */
  list(most: number): FailureSummary[] {
    return [...this.#groups.values()].slice(-most).reverse().map(summaryOf)
  }

  /** Zones and causes. */
  get size(): number {
    return this.#groups.size
  }

  /** The newest failure of a name, else of an alias that leads to it, as a file of evidence. */
  find(name: Name, type?: number): string | undefined {
    const isOfType = (kept: Kept): boolean => type === undefined || kept.type === type
    const found =
      this.#newest((kept) => isOfType(kept) && kept.name.equals(name)) ??
      this.#newest((kept) => isOfType(kept) && kept.target.equals(name))
    return found && failureText(this.#decoder.decode(found.kept.encoded), found.group)
  }

  #newest(isMeant: (kept: Kept) => boolean): { readonly group: Group; readonly kept: Kept } | undefined {
    let found: { readonly group: Group; readonly kept: Kept } | undefined
    for (const group of this.#groups.values()) {
      for (const kept of group.kept) {
        // Later ones of the same second are newer.
        if (isMeant(kept) && (found === undefined || kept.at >= found.kept.at)) found = { group, kept }
      }
    }
    return found
  }

  /** What is recorded nearest to a name: failures of the name itself, else of the nearest zone above it. The newest first. */
  nearest(name: Name): FailureSummary[] {
    const groups = [...this.#groups.values()].reverse()
    const own = groups.filter(({ kept }) => kept.some((each) => each.name.equals(name) || each.target.equals(name)))
    if (own.length > 0) return own.map(summaryOf)
    let labels = -1
    for (const { zone } of groups) if (name.isAtOrBelow(zone)) labels = Math.max(labels, zone.labelCount)
    return groups.filter(({ zone }) => zone.labelCount === labels && name.isAtOrBelow(zone)).map(summaryOf)
  }

  /** The group, as the one that failed last. Undefined: there is none, and nothing more is recorded in this second. */
  #groupOf(zone: Name, cause: CauseCode, at: UnixSeconds): Group | undefined {
    const key = keyOf(zone, cause)
    const known = this.#groups.get(key)
    if (known === undefined && !this.#share.isLeft(at)) return undefined
    const group: Group = known ?? {
      zone: ownCopy(zone),
      cause,
      first: at,
      last: at,
      questions: 0,
      share: new SecondShare(MOST_KEPT),
      kept: [],
    }
    if (known === undefined) this.#octets += octetsOfGroup(group)
    else this.#groups.delete(key)
    this.#groups.set(key, group)
    return group
  }

  #add(group: Group, kept: Kept): void {
    group.kept.push(kept)
    this.#count++
    this.#octets += octetsOfKept(kept)
  }

  #drop(group: Group, index: number): void {
    const [gone] = group.kept.splice(index, 1)
    if (gone === undefined) return
    this.#count--
    this.#octets -= octetsOfKept(gone)
  }

  /** What failed longest ago goes. One group always fits. */
  #makeRoom(): void {
    for (const [key, group] of this.#groups) {
      const isShort = this.counts.octets > this.maxOctets
      if (this.#groups.size === 1 || (!isShort && this.#groups.size <= MOST_GROUPS)) return
      while (group.kept.length > 0) this.#drop(group, 0)
      this.#groups.delete(key)
      this.#octets -= octetsOfGroup(group)
    }
  }
}

/** So many in each second. */
class SecondShare {
  readonly #most: number
  #second: UnixSeconds = 0
  #taken = 0

  constructor(most: number) {
    this.#most = most
  }

  isLeft(at: UnixSeconds): boolean {
    return at !== this.#second || this.#taken < this.#most
  }

  take(at: UnixSeconds): boolean {
    if (at !== this.#second) this.#taken = 0
    this.#second = at
    return this.#taken++ < this.#most
  }
}

function keyOf(zone: Name, cause: CauseCode): string {
  return `${cause} ${zone.key}`
}

/** A name may stand in memory that it shares with a whole message. */
function ownCopy(name: Name): Name {
  return Name.fromOctets(name.octets)
}

function octetsOfGroup({ zone }: Group): number {
  return GROUP_OCTETS + 4 * zone.octets.length
}

function octetsOfKept({ name, target, encoded }: Kept): number {
  // The allocator rounds up.
  return KEPT_OCTETS + encoded.length + (encoded.length >>> 5) + 3 * (name.octets.length + target.octets.length)
}

function summaryOf({ zone, cause, questions, first, last, kept }: Group): FailureSummary {
  return {
    zone: zone.toString(),
    cause,
    questions,
    first,
    last,
    kept: kept.toReversed().map(({ name, type, at }) => ({ name: name.toString(), type: typeMnemonic(type), at })),
  }
}
