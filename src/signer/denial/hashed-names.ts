/**
 * Which names an NSEC3 chain hashes after a change (RFC 5155 §7.1): those that exist, are not occluded and not opted out, and the
 * empty non-terminals above them.
 */
import type { Name } from '../../dns/name/index.ts'
import { DS } from '../../dns/rr/index.ts'
import { countFirst, type Steps, type ZoneContent, type ZoneView } from '../../zone/index.ts'
import { Pace } from '../in-steps.ts'
import { isChained, isOptedOut } from '../node-rules.ts'
import { kindOf, occluderOf } from '../view-rules.ts'
import { nextInChain } from './nsec.ts'

export class HashedNames {
  readonly #before: ZoneView
  readonly #after: ZoneContent
  readonly #names: readonly Name[]
  readonly #optOut: boolean

  /** `names`: all those whose records or kinds differ in the two versions, in canonical order. */
  constructor(before: ZoneView, after: ZoneContent, names: readonly Name[], optOut: boolean) {
    this.#before = before
    this.#after = after
    this.#names = names
    this.#optOut = optOut
  }

  /** Whether the chain has the name now; `wasHashed`: whether it had it before. */
  *has(name: Name, wasHashed: boolean): Steps<boolean> {
    if (this.#after.exists(name)) return this.#hasExisting(this.#after, name)
    if (occluderOf(this.#after, name) !== undefined || !this.#after.hasBelow(name)) return false
    return !this.#optOut || (yield* this.#leadsToHashed(name, wasHashed))
  }

  /** Whether a name that exists is hashed. */
  #hasExisting(zone: ZoneContent, name: Name): boolean {
    const kind = kindOf(zone, name)
    return isChained(kind) && !(this.#optOut && isOptedOut(kind, zone.has(name, DS.number)))
  }

  /**
   * Whether a hashed name lies below an empty non-terminal. Of the names below those that did not change are walked over only
   * where the others do not settle it: there may be any number of delegations without DS.
   */
  *#leadsToHashed(name: Name, wasHashed: boolean): Steps<boolean> {
    const changed = this.#namesBelow(name)
    if (changed.some((below) => this.#after.exists(below) && this.#hasExisting(this.#after, below))) return true
    if (!wasHashed) return false
    const hadOwnRecords = this.#before.exists(name)
    if (
      !hadOwnRecords &&
      !changed.some((below) => this.#before.exists(below) && this.#hasExisting(this.#before, below))
    ) {
      return true
    }
    const pace = new Pace()
    let below = this.#after.nameAfter(name)
    while (below?.isAtOrBelow(name)) {
      if (pace.isDue()) yield
      if (this.#hasExisting(this.#after, below)) return true
      below = nextInChain(this.#after, below)
    }
    return false
  }

  #namesBelow(name: Name): readonly Name[] {
    const names = this.#names
    const from = countFirst(names.length, (i) => names[i]!.compareTo(name) <= 0)
    const to = countFirst(names.length, (i) => names[i]!.compareTo(name) <= 0 || names[i]!.isAtOrBelow(name))
    return names.slice(from, to)
  }
}
