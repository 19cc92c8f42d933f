/**
 * The trust points of a server: taken from its state and its configuration, looked at when they are due, steered by people. Keeps
 * an eye on the clock as well, without which no signature can be judged.
 */
import type { Name } from '../../dns/name/index.ts'
import type { TrustAnchor } from '../../dnssec/index.ts'
import type { Clock, Random, UnixSeconds } from '../../ports/index.ts'
import type { Log } from '../../ports/log.ts'
import { readAnchorFile, type TrustStates } from '../../store/index.ts'
import {
  type ClockDoubt,
  type Fetched,
  findClockDoubt,
  type Need,
  type NegativeAnchor,
  type Observation,
  ROOT_ANCHORS,
  signalName,
  type TrustEvent,
  TrustPoints,
  TYPE_NULL,
  type ValidatorSettings,
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
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly states: TrustStates
  readonly settings: ValidatorSettings
  /** Asks for something of the DNS that nobody has validated. */
  readonly fetch: (need: Need, done: (fetched: Fetched) => void) => void
  /** What was judged at and below this name is to be judged anew. */
  readonly distrusted: (name: Name) => void
}

export class TrustKeeper {
  readonly points: TrustPoints
  readonly #parts: TrustKeeperParts
  #configuration: Configuration['resolver']
  #timer: NodeJS.Timeout | undefined
  #isOpen = false
  readonly #probes = new Map<string, Promise<Observation>>()
  readonly #signalledAt = new Map<string, UnixSeconds>()
  readonly #lastKnown: UnixSeconds | undefined
  /** Why signatures cannot be judged by their times. */
  clockDoubt: ClockDoubt | undefined

  /** Throws DnsError for a file of anchors that cannot be used. */
  constructor(parts: TrustKeeperParts, configuration: Configuration['resolver']) {
    const { states, clock, log } = parts
    this.#parts = parts
    this.#configuration = configuration
    states.onRemark((text) => log.error({}, text))
    const loaded = states.load()
    for (const remark of loaded.remarks) log.warn({}, remark)
    this.#lastKnown = loaded.lastKnown
    const keeper = {
      save: (point: Parameters<TrustStates['save']>[0]) => states.save(point, clock.now()),
      forget: (zone: Name) => states.forget(zone),
      tell: ({ kind, zone, tag, text }: TrustEvent) => {
        const fields = { zone: zone.toString(), event: kind, ...(tag !== undefined && { keyTag: tag }) }
        const isBad = kind === 'probe-failed' || kind === 'point-revoked' || kind === 'key-missing'
        log[isBad ? 'warn' : 'info'](fields, `trust point ${zone}: ${text}`)
        // Before it is open nothing was judged.
        if (this.#isOpen && DISTRUSTING.has(kind)) parts.distrusted(zone)
      },
    }
    this.points = new TrustPoints(parts.settings, parts.random, keeper, loaded.points)
    for (const anchor of loaded.negative) this.points.negative.set(anchor)
    this.configure(configuration)
    this.#watchClock()
    this.#isOpen = true
  }

  /** Takes up the anchors that the configuration names. Throws DnsError, before anything changed, when one cannot be read. */
  configure(configuration: Configuration['resolver']): void {
    const anchors = readAnchors(configuration)
    const before = this.#configuration
    this.#configuration = configuration
    this.points.configure(anchors, { isManaged: configuration.rfc5011 })
    for (const { name } of before.negativeTrustAnchors) this.points.negative.delete(name)
    for (const { name, until } of configuration.negativeTrustAnchors) this.points.negative.set({ name, until })
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
    const now = clock.now()
    this.#watchClock()
    for (const name of this.points.negative.expire(now)) {
      states.forgetNegative(name)
      log.info({ zone: name.toString() }, `the negative trust anchor ${name} is over: it is validated again`)
      this.#parts.distrusted(name)
    }
    if (this.clockDoubt !== undefined) return
    states.noteTime(now)
    for (const zone of this.points.due(now)) void this.probe(zone)
    if (this.#configuration.trustAnchorSignaling) this.#signal(now)
  }

  /** A clock that is plainly wrong is told once, and so is its end. */
  #watchClock(): void {
    const { clock, log } = this.#parts
    const anchors = this.points.list().flatMap(({ configured }) => configured)
    const doubt = findClockDoubt(clock.now(), { lastKnown: this.#lastKnown, anchors })
    if (doubt?.kind !== this.clockDoubt?.kind) {
      if (doubt === undefined) log.info({}, 'the clock is right again: signatures are held to their times')
      else {
        const effect = 'until it is set, times of signatures do not count and nothing is told as secure'
        log.error({ reason: doubt.kind }, `${doubt.text}: ${effect}`)
      }
    }
    this.clockDoubt = doubt
  }

  /** Looks at the keys of a trust point now (active refresh). Rejects never. */
  probe(zone: Name): Promise<Observation> {
    const running = this.#probes.get(zone.key)
    if (running !== undefined) return running
    const { clock, fetch } = this.#parts
    const now = () => clock.now()
    const work = this.points.probe(zone, { now, validationNow: now })
    const { promise, resolve } = Promise.withResolvers<Observation>()
    const step = (next: ReturnType<typeof work.next>): void => {
      if (next.done === true) {
        this.#probes.delete(zone.key)
        resolve(next.value)
      } else fetch(next.value, (fetched) => step(work.next(fetched)))
    }
    this.#probes.set(zone.key, promise)
    step(work.next())
    return promise
  }

  /** Tells the operators of trust points which keys are trusted here, once a day (RFC 8145 §5). */
  #signal(now: UnixSeconds): void {
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
    this.points.negative.set(anchor)
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

/** What the configuration names; the built-in anchors of the root unless it names others for it. */
function readAnchors({ trustAnchors, rootTrustAnchors }: Configuration['resolver']): TrustAnchor[] {
  const anchors = trustAnchors.flatMap((path) => readAnchorFile(path))
  const hasRoot = anchors.some(({ zone }) => zone.isRoot)
  return hasRoot || !rootTrustAnchors ? anchors : [...anchors, ...ROOT_ANCHORS]
}
