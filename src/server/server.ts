/**
 * The server in one piece: configuration, zones, what listens, what is seen of it. The control thread runs it; the data plane
 * answers beside it.
 *
 *     open     sockets bound → rights given up → state opened
 *     start    zones loaded → workers answer → ready; what comes before waits
 *     reload   configuration read and compared → zones added, changed, removed → files that changed are read
 *     stop     nothing new is accepted → what was begun is finished → state closed
 */
import {
  allocateCounters,
  type CounterBlock,
  clearZoneCounters,
  EVENT,
  makeResponder,
  QueryCounters,
  type Responder,
} from '../authority/index.ts'
import type { SystemClock } from '../clock/index.ts'
import type { Answer, Peer, Random, UnixSeconds } from '../ports/index.ts'
import { readTextFile } from '../store/index.ts'
import { StoreThread, VersionWorkers } from '../threads/index.ts'
import { loadNative, type NativeSockets, NetworkExchange } from '../transport/index.ts'
import { type TsigKeys, TsigReplays } from '../tsig/index.ts'
import { Answering } from './answering.ts'
import type { Configuration } from './configuration/index.ts'
import { changeAll, compareConfigurations, readConfiguration } from './configuration/index.ts'
import { remarkOn } from './configuration-remarks.ts'
import type { ReloadOutcome } from './control.ts'
import type { World } from './hosted-zone.ts'
import { Listeners } from './listeners.ts'
import { LocalRoot } from './local-root.ts'
import type { ServerLog } from './log.ts'
import { type Logs, makeLogs } from './logs.ts'
import { makeQueryService } from './queries/make-query-service.ts'
import type { QueryService } from './queries/query-service.ts'
import { TsigAuthenticator } from './queries/tsig-authenticator.ts'
import { type QueryTap, QueryWatch, seenQuery } from './query-watch.ts'
import { releaseMemory } from './release-memory.ts'
import { refuseReload, tellReload } from './reload-outcome.ts'
import { type ResolverFiles, Resolving, readResolverFiles } from './resolving/index.ts'
import { ServedImage } from './served-image.ts'
import { SharedRun } from './shared-run.ts'
import { StateWatch } from './state-watch.ts'
import { TransferCounters } from './transfer-counters.ts'
import { TransferMemory } from './transfer-memory.ts'
import { findKey, readTsigKeys } from './tsig-keys.ts'
import { TurnWatch } from './turn-watch.ts'
import { ZoneChanges } from './zones/zone-changes.ts'
import { Zones } from './zones.ts'

/** Most octets of a configuration. */
const MAX_TEXT = 64 << 20

export type ServerParts = {
  readonly configuration: Configuration
  readonly configurationFile: string
  readonly log: ServerLog
  readonly clock: SystemClock
  readonly random: Random
  /** Of this program. */
  readonly version: string
  /** Where queries are shown beside the log. */
  readonly tap?: QueryTap
}

export class Server {
  readonly #parts: ServerParts
  readonly #log: ServerLog
  readonly #logs: Logs
  readonly image: ServedImage
  readonly turns: TurnWatch
  readonly transfers = new TransferCounters()
  readonly transferMemory = new TransferMemory(() => this.#configuration.transfers.maxMemory)
  readonly replays = new TsigReplays()
  readonly zones: Zones
  readonly listeners: Listeners
  readonly state: StoreThread
  readonly startedAt: UnixSeconds
  configuredAt: UnixSeconds
  phase: 'starting' | 'serving' | 'stopping' = 'starting'
  #configuration: Configuration
  #keys: TsigKeys
  readonly #answering: Answering
  readonly #queries: QueryService
  readonly #localRoot: LocalRoot | undefined
  readonly #stateWatch: StateWatch
  /** If the configuration has one. */
  readonly resolving: Resolving | undefined
  /** The query log, and the tap. */
  readonly watch: QueryWatch
  #responder: Responder
  /** What the control thread itself counts. */
  readonly counters = allocateCounters()
  readonly #ownCounters = new QueryCounters(this.counters)
  #timers: NodeJS.Timeout[] = []
  readonly #versions = new VersionWorkers()
  readonly #reloads = new SharedRun(() => this.#reload())

  /** Binds all addresses, calls `dropRights`, and opens the state. Throws DnsError. */
  static async open(parts: ServerParts, dropRights: () => void = () => {}): Promise<Server> {
    const image = new ServedImage()
    const answering = new Answering(parts.random)
    const logs = makeLogs(parts.log)
    let server: Server | undefined
    const listeners = new Listeners({
      image,
      clock: parts.clock,
      ...logs,
      seen: (copy, local) => server?.watch.saw(seenQuery(copy, local)),
      refresh: (query) => server?.refresh(query),
      unsent: (count) => server?.countUnsent(count),
    })
    try {
      await listeners.bind(parts.configuration, answering.settings(parts.configuration))
      dropRights()
      const state = await StoreThread.open(parts.configuration.data, parts.clock.wall())
      try {
        server = new Server(parts, { image, answering, logs, listeners, state, native: await loadNative() })
      } catch (error) {
        await state.close()
        throw error
      }
      return server
    } catch (error) {
      await listeners.close()
      throw error
    }
  }

  private constructor(parts: ServerParts, { image, answering, logs, listeners, state, native }: Opened) {
    this.#parts = parts
    this.#log = parts.log
    this.#logs = logs
    this.turns = new TurnWatch(parts.log)
    this.image = image
    this.listeners = listeners
    this.state = state
    this.#configuration = parts.configuration
    this.startedAt = this.configuredAt = parts.clock.wall()
    this.#keys = readTsigKeys(parts.configuration)
    this.#answering = answering
    this.#responder = this.#makeResponder()
    this.watch = new QueryWatch({ image, clock: parts.clock, log: parts.log, tap: parts.tap, source: listeners.copies })
    image.brokeOff = (readings) =>
      parts.log.warn(
        { readings },
        'zones changed so much that readings of old versions were broken off: slow transfers begin again',
      )
    image.slotFreed = (slot) => clearZoneCounters(this.countedBlocks, slot)
    const world: World = {
      image: this.image,
      state,
      changes: new ZoneChanges(this.image, state, this.turns),
      turns: this.turns,
      versions: this.#versions,
      exchange: new NetworkExchange({ connectSeconds: parts.configuration.transfers.connectSeconds }),
      clock: parts.clock,
      random: parts.random,
      ...logs,
      transfers: this.transfers,
      transferMemory: this.transferMemory,
      configuration: () => this.#configuration,
      key: (name) => findKey(this.#keys, name),
      changed: (zone) => {
        this.resolving?.zoneChanged(zone.name)
        this.zones.changed(zone)
      },
    }
    this.zones = new Zones(world, (name) => this.resolving?.zoneCameOrWent(name))
    const { replays } = this
    const { requestLog } = logs
    this.#queries = makeQueryService(world, {
      authenticator: new TsigAuthenticator({ clock: parts.clock, requestLog, replays, keys: () => this.#keys }),
      counters: this.#ownCounters,
      responder: () => this.#responder,
      zone: (name) => this.zones.find(name),
      resolving: () => this.resolving,
    })
    const { resolver } = parts.configuration
    if (resolver.enabled && resolver.localRoot.enabled && resolver.mode === 'recursive')
      this.#localRoot = new LocalRoot(world, resolver.localRoot)
    this.resolving = this.#makeResolving(native)
    this.#stateWatch = new StateWatch({ state, clock: parts.clock, log: parts.log }, () => this.#saveAgain())
  }

  get configuration(): Configuration {
    return this.#configuration
  }

  get configurationFile(): string {
    return this.#parts.configurationFile
  }

  get version(): string {
    return this.#parts.version
  }

  get clock(): SystemClock {
    return this.#parts.clock
  }

  get log(): ServerLog {
    return this.#log
  }

  /** The blocks of all threads that count. */
  get countedBlocks(): readonly CounterBlock[] {
    return [...this.listeners.counters, this.counters]
  }

  /** Loads all zones and answers. Throws DnsError. */
  async start(): Promise<void> {
    for (const remark of this.state.remarks) this.#log.warn({}, remark)
    remarkOn(this.configurationFile, this.#configuration, this.#log)
    await this.zones.start(this.#configuration.zones)
    await this.#localRoot?.start()
    await releaseMemory()
    this.watch.configure(this.#configuration)
    await this.listeners.serve((message, peer) => this.#answer(message, peer))
    await this.resolving?.start()
    this.phase = 'serving'
    this.turns.start()
    const reclaim = setInterval(() => {
      this.turns.measure('the reclaiming of memory of the image', () => this.image.reclaim())
      this.#localRoot?.image.reclaim()
    }, 1000)
    const { rotateHours } = this.#configuration.server.cookies
    const rotate = setInterval(() => this.#rotateCookies(), rotateHours * 3_600_000)
    this.#timers = [reclaim, rotate, setInterval(() => this.watch.tellMissed(), 10_000)]
  }

  /**
   * Reads the configuration and all files again. A configuration that cannot be used, with the files that it names, changes
   * nothing. Calls that come while one waits for its turn share its outcome.
   */
  reload(): Promise<ReloadOutcome> {
    return this.#reloads.ask()
  }

  async #reload(): Promise<ReloadOutcome> {
    if (this.phase === 'stopping')
      return { configuration: { outcome: 'refused', message: 'the server stops' }, zones: [] }
    let next: Configuration
    let resolverFiles: ResolverFiles | undefined
    try {
      next = readConfiguration(readTextFile(this.configurationFile, MAX_TEXT), this.configurationFile)
      if (this.resolving !== undefined) resolverFiles = readResolverFiles(next)
      this.#keys = readTsigKeys(next)
    } catch (error) {
      return refuseReload(error, this.configuredAt, this.#log)
    }
    const before = this.#configuration
    const change = compareConfigurations(before, next)
    this.#configuration = next
    this.watch.configure(next, before)
    this.configuredAt = this.#parts.clock.wall()
    remarkOn(this.configurationFile, next, this.#log)
    for (const setting of change.restart) this.#log.warn({ setting }, 'this change takes effect at the next start only')
    const concernsAnswers = (setting: string): boolean => setting.startsWith('server.') || setting === 'resolver.allow'
    if (change.live.some(concernsAnswers)) await this.#answerAnew()
    if (change.live.includes('logging.level')) this.#log.setLevel(next.logging.level)
    // Whether RRsets rotate is a matter of each zone in the image.
    const concernsAll = change.live.includes('server.rotateRrsets')
    const zones = await this.zones.reload(concernsAll ? changeAll(change.zones, next) : change.zones)
    if (resolverFiles !== undefined) this.resolving?.reconfigure(next, resolverFiles)
    return tellReload(zones, change.restart, this.#log)
  }

  /** Saves what was not saved while the state could not be written. */
  async #saveAgain(): Promise<void> {
    await this.zones.saveAgain()
    await this.#localRoot?.saveAgain()
    await this.resolving?.trust.saveAgain()
  }

  async stop(): Promise<void> {
    this.phase = 'stopping'
    for (const timer of this.#timers) clearInterval(timer)
    this.turns.stop()
    this.#stateWatch.stop()
    await this.listeners.close()
    this.resolving?.stop()
    await this.#localRoot?.stop()
    await this.zones.stop()
    await this.#versions.close()
    await this.watch.close()
    for (const log of [this.#logs.requestLog, this.#logs.zoneLog]) log.endMinute()
    await this.state.close()
  }

  /** Answers a message that is for the control thread. */
  #answer(message: Uint8Array, peer: Peer): Answer | Promise<Answer> {
    const began = this.clock.milliseconds()
    const answer = this.#queries.answer(message, peer)
    const took = this.clock.milliseconds() - began
    this.turns.took('the answer to a message', took)
    if (answer instanceof Uint8Array) this.#ownCounters.took(took * 1e6)
    return this.watch.isOn ? this.watch.follow(message, peer, answer, began) : answer
  }

  /** Has what a query asks for resolved anew. */
  refresh(query: Uint8Array): void {
    this.#queries.refresh(query)
  }

  /** So many answers of the control thread over UDP could not be sent. */
  countUnsent(count: number): void {
    this.#ownCounters.event(EVENT.unsent, count)
  }

  #rotateCookies(): void {
    this.#answering.rotateCookieSecret()
    this.#answerAnew().catch((error: unknown) => this.#log.error({ error }, 'the workers could not be replaced'))
  }

  async #answerAnew(): Promise<void> {
    this.#responder = this.#makeResponder()
    await this.listeners.change(this.#answering.settings(this.#configuration))
  }

  #makeResolving(native: NativeSockets | undefined): Resolving | undefined {
    const { clock, random } = this.#parts
    const answering = this.#answering.settings(this.#configuration)
    const { answers } = this.#answering
    if (answers === undefined) return undefined
    const { image, state } = this
    const localRoot = this.#localRoot
    const parts = { ...this.#logs, image, localRoot, clock, random, states: state.trust, answers, native, answering }
    return new Resolving({ ...parts, ownZone: (name) => this.zones.ownZone(name) }, this.#configuration)
  }

  #makeResponder(): Responder {
    const settings = this.#answering.settings(this.#configuration)
    return makeResponder(this.image.reader, settings, this.counters, (error) =>
      this.#logs.requestLog.error({ error }, 'a query was not answered for an error of this program'),
    )
  }
}

/** What is there before the server is. */
type Opened = {
  readonly image: ServedImage
  readonly answering: Answering
  readonly logs: Logs
  readonly listeners: Listeners
  readonly state: StoreThread
  readonly native: NativeSockets | undefined
}
