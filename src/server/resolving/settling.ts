/** Resolutions that began before trust changed: what they leave in the caches is forgotten again when they are done. */
import { monotonicMilliseconds } from '../../clock/index.ts'
import { Name } from '../../dns/name/index.ts'
import type { Resolver } from '../../resolver/index.ts'

/** How often one looks whether they are done, and how long at most: no resolution takes longer. */
const SETTLING_MILLISECONDS = 200
const MOST_SETTLING_MILLISECONDS = 30_000

export class Settling {
  readonly #forgetBelow: (name: Name) => void
  #timer: NodeJS.Timeout | undefined

  constructor(forgetBelow: (name: Name) => void) {
    this.#forgetBelow = forgetBelow
  }

  /** Forgets what is at and below `name` once all that `resolver` works on now is done. */
  begin(resolver: Pick<Resolver, 'tasksUnderWay'>, name: Name): void {
    if (resolver.tasksUnderWay === 0) return
    // The last one takes care of all: two at once are rare.
    const doubted = this.#timer === undefined ? name : Name.root
    clearInterval(this.#timer)
    const since = monotonicMilliseconds()
    this.#timer = setInterval(() => {
      if (resolver.tasksUnderWay > 0 && monotonicMilliseconds() - since < MOST_SETTLING_MILLISECONDS) return
      this.stop()
      this.#forgetBelow(doubted)
    }, SETTLING_MILLISECONDS)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
