/** What the fetch of one link may do, and for whom it is. */
import type { Name } from '../dns/name/index.ts'
import type { Response } from '../dnssec/index.ts'
import type { Budget } from './budget.ts'
import type { Work } from './tasks.ts'

/** `D`: what the fetch comes to when a name above is denied; never, without `judgeDenial`. */
export type FetchOptions<D = never> = {
  readonly budget: Budget
  /** Keys of servers whose last answer did not hold. */
  readonly avoid: ReadonlySet<string>
  /** What comes is returned as it came, also where the caches have something that they think better of. */
  readonly isAnew?: boolean
  /** Of `budget.silentMilliseconds`: when that much is reached, the fetch ends. */
  readonly silenceEnd?: number
  /** A name above the one that is wanted that was denied, which does not end the fetch: it is not asked again. */
  readonly deniedAbove?: Name
  /** Judges the denial of a name above the one that is wanted. Returns the outcome when nothing below that name exists. */
  readonly judgeDenial?: (denial: Response) => Work<D | undefined>
}
