/**
 * Logs why names cannot be resolved and why answers do not validate: a line for each zone and cause, not for each name, and all of
 * them no faster than a person can read. What strangers ask for decides which zones fail, so that everything here is bounded.
 */
import type { Name } from '../../dns/name/index.ts'
import { typeMnemonic } from '../../dns/rr/index.ts'
import type { SteadySeconds } from '../../ports/index.ts'
import type { Log } from '../../ports/log.ts'
import type { Resolution } from '../../resolver/index.ts'
import { REASONS } from '../../validator/index.ts'
import { AggregatedLog } from '../aggregated-log.ts'
import type { AskedQuestion } from './ready-answer.ts'

/** A zone and cause is logged once in so many seconds. */
const SILENCE_SECONDS = 300
/** Zones and causes that are remembered. */
const MOST_REMEMBERED = 1000
/** Of them, those that status shows. */
const MOST_SHOWN = 20
const RCODE_SERVFAIL = 2

/** A zone in which names fail, or answers that do not validate. */
export type FailingZone = {
  readonly zone: string
  /** What the last failure was, as a sentence. */
  readonly cause: string
  /** How long ago the first and the last failure were (seconds). */
  readonly firstAgo: number
  readonly lastAgo: number
  readonly questions: number
}

type Entry = {
  readonly zone: Name
  readonly isSilence: boolean
  readonly since: SteadySeconds
  last: SteadySeconds
  loggedAt: SteadySeconds
  cause: string
  questions: number
}

export class FailureLog {
  readonly #log: AggregatedLog
  /** By zone and reason, the one that failed first before the others. */
  readonly #entries = new Map<string, Entry>()

  constructor(log: Log) {
    this.#log = new AggregatedLog(log, { about: 'failures of resolution' })
  }

  /** A resolution failed, or its answer did not validate. Others are passed over. */
  saw(question: AskedQuestion, { security, verdict, rcode, failure, remarks }: Resolution, now: SteadySeconds): void {
    const { name, type } = question
    const what = `${name} ${typeMnemonic(type)}`
    if (security === 'bogus' && verdict?.reason !== undefined) {
      const { reason, zone = name } = verdict
      const cause = `${what} does not validate: ${verdict.detail ?? REASONS[reason].sentence}`
      const fields = { question: what, reason, zone: zone.toString() }
      const entry = this.#note(zone, reason, false, cause, now)
      if (isDue(entry, now) && this.#log.warn(fields, cause)) entry.loggedAt = now
    } else if (rcode === RCODE_SERVFAIL && failure !== undefined) {
      const { zone, isSilence } = failure
      const cause = `${what} cannot be resolved: ${remarks[0]?.text ?? ''}`
      const fields = { question: what, zone: zone.toString() }
      const entry = this.#note(zone, 'unreachable', isSilence, cause, now)
      if (isDue(entry, now) && this.#log.info(fields, cause)) entry.loggedAt = now
    }
  }

  /** Whether names at or above this one failed for want of a server that replies. */
  isWatching(name: Name): boolean {
    return this.#silentAbove(name) !== undefined
  }

  /** A name is resolved that may be in such a zone: it is over. */
  recovered(name: Name, now: SteadySeconds): void {
    const key = this.#silentAbove(name)
    const entry = key === undefined ? undefined : this.#entries.get(key)
    if (key === undefined || entry === undefined) return
    this.#entries.delete(key)
    const { zone, since, questions, loggedAt } = entry
    if (loggedAt < 0) return
    const text = `names in ${zone} are resolved again, after ${now - since} s; ${questions} questions failed`
    this.#log.info({ zone: zone.toString(), seconds: now - since, questions }, text)
  }

  /** Writes how many lines of this minute were left out. */
  endMinute(): void {
    this.#log.endMinute()
  }

  /** The zones that failed last, the latest first. */
  failing(now: SteadySeconds): readonly FailingZone[] {
    const entries = [...this.#entries.values()].sort((a, b) => b.last - a.last).slice(0, MOST_SHOWN)
    return entries.map(({ zone, cause, since, last, questions }) => {
      return { zone: zone.toString(), cause, firstAgo: now - since, lastAgo: now - last, questions }
    })
  }

  #silentAbove(name: Name): string | undefined {
    if (this.#entries.size === 0) return undefined
    for (let at = name; ; at = at.parent) {
      const key = keyOf(at, 'unreachable')
      if (this.#entries.get(key)?.isSilence === true) return key
      if (at.isRoot) return undefined
    }
  }

  #note(zone: Name, reason: string, isSilence: boolean, cause: string, now: SteadySeconds): Entry {
    const key = keyOf(zone, reason)
    const known = this.#entries.get(key)
    const isOld = known !== undefined && now - known.last > SILENCE_SECONDS
    const isNew = known === undefined || isOld
    const entry: Entry = isNew ? { zone, isSilence, since: now, last: now, loggedAt: -1, cause, questions: 0 } : known
    entry.last = now
    entry.cause = cause
    entry.questions++
    if (isNew) {
      this.#entries.delete(key)
      this.#makeRoom()
      this.#entries.set(key, entry)
    }
    return entry
  }

  #makeRoom(): void {
    if (this.#entries.size < MOST_REMEMBERED) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }
}

/** Whether a failure is to be logged. */
function isDue({ loggedAt }: Entry, now: SteadySeconds): boolean {
  return loggedAt < 0 || now - loggedAt >= SILENCE_SECONDS
}

function keyOf(zone: Name, reason: string): string {
  return `${reason} ${zone.key}`
}
