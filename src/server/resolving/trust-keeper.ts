/**
 * The trust points of a server: taken from its state and its configuration, looked at when they are due, steered by people. Keeps
 * an eye on the clock as well, without which no signature can be judged.
 */
import type { Name } from '../../dns/name/index.ts'
import type { TrustAnchor } from '../../dnssec/index.ts'
import type { Instant, MarkingClock, Random, SteadySeconds, UnixSeconds } from '../../ports/index.ts'
import type { Log } from '../../ports/log.ts'
import type { TrustStore } from '../../store/index.ts'
import {
  type ClockDoubt,
  type Fetched,
  findClockDoubt,
  loadPoint,
  type Need,
  type NegativeAnchor,
  type Observation,
  type StoredTrustPoint,
  showPoint,
  signalName,
  storePoint,
  type TrustEvent,
  type TrustPoint,
  TrustPoints,
  TYPE_NULL,
  type ValidatorSettings,
  type WallAhead,
} from '../../validator/index.ts'
import type { Configuration } from '../configuration/index.ts'

/** How often one looks whether something is due. */
const LOOK_MILLISECONDS = 15_000
/** What happened to a trust point so that what was judged by it is in doubt. */
const DISTRUSTING: ReadonlySet<string> = new Set<TrustEvent['kind']>([
  'key-revoked',
  'key-removed',
  'point-revoked',
  'point-added',
  'point-removed',
  'anchor-added',
  'anchor-removed',
])
/** How often a zone's servers are told which of its keys are trusted (RFC 8145 §5.3). */
const SIGNAL_SECONDS = 86_400

export type TrustKeeperParts = {
  readonly clock: MarkingClock
  readonly random: Random
  readonly log: Log
  readonly states: TrustStore
  readonly settings: ValidatorSettings
  /** Asks for something of the DNS that nobody has validated. */
  readonly fetch: (need: Need, done: (fetched: Fetched) => void) => void
  /** What was judged at and below this name is to be judged anew. */
  readonly distrusted: (name: Name) => void
  /** Times of signatures count again, or no longer. */
  readonly clockDoubtChanged: () => void
}

export class TrustKeeper {
  readonly points: TrustPoints
  readonly #parts: TrustKeeperParts
  #configuration: Configuration['resolver']
  #timer: NodeJS.Timeout | undefined
  #isOpen = false
  readonly #probes = new Map<string, Promise<Observation>>()
  readonly #signalledAt = new Map<string, SteadySeconds>()
  #lastKnown: UnixSeconds | undefined
  /** Something was secure by the time that the wall clock shows since it was last set: that time may be remembered. */
  #isTimeProved = false
  #ahead: WallAhead
  /** Why signatures cannot be judged by their times. */
  clockDoubt: ClockDoubt | undefined

  constructor(parts: TrustKeeperParts, configuration: Configuration['resolver'], anchors: readonly TrustAnchor[]) {
    const { states, clock, log } = parts
    this.#parts = parts
    this.#configuration = configuration
    states.onRemark((text) => log.error({}, text))
    const now = this.#now()
    const ahead = now.wall - now.steady
    this.#ahead = { now: ahead, most: ahead }
    const loaded = states.load()
    for (const remark of loaded.remarks) log.warn({}, remark)
    this.#lastKnown = loaded.lastKnown
    const keeper = {
      save: (point: TrustPoint) => states.save(storePoint(point, this.#ahead), clock.wall()),
      forget: (zone: Name) => states.forget(zone),
      tell: ({ kind, zone, tag, text }: TrustEvent) => {
        const fields = { zone: zone.toString(), event: kind, ...(tag !== undefined && { keyTag: tag }) }
        const isBad = kind === 'probe-failed' || kind === 'point-revoked' || kind === 'key-missing'
        log[isBad ? 'warn' : 'info'](fields, `trust point ${zone}: ${text}`)
        // Before it is open nothing was judged.
        if (this.#isOpen && DISTRUSTING.has(kind)) parts.distrusted(zone)
      },
    }
    const points = loaded.points.map((point) => loadPoint(point, now))
    this.points = new TrustPoints(parts.settings, parts.random, keeper, points)
    for (const anchor of loaded.negative) this.points.negative.set(anchor, now)
    this.configure(configuration, anchors)
    // In one boot time has passed since then: a clock that is behind it was set back meanwhile.
    if (loaded.lastKnownIn !== undefined && loaded.lastKnownIn === clock.mark()?.boot) this.#correctLastKnown(now.wall)
    this.#watchClock()
    this.#isOpen = true
  }

  /** Takes up the settings of trust, and the anchors that they name. */
  configure(configuration: Configuration['resolver'], anchors: readonly TrustAnchor[]): void {
    const before = this.#configuration
    this.#configuration = configuration
    const now = this.#now()
    this.points.configure(anchors, { isManaged: configuration.rfc5011 })
    for (const { name } of before.negativeTrustAnchors) this.points.negative.delete(name)
    for (const { name, until } of configuration.negativeTrustAnchors) this.points.negative.set({ name, until }, now)
  }

  /** Begins to look after what is due. */
  start(): void {
    this.#look()
    this.#timer = setInterval(() => this.#look(), LOOK_MILLISECONDS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const { clock, states, log } = this.#parts
    const now = clock.steady()
    this.#watchClock()
    const { over, forgotten } = this.points.negative.expire(now)
    for (const name of forgotten) states.forgetNegative(name)
    for (const name of over) {
      log.info({ zone: name.toString() }, `the negative trust anchor ${name} is over: it is validated again`)
      this.#parts.distrusted(name)
    }
    if (this.clockDoubt !== undefined) return
    if (this.#isTimeProved) states.noteTime(clock.wall(), clock.mark()?.boot)
    for (const zone of this.points.due(now)) void this.probe(zone)
    if (this.#configuration.trustAnchorSignaling) this.#signal(now)
  }

  /** A clock that is plainly wrong is told once, and so is its end. */
  #watchClock(): void {
    const { clock, log } = this.#parts
    const anchors = this.#anchors()
    const doubt = findClockDoubt(clock.wall(), { lastKnown: this.#lastKnown, anchors })
    const wasDoubted = this.clockDoubt !== undefined
    if (doubt?.kind !== this.clockDoubt?.kind) {
      if (doubt === undefined) log.info({}, 'the clock is right again: signatures are held to their times')
      else {
        const effect = 'until it is set, times of signatures do not count and nothing is told as secure'
        log.error({ reason: doubt.kind }, `${doubt.text}: ${effect}`)
      }
    }
    this.clockDoubt = doubt
    if (this.#isOpen && wasDoubted !== (doubt !== undefined)) this.#parts.clockDoubtChanged()
  }

  #anchors(): TrustAnchor[] {
    return this.points.list().flatMap(({ configured }) => configured)
  }

  #now(): Instant {
    const { clock } = this.#parts
    const steady = clock.steady()
    return { wall: steady + Math.round(clock.ahead()), steady }
  }

  /**
   * The wall clock was set by so many seconds. What is waited for goes on by the steady clock; what is stored is stored again, with
   * the times that the wall clock has for it now.
   */
  wallClockSet(seconds: number): void {
    const { states } = this.#parts
    const now = this.#now()
    const ahead = now.wall - now.steady
    this.#ahead = { now: ahead, most: Math.max(ahead, this.#ahead.most) }
    this.#isTimeProved = false
    if (seconds < 0) this.#correctLastKnown(now.wall)
    for (const point of this.points.list()) states.save(storePoint(point, this.#ahead), now.wall)
    const configured = this.#configuration.negativeTrustAnchors
    for (const anchor of this.points.negative.wallClockSet(now)) {
      if (!configured.some(({ name }) => name.equals(anchor.name))) states.saveNegative(anchor)
    }
    this.#look()
  }

  /** A running machine whose clock is set back had a wrong one before, unless the new time cannot be. */
  #correctLastKnown(wall: UnixSeconds): void {
    const { states, clock } = this.#parts
    if (findClockDoubt(wall, { lastKnown: undefined, anchors: this.#anchors() }) !== undefined) return
    if (this.#lastKnown !== undefined && this.#lastKnown > wall) this.#lastKnown = wall
    states.correctTime(wall, clock.mark()?.boot)
  }

  /** Saves all that is kept of trust: the state can be written again. */
  saveAgain(): Promise<void> {
    const { states, clock } = this.#parts
    for (const point of this.points.list()) states.save(storePoint(point, this.#ahead), clock.wall())
    const configured = this.#configuration.negativeTrustAnchors
    for (const anchor of this.points.negative.list()) {
      if (!configured.some(({ name }) => name.equals(anchor.name))) states.saveNegative(anchor)
    }
    return this.saved()
  }

  /** Resolves when what was changed until now is durable, or the log says that it is not. */
  saved(): Promise<void> {
    return this.#parts.states.saved()
  }

  /** Something is secure by the wall clock as it is set: its time can be. */
  timeProved(): void {
    if (this.clockDoubt === undefined) this.#isTimeProved = true
  }

  /** Trust points with times of the wall clock. */
  shown(): StoredTrustPoint[] {
    return this.points.list().map((point) => showPoint(point, this.#ahead.now))
  }

  /** Which anchors count now, as text. */
  get trusted(): string {
    const { points } = this
    return JSON.stringify(points.list().map(({ zone }) => points.find(zone)))
  }

  /** Looks at the keys of a trust point now (active refresh). Rejects never. */
  probe(zone: Name): Promise<Observation> {
    const running = this.#probes.get(zone.key)
    if (running !== undefined) return running
    const { clock, fetch } = this.#parts
    const work = this.points.probe(zone, { now: () => clock.steady(), validationNow: () => clock.wall() })
    const { promise, resolve } = Promise.withResolvers<Observation>()
    const step = (next: ReturnType<typeof work.next>): void => {
      if (next.done === true) {
        this.#probes.delete(zone.key)
        if (next.value.result === 'verified') this.timeProved()
        resolve(next.value)
      } else fetch(next.value, (fetched) => step(work.next(fetched)))
    }
    this.#probes.set(zone.key, promise)
    step(work.next())
    return promise
  }

  /** Tells the operators of trust points which keys are trusted here, once a day (RFC 8145 §5). */
  #signal(now: SteadySeconds): void {
    for (const { zone } of this.points.list()) {
      const anchors: readonly TrustAnchor[] | undefined = this.points.find(zone)?.anchors
      if (anchors === undefined || now - (this.#signalledAt.get(zone.key) ?? 0) < SIGNAL_SECONDS) continue
      // Not before the zone was reached: whoever is offline has nothing to say.
      if (this.points.get(zone)?.lastSuccess === 0) continue
      this.#signalledAt.set(zone.key, now)
      const name = signalName(zone, anchors)
      if (name !== undefined) this.#parts.fetch({ kind: 'fetch', name, type: TYPE_NULL }, () => {})
    }
  }

  /** Turns validation off at and below a name, until then (RFC 7646). */
  addNegative(anchor: NegativeAnchor): void {
    this.points.negative.set(anchor, this.#now())
    this.#parts.states.saveNegative(anchor)
    this.#parts.distrusted(anchor.name)
  }

  /** False: there was none. */
  removeNegative(name: Name): boolean {
    this.#parts.states.forgetNegative(name)
    const wasThere = this.points.negative.delete(name)
    if (wasThere) this.#parts.distrusted(name)
    return wasThere
  }
}
