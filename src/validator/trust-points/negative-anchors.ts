/** Names at and below which nothing is validated for a while, because their owner broke their signatures (RFC 7646). */
import type { Name } from '../../dns/name/index.ts'
import type { SteadySeconds, UnixSeconds } from '../../dns/presentation/index.ts'
import type { Instant } from '../../ports/index.ts'

export type NegativeAnchor = {
  readonly name: Name
  /** It counts until then; undefined: until it is taken away, which RFC 7646 §2 advises against. */
  readonly until: UnixSeconds | undefined
  /** Why, for those who come later. */
  readonly reason?: string
}

type Kept = {
  /** As it was named. */
  readonly named: NegativeAnchor
  /** With the end that it has by the wall clock as that is set now. */
  readonly anchor: NegativeAnchor
  /** When it no longer counts. */
  readonly end: SteadySeconds | undefined
}

export class NegativeAnchors {
  readonly #byName = new Map<string, Kept>()

  /** Sets or replaces the one at a name. */
  set(anchor: NegativeAnchor, now: Instant): void {
    this.#byName.set(anchor.name.key, { named: anchor, anchor, end: endOf(anchor, now) })
  }

  delete(name: Name): boolean {
    return this.#byName.delete(name.key)
  }

  list(): NegativeAnchor[] {
    return [...this.#byName.values()].map(({ anchor }) => anchor)
  }

  /** The nearest at or above the name that still counts. */
  find(name: Name, now: SteadySeconds): Name | undefined {
    if (this.#byName.size === 0) return undefined
    for (let at = name; ; at = at.parent) {
      const found = this.#byName.get(at.key)
      if (found !== undefined && (found.end === undefined || now < found.end)) return found.anchor.name
      if (at.isRoot) return undefined
    }
  }

  /** Takes those away whose time is over, and names them. */
  expire(now: SteadySeconds): Name[] {
    const over = [...this.#byName.values()].filter(({ end }) => end !== undefined && end <= now)
    for (const { anchor } of over) this.delete(anchor.name)
    return over.map(({ anchor }) => anchor.name)
  }

  /**
   * The wall clock was set. Each ends when it was to end by the wall clock, but no later than it would have ended: a clock that
   * is set back prolongs none. Returns those that have an end, with the time that the wall clock will show then.
   */
  wallClockSet(now: Instant): NegativeAnchor[] {
    const ending: NegativeAnchor[] = []
    for (const [key, { named, end }] of this.#byName) {
      const byWall = endOf(named, now)
      if (end === undefined || byWall === undefined) continue
      const isEarlier = byWall - end > 1
      const anchor = isEarlier ? { ...named, until: now.wall + (end - now.steady) } : named
      this.#byName.set(key, { named, anchor, end: isEarlier ? end : byWall })
      ending.push(anchor)
    }
    return ending
  }
}

function endOf({ until }: NegativeAnchor, { wall, steady }: Instant): SteadySeconds | undefined {
  return until === undefined ? undefined : steady + (until - wall)
}
