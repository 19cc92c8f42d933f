/** One validation: how, at what time, and with how much work. */
import type { UnixSeconds } from '../dns/presentation/index.ts'
import type { Reason } from './reasons.ts'
import type { ValidationBudget, ValidatorSettings } from './settings.ts'
import type { Words } from './verdict.ts'

export class Inquiry implements ValidationBudget {
  readonly settings: ValidatorSettings
  /** The time to which signatures are held. */
  readonly at: UnixSeconds
  /** The time of caches. */
  readonly now: UnixSeconds
  readonly #budget: ValidationBudget
  /** The query's budget ended: what fails now may be the fault of what was done before. */
  isExhausted = false

  constructor(settings: ValidatorSettings, at: UnixSeconds, now: UnixSeconds, budget: ValidationBudget) {
    this.settings = settings
    this.at = at
    this.now = now
    this.#budget = budget
  }

  takeVerification(): boolean {
    return this.#budget.takeVerification() || this.#end()
  }

  takeHash(iterations: number): boolean {
    return this.#budget.takeHash(iterations) || this.#end()
  }

  #end(): false {
    this.isExhausted = true
    return false
  }
}

/** Why something does not hold. */
export type Failure = { readonly ok: false; readonly reason: Reason; readonly words: Words }
