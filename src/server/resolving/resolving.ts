/**
 * The resolver of a server with all that it stands on: network, caches, trust points, the answer cache of the data plane. A reload
 * makes a new resolver over the same caches; what was asked of the old one is answered by it.
 */
import type { AnswerCacheWriter, AnsweringSettings, ReadyAnswer } from '../../authority/index.ts'
import { Name } from '../../dns/name/index.ts'
import { DNSKEY, DS } from '../../dns/rr/index.ts'
import type { ControlClock, Random } from '../../ports/index.ts'
import {
  Caches,
  ErrorReports,
  Resolver,
  type ResolverSettings,
  type RoutedZone,
  SpecialNames,
} from '../../resolver/index.ts'
import type { TrustStore } from '../../store/index.ts'
import { type NativeSockets, NetworkUpstream } from '../../transport/index.ts'
import { KeyCache, Validator, type ValidatorSettings } from '../../validator/index.ts'
import { type Configuration, isSameSetting } from '../configuration/index.ts'
import type { Logs } from '../logs.ts'
import type { ServedImage } from '../served-image.ts'
import { ConfiguredServers } from './configured-servers.ts'
import { FailureLog } from './failure-log.ts'
import { FlightRecorder } from './flight-recorder.ts'
import { outlookOf } from './outlook.ts'
import { Outstanding } from './outstanding.ts'
import { OwnAnswers } from './own-answers.ts'
import { OwnServer } from './own-server.ts'
import { rehearse } from './rehearsal.ts'
import { RemovalLog } from './removal-log.ts'
import { ResolverCounters } from './resolver-counters.ts'
import { type ResolverFiles, readResolverFiles } from './resolver-files.ts'
import { cachesSettingsOf, validatorSettingsOf } from './resolver-settings.ts'
import { type ClientQuestion, ResolvingDesk } from './resolving-desk.ts'
import { Settling } from './settling.ts'
import { TrustKeeper } from './trust-keeper.ts'

const SECRET_OCTETS = 16
const KEY_TYPES: ReadonlySet<number> = new Set([DS.number, DNSKEY.number])
const REHEARSAL_MILLISECONDS = 700

export type ResolvingParts = Pick<Logs, 'log' | 'requestLog'> & {
  readonly image: ServedImage
  readonly clock: ControlClock
  readonly random: Random
  readonly states: TrustStore
  readonly answers: AnswerCacheWriter
  readonly native: NativeSockets | undefined
  readonly answering: AnsweringSettings
  /** The nearest zone at or above a name that this server answers for. */
  readonly ownZone: (name: Name) => Name | undefined
  /** A copy of the root zone, where there is one. */
  readonly localRoot: { readonly image: ServedImage; readonly isServing: boolean } | undefined
}

export class Resolving {
  readonly #parts: ResolvingParts
  readonly #upstream: NetworkUpstream
  readonly #own: OwnServer
  readonly #desk: ResolvingDesk
  readonly #ownAnswers: OwnAnswers
  readonly #reports = new ErrorReports()
  readonly #removals: RemovalLog
  readonly #settling = new Settling((name) => this.#forgetBelow(name))
  /** How far the wall clock was ahead when this was made. */
  readonly #aheadAtFirst: number
  #endJumps = (): void => {}
  #era = 0
  readonly #outstanding: Outstanding
  #validation: ValidatorSettings
  /** As of the last reload: its files are not read again in between, when they may be missing. */
  #settings: ResolverSettings
  #resolver: Resolver
  #configuration: Configuration
  keys = new KeyCache()
  caches: Caches
  /** Undefined: it is switched off. */
  recorder: FlightRecorder | undefined
  readonly trust: TrustKeeper
  readonly counters = new ResolverCounters()
  readonly failures: FailureLog
  readonly servers: ConfiguredServers

  /** Throws DnsError when a file that the configuration names cannot be used. */
  constructor(parts: ResolvingParts, configuration: Configuration) {
    const { image, clock, log, random, states } = parts
    const { resolver } = configuration
    this.#parts = parts
    this.#removals = new RemovalLog(log)
    this.#configuration = configuration
    this.#validation = validatorSettingsOf(resolver.validation)
    const files = readResolverFiles(configuration)
    this.#settings = files.settings
    this.failures = new FailureLog(log)
    this.servers = new ConfiguredServers(log, () => clock.steady())
    this.#aheadAtFirst = clock.ahead()
    this.caches = new Caches(cachesSettingsOf(configuration, random.bytes(SECRET_OCTETS)))
    this.recorder = FlightRecorder.of(configuration)
    this.trust = new TrustKeeper(
      {
        clock,
        random,
        log,
        states,
        settings: this.#validation,
        fetch: (need, done) => this.#resolver.fetch(need, done),
        distrusted: (name) => this.#distrust(name),
        clockDoubtChanged: () => this.#beginEra(),
      },
      resolver,
      files.anchors,
    )
    const report = (text: string): void => log.warn({}, text)
    this.#upstream = new NetworkUpstream({ poolSize: resolver.socketPoolSize, report }, parts.native)
    const imageOf = (name: Name): ServedImage =>
      parts.localRoot !== undefined && parts.ownZone(name) === undefined ? parts.localRoot.image : image
    this.#own = new OwnServer(this.#upstream, imageOf, clock, parts.answering, (error) => this.#fault(error))
    this.#ownAnswers = new OwnAnswers(parts.answers)
    this.#outstanding = new Outstanding(resolver.maxOutstanding, resolver.maxOutstandingPerClient)
    this.#resolver = this.#makeResolver()
    const { counters } = this
    this.#desk = new ResolvingDesk(
      {
        clock,
        answers: parts.answers,
        own: this.#ownAnswers,
        ownZone: parts.ownZone,
        outstanding: this.#outstanding,
        counters,
        failures: this.failures,
        proved: () => this.trust.timeProved(),
      },
      this.#deskSettings(),
    )
  }

  /** Goes over its way once (`rehearsal.ts`), and looks after the trust points from now on. */
  async start(): Promise<void> {
    await rehearse(this.#settings, this.#validatorSettings(), REHEARSAL_MILLISECONDS)
    this.trust.start()
    this.#endJumps = this.#parts.clock.onJump((seconds) => this.#wallClockSet(seconds), this.#aheadAtFirst)
  }

  stop(): void {
    this.trust.stop()
    this.#settling.stop()
    this.#endJumps()
    this.#upstream.close()
    for (const log of [this.failures, this.#removals]) log.endMinute()
  }

  /** Answers a question that no zone here has, at once or later. */
  answer(question: ClientQuestion, done: (ready: ReadyAnswer) => void): void {
    this.#parts.clock.look()
    this.#desk.answer(question, done)
  }

  /** Takes up changed settings, with the content of the files that they name. */
  reconfigure(configuration: Configuration, files: ResolverFiles): void {
    const before = this.#configuration
    const { resolver } = configuration
    this.#configuration = configuration
    this.#validation = validatorSettingsOf(resolver.validation)
    this.#settings = files.settings
    const trusted = this.trust.trusted
    this.trust.configure(resolver, files.anchors)
    if (!isSameSetting(before.resolver.flightRecorder, resolver.flightRecorder))
      this.recorder = FlightRecorder.of(configuration)
    this.#replaceResolver()
    this.#outstanding.configure(resolver.maxOutstanding, resolver.maxOutstandingPerClient)
    // What is kept may have been found and judged by other settings.
    if (!isSameSetting(outlookOf(before), outlookOf(configuration)) || trusted !== this.trust.trusted) this.forgetAll()
  }

  /** Forgets a name, one type of it, or it and all below it. Returns how many entries went. */
  flush(name: Name, options: { readonly type?: number; readonly isSubtree?: boolean } = {}): number {
    const { type, isSubtree } = options
    const { answers } = this.#parts
    const ready = isSubtree === true ? answers.removeSubtree(name) : answers.remove(name, type)
    // Others may have been made of what goes: they do not say.
    answers.clear()
    if (type === undefined || KEY_TYPES.has(type)) this.#renew(name)
    const count = isSubtree === true ? this.caches.flushSubtree(name) : this.caches.flush(name, type)
    return Math.max(count, ready)
  }

  /** A zone of this server has a new version. */
  zoneChanged(zone: Name): void {
    this.#ownAnswers.changed(zone)
  }

  /** A zone came to this server, or went. */
  zoneCameOrWent(zone: Name): void {
    this.#forgetBelow(zone)
  }

  forgetAll(): void {
    this.#distrust(Name.root)
  }

  #wallClockSet(seconds: number): void {
    this.counters.counts.clockJumps++
    const step = seconds > 0 ? `+${seconds}` : `${seconds}`
    this.#parts.log.warn({ seconds }, `the wall clock moved by ${step} s: cached verdicts are judged again`)
    this.#beginEra()
    this.trust.wallClockSet(seconds)
  }

  /**
   * The time that signatures are held to is another: nothing that was judged before counts. What is under way keeps the old
   * caches to itself, and its clients wait until their questions are resolved again.
   */
  #beginEra(): void {
    this.#era++
    this.keys = new KeyCache()
    this.caches = this.caches.replaced()
    this.#replaceResolver()
    this.#parts.answers.clear()
  }

  /** Forgets what was judged at and below a name; what is on its way there will have been judged anew, or is forgotten in the end. */
  #distrust(name: Name): void {
    const old = this.#resolver
    this.#renew(name)
    this.#forgetBelow(name)
    this.#settling.begin(old, name)
  }

  #forgetBelow(name: Name): void {
    if (name.isRoot) this.caches.clear()
    else this.caches.flushSubtree(name)
    this.#parts.answers.clear()
  }

  *dump(): Generator<string> {
    yield* this.caches.dump(this.#parts.clock.steady())
  }

  /** The zones whose names go to servers that the configuration names. */
  get routed(): readonly RoutedZone[] {
    return this.#resolver.settings.routed
  }

  get settings(): Configuration['resolver'] {
    return this.#configuration.resolver
  }

  get answers(): AnswerCacheWriter {
    return this.#parts.answers
  }

  get outstanding(): number {
    return this.#outstanding.count
  }

  get network(): Pick<NetworkUpstream, 'counters' | 'gauges'> {
    return this.#upstream
  }

  /** Forgets the keys at and below a name. Who is on the way with them keeps them to itself. */
  #renew(name: Name): void {
    const kept = new KeyCache()
    for (const trust of this.keys) if (!trust.zone.isAtOrBelow(name)) kept.add(trust)
    this.keys = kept
    this.#replaceResolver()
  }

  #replaceResolver(): void {
    this.#resolver = this.#makeResolver()
    this.#desk.settings = this.#deskSettings()
  }

  /** While the clock is in doubt, times prove nothing; the desk sees to it that nobody hears of it as secure. */
  #validatorSettings(): ValidatorSettings {
    const { trust } = this
    return {
      ...this.#validation,
      get ignoreTimes() {
        return trust.clockDoubt !== undefined
      },
    }
  }

  #makeResolver(): Resolver {
    const { clock, random, ownZone, localRoot } = this.#parts
    const { trust } = this
    const settings = this.#settings
    const validation = this.#validatorSettings()
    this.servers.configure(settings.routed)
    return new Resolver({
      settings,
      upstream: this.#own,
      timers: this.#upstream.timers,
      random,
      clock: {
        now: () => clock.steady(),
        validationNow: () => clock.wall(),
        milliseconds: () => clock.milliseconds(),
      },
      afterOthers: (call) => setImmediate(call),
      caches: this.caches,
      validator: new Validator({ settings: validation, trust: trust.points, keys: this.keys }),
      ownZone: (name) => ownZone(name) ?? (localRoot?.isServing === true ? Name.root : undefined),
      // A key that its zone revokes is trusted no more from this answer on (RFC 5011 §2.1).
      onKeys: (zone, response) => {
        if (trust.clockDoubt === undefined && trust.points.get(zone) !== undefined)
          trust.points.observe(zone, response, clock.steady(), clock.wall())
      },
      ...(this.#configuration.resolver.errorReporting && { reports: this.#reports }),
      watch: this.servers,
      exchanges: this.recorder?.ring,
      isOwnWord: (zone) => ownZone(zone)?.equals(zone) === true,
      onRemovedAddress: (removed) => {
        this.counters.counts.removedAddresses++
        this.#removals.saw(removed, clock.steady())
      },
      onFault: (error) => this.#fault(error),
    })
  }

  #deskSettings() {
    const { resolver, zones } = this.#configuration
    const { trust } = this
    const { emptyZones, specialNames, rootKeySentinel, prefetch, errorReporting } = resolver
    const configured = [...zones.map(({ name }) => name), ...trust.points.list().map(({ zone }) => zone)]
    return {
      resolver: this.#resolver,
      special: new SpecialNames({ uses: specialNames, emptyZones }, configured),
      prefetch,
      reports: errorReporting ? this.#reports : undefined,
      sentinelTags: rootKeySentinel ? () => trust.points.rootTags() : undefined,
      isClockDoubted: () => trust.clockDoubt !== undefined,
      recorder: this.recorder,
      era: this.#era,
    }
  }

  #fault(error: unknown): void {
    this.#parts.requestLog.error({ error }, 'a question was not resolved for an error of this program')
  }
}
