/** Looks at the keys of trust points when they are due (RFC 5011 §2.3), by the clock of the scenario. */
import type { Name } from '../../src/dns/name/index.ts'
import type { Resolver } from '../../src/resolver/index.ts'
import type { TrustPoints } from '../../src/validator/index.ts'
import type { ScenarioTime } from './scenario-time.ts'

export class TrustPointTimer {
  readonly #points: TrustPoints
  readonly #resolver: Resolver
  readonly #time: ScenarioTime
  #cancel: (() => void) | undefined

  constructor(points: TrustPoints, resolver: Resolver, time: ScenarioTime) {
    this.#points = points
    this.#resolver = resolver
    this.#time = time
  }

  /** What is due already is looked at when time passes for the first time: before that, a scenario's servers may not be there. */
  start(): void {
    this.#time.onPass(() => this.#wait())
  }

  /** Sets the timer for the point that is due next. */
  #wait(): void {
    this.#cancel?.()
    const at = this.#points.nextProbeAt()
    this.#cancel =
      at === undefined ? undefined : this.#time.after((at - this.#time.now()) * 1000, () => this.#probeDue())
  }

  #probeDue(): void {
    for (const zone of this.#points.due(this.#time.now())) this.#probe(zone)
  }

  #probe(zone: Name): void {
    const probe = this.#points.probe(zone, this.#time)
    const go = (step: ReturnType<typeof probe.next>): void => {
      if (step.done === true) this.#wait()
      else this.#resolver.fetch(step.value, (fetched) => go(probe.next(fetched)))
    }
    go(probe.next())
  }
}
