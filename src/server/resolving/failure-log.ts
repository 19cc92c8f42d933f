/** Tells the log why answers did not validate, each name seldom and all of them no faster than a person can read. */
import { typeMnemonic } from '../../dns/rr/index.ts'
import type { SteadySeconds } from '../../ports/index.ts'
import type { Log } from '../../ports/log.ts'
import type { Resolution } from '../../resolver/index.ts'
import { REASONS } from '../../validator/index.ts'
import type { AskedQuestion } from './ready-answer.ts'

/** The same question is told once in so many seconds. */
const SILENCE_SECONDS = 300
/** Lines a minute. */
const MOST_A_MINUTE = 60
const MOST_REMEMBERED = 1000

export class FailureLog {
  readonly #log: Log
  readonly #toldAt = new Map<string, SteadySeconds>()
  #minute = 0
  #told = 0
  #passedOver = 0

  constructor(log: Log) {
    this.#log = log
  }

  /** A resolution failed, or was not secure. Only what is bogus is told. */
  saw({ name, type }: AskedQuestion, { security, verdict }: Resolution, now: SteadySeconds): void {
    if (security !== 'bogus' || verdict?.reason === undefined) return
    const key = `${verdict.zone?.key ?? ''} ${verdict.reason} ${name.key} ${type}`
    if (now - (this.#toldAt.get(key) ?? Number.NEGATIVE_INFINITY) < SILENCE_SECONDS || !this.#mayTell(now)) return
    if (this.#toldAt.size >= MOST_REMEMBERED) this.#toldAt.clear()
    this.#toldAt.set(key, now)
    const question = `${name} ${typeMnemonic(type)}`
    this.#log.warn(
      { question, reason: verdict.reason, zone: verdict.zone?.toString() },
      `${question} does not validate: ${verdict.detail ?? REASONS[verdict.reason].sentence}`,
    )
  }

  #mayTell(now: SteadySeconds): boolean {
    const minute = Math.floor(now / 60)
    if (minute !== this.#minute) {
      if (this.#passedOver > 0) {
        this.#log.warn({ count: this.#passedOver }, `${this.#passedOver} more answers did not validate`)
      }
      this.#minute = minute
      this.#told = 0
      this.#passedOver = 0
    }
    if (this.#told++ < MOST_A_MINUTE) return true
    this.#passedOver++
    return false
  }
}
