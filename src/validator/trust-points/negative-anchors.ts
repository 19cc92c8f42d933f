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
  /** When it no longer counts, as the wall clock is set now. */
  readonly end: SteadySeconds | undefined
  /** The end that it had when it was set: it is kept until then, for a wall clock that is set back. */
  readonly last: SteadySeconds | undefined
  /** Its end was reported. */
  readonly isOver: boolean
}

/** What `expire` did: names of which an anchor ended, and of those the ones that are forgotten. */
export type Expired = { readonly over: readonly Name[]; readonly forgotten: readonly Name[] }

export class NegativeAnchors {
  readonly #byName = new Map<string, Kept>()

  /** Sets or replaces the one at a name. */
  set(anchor: NegativeAnchor, now: Instant): void {
    const end = endOf(anchor, now)
    this.#byName.set(anchor.name.key, { named: anchor, anchor, end, last: end, isOver: false })
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

  /** Names those whose time is over, each once, and forgets them when no wall clock can bring them back. */
  expire(now: SteadySeconds): Expired {
    const over: Name[] = []
    const forgotten: Name[] = []
    for (const [key, kept] of this.#byName) {
      const { anchor, end, last, isOver } = kept
      if (end === undefined || last === undefined || end > now) continue
      if (!isOver) over.push(anchor.name)
      if (last > now) this.#byName.set(key, { ...kept, isOver: true })
      else {
        this.#byName.delete(key)
        forgotten.push(anchor.name)
      }
    }
    return { over, forgotten }
  }

  /**
   * The wall clock was set. Each ends at its time by the wall clock, but no later than it was to end at first: a clock that is set
   * back prolongs none, and one that was set forward by mistake ends none for good. Returns those that have an end, with the time
   * that the wall clock will show then.
   */
  wallClockSet(now: Instant): NegativeAnchor[] {
    const ending: NegativeAnchor[] = []
    for (const [key, { named, last }] of this.#byName) {
      const byWall = endOf(named, now)
      if (last === undefined || byWall === undefined) continue
      const isEarlier = byWall - last > 1
      const anchor = isEarlier ? { ...named, until: now.wall + (last - now.steady) } : named
      this.#byName.set(key, { named, anchor, end: isEarlier ? last : byWall, last, isOver: false })
      ending.push(anchor)
    }
    return ending
  }
}

function endOf({ until }: NegativeAnchor, { wall, steady }: Instant): SteadySeconds | undefined {
  return until === undefined ? undefined : steady + (until - wall)
}
