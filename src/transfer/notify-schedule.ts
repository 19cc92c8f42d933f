/**
 * When to tell one secondary of a zone's changes (RFC 1996 §3.6): at once, then again with growing pauses until it answers, then
 * give up. One state a target; `stepNotify` takes it through an event and says what to do.
 *
 *            changed: wait the delay             due: send                        due: send again
 *    idle ───────────────────────► waiting ───────────────────► sent ──────────────────────────► sent (attempt + 1)
 *     ▲                               ▲                          │ │
 *     │    answered, or given up      │   changed meanwhile      │ │
 *     └───────────────────────────────┼──────────────────────────┼─┘
 *                                     └──────────────────────────┘
 *
 * A change while an earlier one is being told replaces it: the secondary only needs to hear of the newest. Changes that follow
 * each other closely are told together.
 */
import type { Serial } from '../dns/serial.ts'
import { rcodeMnemonic } from '../dns/wire/index.ts'
import type { SteadySeconds } from '../ports/index.ts'
import { isNotifySettled } from './notify.ts'

export type NotifySettings = {
  /** Pause between a change and its NOTIFY, so that secondaries of many zones are not all told at one instant (§4.3). */
  readonly delaySeconds: number
  /** Least pause between two messages about different changes. */
  readonly spacingSeconds: number
  /** Pause before the first repetition; each further one is twice as long. */
  readonly firstRetrySeconds: number
  /** Repetitions before giving up (§3.6 suggests 5). */
  readonly retries: number
}

export const DEFAULT_NOTIFY_SETTINGS: NotifySettings = {
  delaySeconds: 0,
  spacingSeconds: 1,
  firstRetrySeconds: 5,
  retries: 5,
}

export type NotifyState =
  | { readonly phase: 'idle'; readonly lastSentAt?: SteadySeconds }
  | {
      readonly phase: 'waiting'
      readonly serial: Serial
      readonly nextAt: SteadySeconds
      readonly lastSentAt?: SteadySeconds
    }
  | {
      readonly phase: 'sent'
      readonly serial: Serial
      /** 1 for the first message. */
      readonly attempt: number
      /** When it is sent again, or given up. */
      readonly nextAt: SteadySeconds
      readonly lastSentAt: SteadySeconds
    }

export const IDLE_NOTIFY: NotifyState = { phase: 'idle' }

export type NotifyEvent =
  | { readonly kind: 'changed'; readonly serial: Serial }
  /** The target answered the message about this serial. */
  | { readonly kind: 'answered'; readonly serial: Serial; readonly rcode: number }
  | { readonly kind: 'tick' }

export type NotifyAction =
  | { readonly kind: 'send'; readonly serial: Serial; readonly attempt: number }
  /** The target knows. */
  | { readonly kind: 'told'; readonly serial: Serial }
  | {
      readonly kind: 'give-up'
      readonly serial: Serial
      readonly reason: 'no-answer' | 'rcode'
      readonly text: string
    }

export type NotifyStep = { readonly state: NotifyState; readonly actions: readonly NotifyAction[] }

/** When the next `tick` is due; undefined when nothing waits. */
export function nextNotifyAt(state: NotifyState): SteadySeconds | undefined {
  return state.phase === 'idle' ? undefined : state.nextAt
}

export function stepNotify(
  state: NotifyState,
  event: NotifyEvent,
  now: SteadySeconds,
  settings: NotifySettings = DEFAULT_NOTIFY_SETTINGS,
): NotifyStep {
  switch (event.kind) {
    case 'changed':
      return change(state, event.serial, now, settings)
    case 'answered':
      return answer(state, event.serial, event.rcode)
    case 'tick':
      return tick(state, now, settings)
  }
}

function change(state: NotifyState, serial: Serial, now: SteadySeconds, settings: NotifySettings): NotifyStep {
  if (state.phase !== 'idle' && state.serial === serial) return { state, actions: [] }
  const { lastSentAt } = state
  const spaced = lastSentAt === undefined ? 0 : lastSentAt + settings.spacingSeconds
  const nextAt = Math.max(now + settings.delaySeconds, spaced)
  // What waits already keeps its turn: a zone that changes all the time is still told of.
  const due = state.phase === 'waiting' ? Math.min(state.nextAt, nextAt) : nextAt
  const last = lastSentAt === undefined ? {} : { lastSentAt }
  const waiting: NotifyState = { phase: 'waiting', serial, nextAt: due, ...last }
  return tick(waiting, now, settings)
}

function answer(state: NotifyState, serial: Serial, rcode: number): NotifyStep {
  // An answer about an earlier change says nothing of this one.
  if (state.phase !== 'sent' || state.serial !== serial) return { state, actions: [] }
  const idle: NotifyState = { phase: 'idle', lastSentAt: state.lastSentAt }
  if (isNotifySettled(rcode)) return { state: idle, actions: [{ kind: 'told', serial }] }
  const text = `the secondary answers ${rcodeMnemonic(rcode)}`
  return { state: idle, actions: [{ kind: 'give-up', serial, reason: 'rcode', text }] }
}

function tick(state: NotifyState, now: SteadySeconds, settings: NotifySettings): NotifyStep {
  if (state.phase === 'idle' || now < state.nextAt) return { state, actions: [] }
  const { serial } = state
  const attempt = state.phase === 'sent' ? state.attempt + 1 : 1
  if (attempt > settings.retries + 1) {
    const text = `no answer to ${settings.retries + 1} messages`
    return {
      state: { phase: 'idle', ...(state.lastSentAt === undefined ? {} : { lastSentAt: state.lastSentAt }) },
      actions: [{ kind: 'give-up', serial, reason: 'no-answer', text }],
    }
  }
  const nextAt = now + settings.firstRetrySeconds * 2 ** (attempt - 1)
  return {
    state: { phase: 'sent', serial, attempt, nextAt, lastSentAt: now },
    actions: [{ kind: 'send', serial, attempt }],
  }
}
