/**
 * All trust points of a resolver in one hand: which anchors count for a name, which zones are to be looked at next, and what
 * came of it. Sans-IO: `probe` asks for responses as a validator does, `observe` takes one that came for another reason.
 *
 * Whatever changes is saved before it counts, so that a kill between two steps loses nothing.
 */
import { Name } from '../../dns/name/index.ts'
import { equalOctets } from '../../dns/octets.ts'
import type { SteadySeconds, UnixSeconds } from '../../dns/presentation/index.ts'
import type { Response, RRset, TrustAnchor } from '../../dnssec/index.ts'
import type { Random } from '../../ports/index.ts'
import type { Fetched, Need, Trust, ValidatorSettings } from '../settings.ts'
import { addAnchor, configureAnchors, hasOwner, removeAnchor } from './configure-anchors.ts'
import { tagsOfAnchors } from './key-tag-signals.ts'
import { NegativeAnchors } from './negative-anchors.ts'
import { observeKeys } from './observe-keys.ts'
import { spread } from './probe-times.ts'
import type { TrustEvent, TrustEventKind } from './trust-event.ts'
import { effectiveAnchors, makeTrustPoint, type TrustPoint, tagOf } from './trust-point.ts'

const TYPE_DNSKEY = 48
const CLASS_IN = 1
/** Servers that are asked for keys that verify, in one probe. */
const MAX_ATTEMPTS = 6

/** Where trust points are kept, and who hears of what happens. None of it throws. */
export type TrustKeeper = {
  /** Durable on return, or told elsewhere why not. */
  save(point: TrustPoint): void
  forget(zone: Name): void
  tell(event: TrustEvent): void
}

export type Observation = {
  readonly result: 'verified' | 'all-revoked' | 'failed' | 'no-point'
  /** Another server may have keys that verify. */
  readonly again: boolean
  /** Why it failed, as a sentence. */
  readonly detail: string
}

export type TrustClock = { now(): SteadySeconds; validationNow(): UnixSeconds }

type Found = { readonly zone: Name; readonly anchors: readonly TrustAnchor[] }

/** So many points are looked through faster than the ancestors of a name. */
const FEW = 4

export class TrustPoints implements Trust {
  readonly negative: NegativeAnchors = new NegativeAnchors()
  readonly #settings: ValidatorSettings
  readonly #random: Random
  readonly #keeper: TrustKeeper
  readonly #points = new Map<string, TrustPoint>()
  /** What `find` gives: one object for as long as the anchors are the same. */
  readonly #found = new Map<string, Found>()

  /** `points`: as they were saved. */
  constructor(settings: ValidatorSettings, random: Random, keeper: TrustKeeper, points: Iterable<TrustPoint> = []) {
    this.#settings = settings
    this.#random = random
    this.#keeper = keeper
    for (const point of points) this.#set(point)
  }

  /** The anchors of the nearest trust point at or above the name. A point whose keys are all revoked is as none (RFC 5011 §5). */
  find(name: Name): Found | undefined {
    if (this.#found.size === 0) return undefined
    let nearest: Found | undefined
    if (this.#found.size <= FEW) {
      for (const found of this.#found.values()) {
        const isDeeper = nearest === undefined || found.zone.labelCount > nearest.zone.labelCount
        if (isDeeper && name.isAtOrBelow(found.zone)) nearest = found
      }
      return nearest
    }
    for (let at = name; ; at = at.parent) {
      nearest = this.#found.get(at.key)
      if (nearest !== undefined || at.isRoot) return nearest
    }
  }

  findNegative(name: Name, now: SteadySeconds): Name | undefined {
    return this.negative.find(name, now)
  }

  /** All points, those without effect too, in canonical order of their names. */
  list(): TrustPoint[] {
    return [...this.#points.values()].sort((a, b) => a.zone.compareTo(b.zone))
  }

  get(zone: Name): TrustPoint | undefined {
    return this.#points.get(zone.key)
  }

  /** Key tags of the root's anchors that count, for RFC 8509. */
  rootTags(): number[] {
    return tagsOfAnchors(this.#found.get(Name.root.key)?.anchors ?? [])
  }

  /**
   * Takes the anchors that the configuration names, all at once: points that it names no more go, unless somebody added to
   * them; anchors that it named before and still names stay as the zone has rolled them since.
   */
  configure(anchors: readonly TrustAnchor[], options: { readonly isManaged: boolean } = { isManaged: true }): void {
    const named = new Map<string, { readonly zone: Name; readonly own: TrustAnchor[] }>()
    for (const { zone } of this.#points.values()) named.set(zone.key, { zone, own: [] })
    for (const anchor of anchors) {
      const known = named.get(anchor.zone.key)
      if (known === undefined) named.set(anchor.zone.key, { zone: anchor.zone, own: [anchor] })
      else known.own.push(anchor)
    }
    for (const { zone, own } of named.values()) {
      const before = this.get(zone)
      const point = before ?? makeTrustPoint(zone)
      if (before?.configured.length === 0 && own.length === 0) continue
      const after = configureAnchors(point, own, options.isManaged, this.#settings.isSupported)
      if (after !== before) this.#replace(before, after)
    }
  }

  /** Trusts an anchor from now on, whatever the configuration says. False: its key was revoked, and nothing changed. */
  add(anchor: TrustAnchor): boolean {
    const before = this.get(anchor.zone)
    const point = before ?? makeTrustPoint(anchor.zone)
    const after = addAnchor(point, anchor, 'added', this.#settings.isSupported)
    if (after === point) return false
    this.#replace(before, after)
    this.#tell('anchor-added', anchor.zone, tagOf(anchor), `key ${tagOf(anchor)} is trusted by hand`)
    return true
  }

  /** Takes one anchor away, or all that is known of a zone. False: there was none. */
  remove(zone: Name, anchor?: TrustAnchor): boolean {
    const before = this.get(zone)
    if (before === undefined) return false
    const after = anchor === undefined ? makeTrustPoint(zone) : removeAnchor(before, anchor)
    if (anchor !== undefined && after.anchors.length === before.anchors.length) return false
    this.#replace(before, after.anchors.length === 0 ? makeTrustPoint(zone) : after)
    if (anchor !== undefined)
      this.#tell('anchor-removed', zone, tagOf(anchor), `key ${tagOf(anchor)} is not trusted any more`)
    return true
  }

  /** Zones whose keys are to be looked at now. */
  due(now: SteadySeconds): Name[] {
    const due: Name[] = []
    for (const point of this.#points.values()) if (isFollowed(point) && point.nextProbe <= now) due.push(point.zone)
    return due
  }

  /** When the next zone is due; undefined: never. */
  nextProbeAt(): SteadySeconds | undefined {
    let next: SteadySeconds | undefined
    for (const point of this.#points.values()) {
      if (isFollowed(point) && (next === undefined || point.nextProbe < next)) next = point.nextProbe
    }
    return next
  }

  /** Whether the point's zone is to be looked at before its anchors are used: it never was. */
  needsPriming(zone: Name): boolean {
    const point = this.get(zone)
    return point !== undefined && isFollowed(point) && point.lastSuccess === 0
  }

  /**
   * Looks at the keys of a zone (RFC 5011 §2.3), at other servers too when they do not verify. While it runs the zone is not due.
   * Also what an administrator asks for at any time (active refresh). Of several failures the one that says most is reported: keys
   * that do not verify, then a response without keys, then that no server answered.
   */
  *probe(zone: Name, clock: TrustClock): Generator<Need, Observation, Fetched> {
    const point = this.get(zone)
    if (point === undefined || !isFollowed(point)) return NO_POINT
    this.#set({ ...point, nextProbe: Math.floor(clock.now()) + this.#spread(point.retrySeconds) })
    let need: Need = { kind: 'fetch', name: zone, type: TYPE_DNSKEY }
    let failed: Observation | undefined
    let hadKeys = false
    for (let attempt = 1; ; attempt++) {
      const fetched: Fetched = yield need
      const isAnswer = !('kind' in fetched)
      const hasKeys = isAnswer && findKeys(fetched, zone) !== undefined
      const isTelling = hasKeys || (isAnswer && !hadKeys)
      const observation: Observation =
        failed === undefined || isTelling ? this.observe(zone, fetched, clock.now(), clock.validationNow()) : failed
      if (!isAnswer || !observation.again || attempt === MAX_ATTEMPTS) return observation
      failed = observation
      hadKeys ||= hasKeys
      need = { kind: 'fetch', name: zone, type: TYPE_DNSKEY, again: fetched }
    }
  }

  /**
   * Takes the answer to a question for the DNSKEY records of a trust point's zone, whoever asked. `at`: the time that signatures
   * are held to.
   */
  observe(zone: Name, fetched: Fetched, time: SteadySeconds, at: UnixSeconds): Observation {
    const now = Math.floor(time)
    const point = this.get(zone)
    if (point === undefined || !isFollowed(point)) return NO_POINT
    if ('kind' in fetched) return this.#unanswered(point, now, fetched.text, false)
    const rrset = findKeys(fetched, zone)
    if (rrset === undefined) return this.#unanswered(point, now, `no keys came (RCODE ${fetched.rcode})`, true)
    const seen = observeKeys(point, rrset, now, at, this.#settings)
    if (seen.kind === 'unverified') return this.#failed(seen.point, now, seen.detail, seen.events)
    const isRecovery = point.failures > 0
    const isEnd = seen.kind === 'all-revoked'
    const lastResult = isEnd ? 'all its keys are revoked' : 'its keys verify'
    const nextProbe = isEnd ? 0 : now + this.#spread(seen.point.querySeconds)
    const after: TrustPoint = { ...seen.point, lastQueried: now, lastSuccess: now, failures: 0, nextProbe, lastResult }
    this.#save(after)
    for (const event of seen.events) this.#keeper.tell(event)
    if (isRecovery) this.#tell('probe-recovered', zone, undefined, 'its keys verify again')
    return { result: seen.kind, again: false, detail: '' }
  }

  /** Nothing was learned: it is remembered until a restart, but not saved, and does not count as a failure of the keys. */
  #unanswered(point: TrustPoint, now: SteadySeconds, detail: string, again: boolean): Observation {
    const lastResult = `its keys could not be fetched: ${detail}`
    this.#set({ ...point, lastQueried: now, nextProbe: this.#retryAt(point, now), lastResult })
    if (lastResult !== point.lastResult) this.#tell('probe-failed', point.zone, undefined, lastResult)
    return { result: 'failed', again, detail }
  }

  #failed(point: TrustPoint, now: SteadySeconds, detail: string, events: readonly TrustEvent[]): Observation {
    const lastResult = `its keys do not verify: ${detail}`
    // Before the first success there is nothing to compare with: the anchors stay as they were configured.
    const failures = point.failures + (point.lastSuccess === 0 ? 0 : 1)
    const after = { ...point, lastQueried: now, nextProbe: this.#retryAt(point, now), failures, lastResult }
    if (point.lastSuccess > 0 || events.length > 0) this.#save(after)
    else this.#set(after)
    for (const event of events) this.#keeper.tell(event)
    if (lastResult !== point.lastResult) this.#tell('probe-failed', point.zone, undefined, lastResult)
    return { result: 'failed', again: true, detail }
  }

  /** A failure brings the next look forward; more of them do not put it off. */
  #retryAt(point: TrustPoint, now: SteadySeconds): SteadySeconds {
    const soon = now + this.#spread(point.retrySeconds)
    return point.nextProbe > now ? Math.min(point.nextProbe, soon) : soon
  }

  #spread(seconds: number): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#random.bytes(4)
    return spread(seconds, ((a << 24) | (b << 16) | (c << 8) | d) >>> 0)
  }

  /** A point of which nothing is left but what the zone said by itself is gone, and so is one without anchors, unless it has revoked keys. */
  #replace(before: TrustPoint | undefined, after: TrustPoint): void {
    const { zone } = after
    if (after.anchors.length + after.revokedKeys.length > 0 && hasOwner(after)) {
      this.#save(after)
      if (before === undefined) this.#tell('point-added', zone, undefined, 'it is a trust point now')
      return
    }
    if (before === undefined) return
    this.#keeper.forget(zone)
    this.#points.delete(zone.key)
    this.#found.delete(zone.key)
    this.#tell('point-removed', zone, undefined, 'it is no trust point any more')
  }

  #save(point: TrustPoint): void {
    this.#keeper.save(point)
    this.#set(point)
  }

  #set(point: TrustPoint): void {
    const { key } = point.zone
    const before = this.#points.get(key)
    this.#points.set(key, point)
    if (before !== undefined && before.anchors === point.anchors && before.isRevoked === point.isRevoked) return
    const anchors = effectiveAnchors(point)
    const known = this.#found.get(key)
    if (anchors.length === 0) this.#found.delete(key)
    else if (known === undefined || !areSame(known.anchors, anchors))
      this.#found.set(key, { zone: point.zone, anchors })
  }

  #tell(kind: TrustEventKind, zone: Name, tag: number | undefined, text: string): void {
    this.#keeper.tell({ kind, zone, tag, text })
  }
}

const NO_POINT: Observation = {
  result: 'no-point',
  again: false,
  detail: 'it is no trust point whose keys are followed',
}

function findKeys({ answer }: Response, zone: Name): RRset | undefined {
  return answer.find(
    (set) => set.type === TYPE_DNSKEY && set.class === CLASS_IN && set.owner.equals(zone) && set.rdatas.length > 0,
  )
}

function isFollowed(point: TrustPoint): boolean {
  return point.isManaged && !point.isRevoked
}

function areSame(before: readonly TrustAnchor[], after: readonly TrustAnchor[]): boolean {
  return (
    before.length === after.length &&
    before.every(({ kind, rdata, validFrom, validUntil }, i) => {
      const other = after[i]
      if (other?.kind !== kind || !equalOctets(other.rdata, rdata)) return false
      return other.validFrom === validFrom && other.validUntil === validUntil
    })
  )
}
