/**
 * A zone that is at home elsewhere: transferred from its primaries, kept on disk, served from there at once after a start. When
 * to ask whom is decided by the state machine of `transfer/secondary-state.ts`, whose actions this carries out:
 *
 *     query-soa  primary-talk.ts ─► checked
 *     transfer   primary-talk.ts ─► version-intake.ts: checked, durable, then served ─► transferred
 *     publish, expire             the image
 *     remember                    secondary-desk.ts
 */
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import type { Serial } from '../dns/serial.ts'
import { RCODE_NOERROR, RCODE_REFUSED } from '../dns/wire/index.ts'
import type { SteadySeconds, UnixSeconds } from '../ports/index.ts'
import type { SecondaryState as Remembered } from '../store/index.ts'
import {
  newSecondary,
  nextSecondaryAt,
  type SecondaryAction,
  type SecondaryEvent,
  type SecondaryFailure,
  type SecondaryState,
  type SoaTimers,
  stepSecondary,
} from '../transfer/index.ts'
import { describeServer } from './ask-server.ts'
import type { Remote, SecondaryZoneSettings } from './configuration/index.ts'
import type { Outcome, TransferNote, ZoneStatus } from './control.ts'
import { HeldVersion, type Restored } from './held-version.ts'
import { ConfiguredZone, type HostedZone, type World } from './hosted-zone.ts'
import type { Fetched } from './primary-talk.ts'
import { acceptNotify } from './queries/accept-notify.ts'
import type { Client } from './queries/principal.ts'
import type { SecondaryDesk } from './secondary-desk.ts'
import { describeSecondary, timingOf } from './secondary-status.ts'
import { noteTransfer } from './transfer-notes.ts'
import { type Put, Rejected, Unservable, VersionIntake } from './version-intake.ts'
import { CommitGate } from './zones/commit-gate.ts'
import { transferSource } from './zones/transfer-source.ts'
import type { ZoneSource } from './zones/zone-source.ts'

type Transfer = Extract<SecondaryAction, { kind: 'transfer' }>

export class SecondaryZone extends ConfiguredZone<SecondaryZoneSettings> implements HostedZone {
  readonly #desk: SecondaryDesk
  readonly #held: HeldVersion
  readonly #intake: VersionIntake
  /** The catalogue that lists it. */
  catalog: Name | undefined
  /** Of a catalogue: why its zones are not as it lists them. */
  catalogFault: string | undefined
  #state: SecondaryState
  /** Changes with settings, and at the stop: what was begun before is of no use any more. */
  #term = 0
  #isStopped = false
  #reason: string | undefined
  #loadedAt: UnixSeconds | undefined
  #lastTransfer: TransferNote | undefined
  readonly #gate = new CommitGate()
  readonly #wake = (): void => this.#step({ kind: 'tick' })

  readonly source: ZoneSource = transferSource(this)

  constructor(world: World, desk: SecondaryDesk, settings: SecondaryZoneSettings, catalog?: Name) {
    super(world, settings)
    this.#desk = desk
    this.catalog = catalog
    this.#held = new HeldVersion(world, settings.name)
    this.#intake = new VersionIntake(world, this.#held, settings.name)
    this.#state = newSecondary(settings.primaries.length)
  }

  get serial(): Serial | undefined {
    const { held } = this.#state
    return held === undefined || held.expired ? undefined : held.timers.serial
  }

  async start(): Promise<void> {
    const { image, log } = this.world
    let held: Restored | undefined
    try {
      held = await this.#held.restore(this.serving(0))
    } catch (error) {
      if (!(error instanceof DnsError)) throw error
      log.error({ zone: this.name.toString(), error }, 'the copy of the zone cannot be used: it is fetched again')
    }
    if (held === undefined) image.mark(this.name, 'unavailable', this.serving(0))
    else this.#loadedAt = this.world.clock.wall()
    this.#step({ kind: 'started', ...(held !== undefined && { held }) })
    if (this.#held.timesByWallClock() !== undefined) this.#rememberHeld()
    this.#desk.follow(this)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#desk.unfollow(this)
    this.#term++
    this.#desk.alarms.clear(this.#wake)
  }

  async saveAgain(): Promise<void> {
    const { held } = this.#state
    if (held === undefined) return
    const term = this.#term
    this.#desk.remember(this.name, this.#remembered(held.goodAt, held.expireAt))
    const remembered = (): Remembered => {
      const { goodAt, expireAt } = this.#state.held ?? held
      return this.#remembered(goodAt, expireAt)
    }
    await this.#held.saveAgain(remembered, () => term === this.#term)
  }

  /** Takes up settings that changed. The version that is held stays, and the primaries are asked about it. */
  configure(settings: SecondaryZoneSettings): void {
    this.settings = settings
    this.#term++
    this.#gate.between(() => this.#startAgain())
  }

  #startAgain(): void {
    const { held } = this.#state
    if (this.#isStopped) return
    this.#state = newSecondary(this.settings.primaries.length)
    if (held === undefined) this.world.image.mark(this.name, 'unavailable', this.serving(0))
    this.#step({ kind: 'started', ...(held !== undefined && { held }) })
  }

  /**
   * The wall clock was set. Timers run on; what is stored gets the times that the wall clock has for it now. A version of which only
   * the wall clock says how old it is, is judged again. Primaries that did not help are asked again: signed messages depend on the
   * wall clock.
   */
  wallClockSet(): void {
    this.#gate.between(() => this.#adjust())
  }

  #adjust(): void {
    const { held, failures } = this.#state
    const times = this.#held.timesByWallClock()
    if (held !== undefined && times !== undefined) {
      this.#term++
      this.#reason = undefined
      this.#state = newSecondary(this.settings.primaries.length)
      this.#step({ kind: 'started', held: { timers: held.timers, ...times } })
    } else if (failures > 0 || held?.expired !== false) this.#step({ kind: 'asked' })
    this.#rememberHeld()
  }

  /** Stores the times that the wall clock has now for the version that is held. */
  #rememberHeld(): void {
    const { goodAt = 0, expireAt = 0 } = this.#state.held ?? {}
    if (goodAt > 0) this.#desk.remember(this.name, this.#held.markUncertain(this.#remembered(goodAt, expireAt)))
  }

  notified(client: Client, serial: Serial | undefined): number {
    const sender = acceptNotify(this.world, this.settings, client, serial)
    if (sender === undefined) return RCODE_REFUSED
    const event = { kind: 'notified', ...sender, ...(serial !== undefined && { serial }) } as const
    setImmediate(() => this.#step(event))
    return RCODE_NOERROR
  }

  async refresh(): Promise<Outcome> {
    this.#step({ kind: 'asked' })
    return { outcome: 'started', message: 'the primaries are asked' }
  }

  async retransfer(): Promise<Outcome> {
    this.#step({ kind: 'asked', force: true })
    return { outcome: 'started', message: 'the whole zone is fetched' }
  }

  status(): ZoneStatus {
    return describeSecondary(this.world, {
      settings: this.settings,
      state: this.#state,
      reason: this.#reason,
      unsaved: this.withUnsaved(undefined),
      catalog: this.catalog,
      catalogFault: this.catalogFault,
      loadedAt: this.#loadedAt,
      signatures: this.#held.signatures,
      lastTransfer: this.#lastTransfer,
    })
  }

  #plan(event: SecondaryEvent) {
    const { clock, random } = this.world
    return stepSecondary(this.#state, event, clock.steady(), random, timingOf(this.settings))
  }

  #step(event: SecondaryEvent): void {
    if (this.#isStopped) return
    const { state, actions } = this.#plan(event)
    this.#carryOut(state, actions)
  }

  #carryOut(state: SecondaryState, actions: readonly SecondaryAction[]): void {
    this.#state = state
    for (const action of actions) this.#act(action)
    const next = nextSecondaryAt(this.#state)
    if (next === undefined) this.#desk.alarms.clear(this.#wake)
    else this.#desk.alarms.set(this.#wake, next)
  }

  #act(action: SecondaryAction): void {
    const { image, log, zoneLog } = this.world
    const expires = this.#state.held?.expireAt ?? 0
    switch (action.kind) {
      case 'query-soa':
        this.#attend(this.#check(action.primary))
        break
      case 'transfer':
        this.#attend(this.#transfer(action))
        break
      case 'publish':
        image.mark(this.name, 'serving', this.serving(expires))
        break
      case 'expire':
        this.#reason = 'no primary has confirmed the zone for longer than its SOA allows'
        image.mark(this.name, 'unavailable', this.serving(expires))
        log.error({ zone: this.name.toString(), serial: this.#state.held?.timers.serial }, 'the zone has expired')
        break
      case 'remember':
        this.#held.confirmed()
        this.#reason = undefined
        if (this.#state.held?.expired === false) image.mark(this.name, 'serving', this.serving(expires))
        this.#desk.remember(this.name, this.#remembered(action.goodAt, action.expireAt))
        break
      case 'gave-up':
        this.#reason ??= 'no primary helped'
        zoneLog.warn(
          { zone: this.name.toString(), reason: this.#reason, next: action.nextAt + this.#ahead },
          'no primary helped; they are asked again later',
        )
    }
  }

  /** How far the wall clock, whose times are stored and shown, is ahead of the steady one. */
  get #ahead(): number {
    return Math.round(this.world.clock.ahead())
  }

  #remembered(goodAt: SteadySeconds, expireAt: SteadySeconds, serial = this.#state.held?.timers.serial): Remembered {
    const times = { checkedAt: goodAt + this.#ahead, expiresAt: expireAt + this.#ahead, mark: this.world.clock.mark() }
    return { serial, ...times, primary: this.#lastTransfer?.peer, failure: this.#reason }
  }

  /** What fails in an unforeseen way ends this attempt, not the server. */
  #attend(work: Promise<void>): void {
    const term = this.#term
    work.catch((error: unknown) => {
      if (term !== this.#term) return
      this.world.zoneLog.error({ zone: this.name.toString(), error }, 'an attempt to refresh the zone failed')
      this.#fail('unreachable', error instanceof Error ? error.message : String(error))
    })
  }

  #fail(reason: SecondaryFailure, text: string): void {
    this.#reason = text
    this.world.zoneLog.debug({ zone: this.name.toString(), reason }, text)
    this.#step({ kind: 'failed', reason })
  }

  async #check(index: number): Promise<void> {
    const term = this.#term
    const remote = this.#primary(index)
    const checked = await this.#desk.check(remote, this.name, () => term === this.#term)
    if (checked === undefined) return
    if (checked.kind === 'failed') this.#fail(checked.reason, checked.text)
    else {
      const { serial, expireSeconds } = checked
      this.#step({ kind: 'checked', serial, ...(expireSeconds !== undefined && { expireSeconds }) })
    }
  }

  async #transfer(action: Transfer): Promise<void> {
    const term = this.#term
    const wanted = (): boolean => term === this.#term
    const { kind: _, primary, ...query } = action
    const remote = this.#primary(primary)
    await this.#desk.fetch(remote, { zone: this.name, ...query }, wanted, (fetched) =>
      this.#take(fetched, query.form, remote, wanted),
    )
  }

  async #take(fetched: Fetched, form: 'axfr' | 'ixfr', remote: Remote, wanted: () => boolean): Promise<void> {
    const kind = fetched.kind === 'failed' ? form : fetched.kind === 'full' ? 'axfr' : 'ixfr'
    const note = (outcome: 'done' | 'failed', more: { message?: string } = {}): void => {
      const serial = this.#state.held?.timers.serial
      this.#lastTransfer = noteTransfer(this.world, remote, { kind, outcome, octets: fetched.octets, serial, ...more })
    }
    const expire = fetched.expireSeconds === undefined ? {} : { expireSeconds: fetched.expireSeconds }
    if (fetched.kind === 'failed') {
      note('failed', { message: fetched.text })
      return this.#fail(fetched.reason, fetched.text)
    }
    if (fetched.kind === 'up-to-date') {
      note('done')
      return this.#step({ kind: 'up-to-date', ...expire })
    }
    try {
      const rules = { ...this.settings, served: this.serial }
      let isServed = false
      const records = await this.#intake.install(fetched, rules, wanted, async (timers, put) => {
        isServed = await this.#publish(timers, expire, remote, put)
      })
      if (!isServed) return
      note('done')
      const fields = { kind, peer: describeServer(remote), serial: this.serial, records, octets: fetched.octets }
      this.world.log.info({ zone: this.name.toString(), ...fields }, 'zone transferred')
      void this.#held.tidy(this.settings.journal)
      this.world.changed(this)
    } catch (error) {
      if (!wanted()) return
      if (!(error instanceof Rejected) && !(error instanceof DnsError)) throw error
      note('failed', { message: error.message })
      // Differences that lead to a bad version may be what is bad: the whole zone tells.
      const isFinal = error instanceof Unservable || (error instanceof Rejected && kind === 'axfr')
      this.#fail(isFinal ? 'rejected' : 'broken', error.message)
    }
  }

  /** Has a new version made durable and served, and takes the step that it means. Resolves with false when the zone is gone. */
  async #publish(timers: SoaTimers, expire: { expireSeconds?: number }, remote: Remote, put: Put): Promise<boolean> {
    const event = { kind: 'transferred', timers, ...expire } as const
    const { goodAt = 0, expireAt = 0 } = this.#plan(event).state.held ?? {}
    this.#desk.forget(this.name)
    const committing = put({
      remembered: () => ({ ...this.#remembered(goodAt, expireAt, timers.serial), failure: undefined }),
      actor: describeServer(remote),
      serving: () => this.serving(expireAt),
      wanted: () => !this.#isStopped,
    })
    if ((await this.#gate.follow(committing)) === 'unwanted') return false
    this.#reason = undefined
    this.#held.confirmed()
    this.#loadedAt = this.world.clock.wall()
    const { state, actions } = this.#plan(event)
    const rest = actions.filter(({ kind }) => kind !== 'publish' && kind !== 'remember')
    this.#carryOut(state, rest)
    return true
  }

  #primary(index: number): Remote {
    const remote = this.settings.primaries[index]
    if (remote === undefined) throw new RangeError(`the zone has no primary ${index}`)
    return remote
  }
}
