/** One validation: how, at what time, and with how much work. */
import type { Name } from '../dns/name/index.ts'
import type { SteadySeconds, UnixSeconds } from '../dns/presentation/index.ts'
import type { Reason } from './reasons.ts'
import type { ValidationBudget, ValidatorSettings } from './settings.ts'
import type { Words } from './verdict.ts'

/** A name that `zone`, which is secure, proves not to exist. */
export type AbsentName = { readonly name: Name; readonly zone: Name; readonly words: Words }

export class Inquiry implements ValidationBudget {
  readonly settings: ValidatorSettings
  /** The time to which signatures are held. */
  readonly at: UnixSeconds
  /** The time of caches. */
  readonly now: SteadySeconds
  readonly #budget: ValidationBudget
  /** The query's budget ended: what fails now may be the fault of what was done before. */
  isExhausted = false
  /** The name at which the last walk down the chain of trust ended, since there is no such name. */
  absent: AbsentName | undefined

  constructor(settings: ValidatorSettings, at: UnixSeconds, now: SteadySeconds, budget: ValidationBudget) {
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
