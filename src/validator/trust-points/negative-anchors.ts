/** Names at and below which nothing is validated for a while, because their owner broke their signatures (RFC 7646). */
import type { Name } from '../../dns/name/index.ts'
import type { UnixSeconds } from '../../dns/presentation/index.ts'

export type NegativeAnchor = {
  readonly name: Name
  /** It counts until then; undefined: until it is taken away, which RFC 7646 §2 advises against. */
  readonly until: UnixSeconds | undefined
  /** Why, for those who come later. */
  readonly reason?: string
}

export class NegativeAnchors {
  readonly #byName = new Map<string, NegativeAnchor>()

  /** Sets or replaces the one at a name. */
  set(anchor: NegativeAnchor): void {
    this.#byName.set(anchor.name.key, anchor)
  }

  delete(name: Name): boolean {
    return this.#byName.delete(name.key)
  }

  list(): NegativeAnchor[] {
    return [...this.#byName.values()]
  }

  /** The nearest at or above the name that still counts. */
  find(name: Name, now: UnixSeconds): Name | undefined {
    if (this.#byName.size === 0) return undefined
    for (let at = name; ; at = at.parent) {
      const found = this.#byName.get(at.key)
      if (found !== undefined && (found.until === undefined || now < found.until)) return found.name
      if (at.isRoot) return undefined
    }
  }

  /** Takes those away whose time is over, and names them. */
  expire(now: UnixSeconds): Name[] {
    const over = this.list().filter(({ until }) => until !== undefined && until <= now)
    for (const { name } of over) this.delete(name)
    return over.map(({ name }) => name)
  }
}
