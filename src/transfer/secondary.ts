/** The steps of a secondary zone's state machine, which `secondary-state.ts` draws. */
import { isNewerSerial, type Serial } from '../dns/serial.ts'
import type { Random, SteadySeconds } from '../ports/index.ts'
import type {
  Pause,
  PendingNotify,
  Round,
  SecondaryAction,
  SecondaryEvent,
  SecondaryFailure,
  SecondaryState,
  SecondaryStep,
} from './secondary-state.ts'
import {
  DEFAULT_SECONDARY_SETTINGS,
  emptyInterval,
  expiryAfter,
  fraction,
  pauseInterval,
  refreshInterval,
  retryInterval,
  type SecondarySettings,
  type SoaTimers,
} from './secondary-timers.ts'

/** Takes the state through one event. The actions are to be done in their order. */
export function stepSecondary(
  state: SecondaryState,
  event: SecondaryEvent,
  now: SteadySeconds,
  random: Random,
  settings: SecondarySettings = DEFAULT_SECONDARY_SETTINGS,
): SecondaryStep {
  return new Step(state, now, random, settings).take(event)
}

/** One step at work: the state so far and the actions. */
class Step {
  #state: SecondaryState
  readonly #actions: SecondaryAction[] = []
  readonly #now: SteadySeconds
  readonly #random: Random
  readonly #settings: SecondarySettings

  constructor(state: SecondaryState, now: SteadySeconds, random: Random, settings: SecondarySettings) {
    this.#state = state
    this.#now = now
    this.#random = random
    this.#settings = settings
  }

  take(event: SecondaryEvent): SecondaryStep {
    const { round } = this.#state
    switch (event.kind) {
      case 'started':
        this.#start(event.held)
        break
      case 'notified':
        this.#notify(event)
        break
      case 'asked':
        this.#notify(event.force === true ? { forced: true, asked: true } : { asked: true })
        break
      case 'tick':
        break
      default:
        // An answer that nobody waits for any more.
        if (round !== undefined) this.#answer(round, event)
    }
    this.#expireWhenDue()
    if (this.#state.round === undefined && this.#now >= this.#state.nextAt) this.#begin(this.#state.pending ?? {})
    return { state: this.#state, actions: this.#actions }
  }

  #start(held: Extract<SecondaryEvent, { kind: 'started' }>['held']): void {
    const { primaries } = this.#state
    if (held === undefined) {
      this.#state = { primaries, nextAt: this.#now, failures: 0 }
      return
    }
    // A clock that was set back must not keep a zone alive for longer than its SOA says.
    const goodAt = Math.min(held.goodAt, this.#now)
    const most = expiryAfter(held.timers, goodAt, undefined, undefined, this.#settings)
    const expireAt = Math.min(held.expireAt ?? most, most)
    const expired = this.#now >= expireAt
    const spread = Math.floor(fraction(this.#random) * this.#settings.startSpreadSeconds)
    this.#state = {
      primaries,
      held: { timers: held.timers, goodAt, expireAt, expired },
      nextAt: this.#now + (expired ? 0 : spread),
      failures: 0,
    }
    this.#actions.push(expired ? { kind: 'expire' } : { kind: 'publish', serial: held.timers.serial })
  }

  #notify(notify: PendingNotify): void {
    const { held, round } = this.#state
    // RFC 1996 §3.7: a hint at what we have spares the check.
    if (notify.serial !== undefined && this.#has(notify.serial) && held?.expired === false) return
    if (round === undefined) this.#begin(notify)
    else this.#state = { ...this.#state, pending: this.#merge(notify) }
  }

  /** What is promised by two messages: the newer serial; none when one of them promised none. */
  #merge(notify: PendingNotify): PendingNotify {
    const { pending } = this.#state
    if (pending === undefined) return notify
    const wishes = {
      ...((notify.forced ?? pending.forced) && { forced: true as const }),
      ...((notify.asked ?? pending.asked) && { asked: true as const }),
    }
    if (notify.serial !== undefined && pending.serial !== undefined) {
      return { ...(isNewerSerial(pending.serial, notify.serial) ? pending : notify), ...wishes }
    }
    return { ...(notify.primary === undefined ? {} : { primary: notify.primary }), ...wishes }
  }

  /** Whether our version is this one or a newer one. */
  #has(serial: Serial): boolean {
    const own = this.#state.held?.timers.serial
    return own !== undefined && !isNewerSerial(serial, own)
  }

  /** Begins a round, or puts it off while all primaries pause. */
  #begin(wanted: PendingNotify): void {
    const { primaries } = this.#state
    const notify = this.#merge(wanted)
    const first = notify.primary !== undefined && notify.primary < primaries ? notify.primary : 0
    const turn = Array.from({ length: primaries }, (_, i) => (first + i) % primaries)
    const [primary, ...left] =
      notify.asked === true ? turn : turn.filter((each) => this.#pausedUntil(each) <= this.#now)
    const { pending, ...rest } = this.#state
    if (primary === undefined) {
      const nextAt = this.#now < rest.nextAt ? Math.min(rest.nextAt, this.#firstFreeAt) : this.#firstFreeAt
      this.#state = { ...rest, pending: notify, nextAt }
      return
    }
    this.#state = rest
    this.#ask({
      primary,
      left,
      asks: 'soa',
      forced: notify.forced === true,
      confirmed: false,
      ...(notify.serial === undefined ? {} : { promised: notify.serial }),
    })
  }

  #pausedUntil(primary: number): SteadySeconds {
    return this.#state.pauses?.[primary]?.until ?? Number.NEGATIVE_INFINITY
  }

  /** When the first of the primaries may be asked. */
  get #firstFreeAt(): SteadySeconds {
    return Math.min(...Array.from({ length: this.#state.primaries }, (_, primary) => this.#pausedUntil(primary)))
  }

  /** Begins a pause of a primary, or ends it. */
  #setPause(primary: number, pause: Pause | undefined): void {
    const { primaries, pauses } = this.#state
    const changed = Array.from({ length: primaries }, (_, each) => (each === primary ? pause : pauses?.[each]))
    this.#state = { ...this.#state, pauses: changed }
  }

  /** Asks a primary for what there is to ask first: its SOA, or the zone when we have none, or shall have it by force. */
  #ask(round: Round): void {
    const { held } = this.#state
    if (held === undefined || round.forced) {
      this.#transfer(round, 'axfr')
      return
    }
    this.#state = { ...this.#state, round: { ...round, asks: 'soa' } }
    this.#actions.push({ kind: 'query-soa', primary: round.primary })
  }

  #transfer(round: Round, form: 'axfr' | 'ixfr'): void {
    const { primary, forced } = round
    const serial = this.#state.held?.timers.serial
    this.#state = { ...this.#state, round: { ...round, asks: form } }
    if (form === 'ixfr' && serial !== undefined) this.#actions.push({ kind: 'transfer', primary, form, serial })
    else {
      const known = serial === undefined || forced ? {} : { serial }
      this.#actions.push({ kind: 'transfer', primary, form: 'axfr', ...known })
    }
  }

  #answer(round: Round, event: Exclude<SecondaryEvent, { kind: 'started' | 'notified' | 'asked' | 'tick' }>): void {
    switch (event.kind) {
      case 'checked':
        if (round.asks === 'soa') this.#checked(round, event.serial, event.expireSeconds)
        break
      case 'up-to-date':
        if (round.asks !== 'soa') this.#confirm(round, event.expireSeconds)
        break
      case 'transferred':
        if (round.asks !== 'soa') this.#transferred(round, event.timers, event.expireSeconds)
        break
      case 'failed':
        if (round.asks === 'ixfr' && event.reason !== 'rejected') this.#transfer(round, 'axfr')
        else {
          if (event.reason === 'broken' || event.reason === 'rejected') this.#pause(round.primary)
          this.#next(round, event.reason)
        }
    }
  }

  #checked(round: Round, serial: Serial, expireSeconds: number | undefined): void {
    const own = this.#state.held?.timers.serial
    this.#state = { ...this.#state, primarySerial: serial }
    if (own === serial) this.#confirm(round, expireSeconds)
    else if (own === undefined || isNewerSerial(serial, own))
      this.#transfer(round, this.#settings.ixfr ? 'ixfr' : 'axfr')
    // A primary that is behind us confirms nothing.
    else this.#next(round, 'refused')
  }

  /** A primary has the version that we have. Another one may have what was promised. */
  #confirm(round: Round, expireSeconds: number | undefined): void {
    const { held } = this.#state
    if (held === undefined) return
    const expireAt = expiryAfter(held.timers, this.#now, expireSeconds, held.expireAt, this.#settings)
    this.#state = { ...this.#state, held: { ...held, goodAt: this.#now, expireAt, expired: false } }
    this.#actions.push({ kind: 'remember', goodAt: this.#now, expireAt })
    if (held.expired) this.#actions.push({ kind: 'publish', serial: held.timers.serial })
    if (round.promised !== undefined && !this.#has(round.promised) && round.left.length > 0) {
      this.#next({ ...round, confirmed: true }, 'refused')
    } else this.#end(held.timers, round.promised !== undefined && !this.#has(round.promised))
  }

  #pause(primary: number): void {
    const failures = (this.#state.pauses?.[primary]?.failures ?? 0) + 1
    const until = this.#now + pauseInterval(failures, this.#random, this.#settings)
    this.#setPause(primary, { failures, until })
  }

  #transferred(round: Round, timers: SoaTimers, expireSeconds: number | undefined): void {
    this.#setPause(round.primary, undefined)
    const expireAt = expiryAfter(timers, this.#now, expireSeconds, undefined, this.#settings)
    const held = { timers, goodAt: this.#now, expireAt, expired: false }
    this.#state = { ...this.#state, held, primarySerial: timers.serial }
    this.#actions.push({ kind: 'publish', serial: timers.serial })
    this.#actions.push({ kind: 'remember', goodAt: this.#now, expireAt })
    this.#end(timers, false)
  }

  /** Ends a round with success. `soon`: what a NOTIFY promised did not come yet. */
  #end(timers: SoaTimers, soon: boolean): void {
    const interval = soon ? retryInterval : refreshInterval
    const nextAt = this.#now + interval(timers, this.#random, this.#settings)
    const { round, ...rest } = this.#state
    this.#state = { ...rest, nextAt, failures: 0 }
    this.#takeUpPending()
  }

  /** Goes on to the next primary; after the last one the round has failed. */
  #next(round: Round, reason: SecondaryFailure): void {
    const [primary, ...left] = round.left
    if (primary !== undefined) {
      this.#ask({ ...round, primary, left })
      return
    }
    const { held, failures } = this.#state
    if (round.confirmed && held !== undefined) {
      this.#end(held.timers, true)
      return
    }
    const wait =
      held === undefined
        ? emptyInterval(failures + 1, this.#random, this.#settings)
        : retryInterval(held.timers, this.#random, this.#settings)
    const nextAt = Math.max(this.#now + wait, this.#firstFreeAt)
    const { round: over, ...rest } = this.#state
    this.#state = { ...rest, nextAt, failures: failures + 1 }
    this.#actions.push({ kind: 'gave-up', reason, nextAt })
    this.#takeUpPending()
  }

  #takeUpPending(): void {
    const { pending } = this.#state
    if (pending === undefined) return
    const { pending: taken, ...rest } = this.#state
    this.#state = rest
    if (pending.forced !== true && pending.serial !== undefined && this.#has(pending.serial)) return
    this.#begin(pending)
  }

  #expireWhenDue(): void {
    const { held } = this.#state
    if (held === undefined || held.expired || this.#now < held.expireAt) return
    this.#state = { ...this.#state, held: { ...held, expired: true } }
    this.#actions.push({ kind: 'expire' })
  }
}
