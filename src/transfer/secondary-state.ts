/**
 * A secondary zone over time, as a pure state machine: which primary is asked for what and when, when the zone expires.
 * `stepSecondary` takes the state through one event and says what the server is to do; `nextSecondaryAt` says when to tick.
 *
 *                 first transfer                  due, NOTIFY               a primary has a newer zone
 *       ┌───────┐ ────────────────► ┌─────────┐ ──────────────► ┌──────────┐ ──────────┐
 *       │ empty │                   │ current │                 │refreshing│  transfer │
 *       └───────┘ ◄─┐ retry         └─────────┘ ◄────────────── └──────────┘ ◄─────────┘
 *           └───────┘                 ▲  │        checked, or        │ no primary helps
 *                        transferred, │  │        transferred        ▼
 *                            checked  │  │                      ┌──────────┐
 *                                     │  │                      │ retrying │ ──► refreshing, after SOA retry
 *                                     │  │                      └──────────┘
 *                                     │  │ expire timer              │ expire timer
 *                                     │  ▼                           │
 *                                   ┌─────────┐ ◄────────────────────┘
 *                                   │ expired │   asks on, answers nothing
 *                                   └─────────┘
 *
 * A round asks the primaries in turn, each for its SOA and, when that is newer, for the zone: by IXFR, or AXFR when there is no
 * zone yet or IXFR failed (RFC 1995 §4). It starts with the one that sent a NOTIFY (RFC 1996 §3.11). A NOTIFY during a round is
 * remembered until its end (§4.4). A primary whose transfers cannot be used is asked again after pauses that grow, however often
 * it sends NOTIFY and whatever the SOA's retry says.
 *
 * What it does not do: ask, verify, publish, persist; decide who may send a NOTIFY. The steps: `secondary.ts`.
 */
import type { Serial } from '../dns/serial.ts'
import type { SteadySeconds } from '../ports/index.ts'
import type { SoaTimers } from './secondary-timers.ts'

/** The copy of the zone that is held. */
export type HeldZone = {
  readonly timers: SoaTimers
  /** When a primary last confirmed it. */
  readonly goodAt: SteadySeconds
  readonly expireAt: SteadySeconds
  readonly expired: boolean
}

/** The attempt that goes on. */
export type Round = {
  /** Index of the primary that is asked. */
  readonly primary: number
  /** Primaries that were not asked yet, in turn. */
  readonly left: readonly number[]
  readonly asks: 'soa' | 'ixfr' | 'axfr'
  /** A transfer is wanted whatever the serial (a person asked for it). */
  readonly forced: boolean
  /** The serial that a NOTIFY promised. */
  readonly promised?: Serial
  /** Some primary confirmed the zone as it is, though not what was promised. */
  readonly confirmed: boolean
}

/** A round that is to begin: after a NOTIFY, or because a person asked for it, which no pause delays. */
export type PendingNotify = {
  readonly serial?: Serial
  readonly primary?: number
  readonly forced?: true
  readonly asked?: true
}

/** The pause of a primary whose transfers cannot be used: it is not asked before `until`. */
export type Pause = { readonly failures: number; readonly until: SteadySeconds }

export type SecondaryState = {
  readonly primaries: number
  readonly held?: HeldZone
  readonly round?: Round
  readonly pending?: PendingNotify
  /** When the next round begins, unless one goes on. */
  readonly nextAt: SteadySeconds
  /** Rounds in a row without success. */
  readonly failures: number
  /** By index of the primary. */
  readonly pauses?: readonly (Pause | undefined)[]
  /** The newest serial that a primary is known to have: what the zone lags behind, if it does. */
  readonly primarySerial?: Serial
}

export type SecondaryEvent =
  /** The server starts, with the zone that was persisted, if any: its times by the steady clock. */
  | {
      readonly kind: 'started'
      readonly held?: { readonly timers: SoaTimers; readonly goodAt: SteadySeconds; readonly expireAt?: SteadySeconds }
    }
  /** A permitted NOTIFY; `primary` when one of ours sent it. */
  | { readonly kind: 'notified'; readonly serial?: Serial; readonly primary?: number }
  /** A person wants a check now; `force`: a whole transfer, whatever the serial. */
  | { readonly kind: 'asked'; readonly force?: boolean }
  /** The primary that was asked for its SOA answered. */
  | { readonly kind: 'checked'; readonly serial: Serial; readonly expireSeconds?: number }
  /** The answer to a transfer query showed that we are up to date. */
  | { readonly kind: 'up-to-date'; readonly expireSeconds?: number }
  /** A new version came, was verified as the configuration asks, and can be published. */
  | { readonly kind: 'transferred'; readonly timers: SoaTimers; readonly expireSeconds?: number }
  | { readonly kind: 'failed'; readonly reason: SecondaryFailure }
  | { readonly kind: 'tick' }

/**
 * Why a primary did not help. `unreachable`: no connection, no answer. `refused`: an RCODE that speaks of us or the zone.
 * `broken`: what came cannot be used. `rejected`: the version was not accepted (it does not verify, it exceeds a limit), and by
 * AXFR it would be the same one. After IXFR with any other failure AXFR follows.
 */
export type SecondaryFailure = 'unreachable' | 'refused' | 'broken' | 'rejected'

export type SecondaryAction =
  | { readonly kind: 'query-soa'; readonly primary: number }
  /** `serial` of the version held. Absent when any version is taken: the first one, or by force. */
  | { readonly kind: 'transfer'; readonly primary: number; readonly form: 'axfr'; readonly serial?: Serial }
  | { readonly kind: 'transfer'; readonly primary: number; readonly form: 'ixfr'; readonly serial: Serial }
  /** Answer from this version, which is new, was persisted, or had expired. */
  | { readonly kind: 'publish'; readonly serial: Serial }
  /** Answer no more (SERVFAIL). */
  | { readonly kind: 'expire' }
  /** Persist, for the next start. */
  | { readonly kind: 'remember'; readonly goodAt: SteadySeconds; readonly expireAt: SteadySeconds }
  /** No primary helped; the next round begins then. */
  | { readonly kind: 'gave-up'; readonly reason: SecondaryFailure; readonly nextAt: SteadySeconds }

export type SecondaryStep = { readonly state: SecondaryState; readonly actions: readonly SecondaryAction[] }

export type SecondaryPhase = 'empty' | 'current' | 'refreshing' | 'retrying' | 'expired'

/** The state by its name. */
export function secondaryPhase(state: SecondaryState): SecondaryPhase {
  if (state.held === undefined) return 'empty'
  if (state.held.expired) return 'expired'
  if (state.round !== undefined) return 'refreshing'
  return state.failures > 0 ? 'retrying' : 'current'
}

/** Seconds until the zone expires, for the EXPIRE option of answers about it (RFC 7314 §3.2); undefined without a zone. */
export function expiresIn(state: SecondaryState, now: SteadySeconds): number | undefined {
  const { held } = state
  return held === undefined ? undefined : Math.max(0, Math.ceil(held.expireAt - now))
}

/** When the next `tick` is due: undefined while only an answer can bring it on. */
export function nextSecondaryAt(state: SecondaryState): SteadySeconds | undefined {
  const { held, round, nextAt } = state
  const times = [
    ...(held !== undefined && !held.expired ? [held.expireAt] : []),
    ...(round === undefined && Number.isFinite(nextAt) ? [nextAt] : []),
  ]
  return times.length === 0 ? undefined : Math.min(...times)
}

/** The state before `started`. */
export function newSecondary(primaries: number): SecondaryState {
  if (!Number.isInteger(primaries) || primaries < 1) throw new RangeError('a secondary zone has a primary')
  return { primaries, nextAt: Number.POSITIVE_INFINITY, failures: 0 }
}
