/**
 * What a zone holds after a change, while only the version before it is there: records are copied of the names alone that the
 * change touches. Changes of NSEC3 records are not looked at: those that prove something are no content.
 */
import { Name } from '../dns/name/index.ts'
import { countFirst } from './binary-search.ts'
import { applyToRecords, changesByOwner } from './image/owner-changes.ts'
import { sortInSteps } from './sort-in-steps.ts'
import { doAll, type Steps } from './steps.ts'
import { groupRecords, makesName, ungroupRrsets } from './view-rrsets.ts'
import type { ZoneChange } from './zone-change.ts'
import type { ViewNode, ZoneContent } from './zone-view.ts'

/** Names that are looked at in one step. */
const STEP = 100

export class ChangedZone implements ZoneContent {
  readonly apex: Name
  /** The names that the change touches, in canonical order. */
  readonly touched: readonly Name[]
  readonly #before: ZoneContent
  /** What the touched names hold now, by their keys. */
  readonly #nodes: ReadonlyMap<string, ViewNode | undefined>
  /** Those of them that exist, in canonical order. */
  readonly #existing: readonly Name[]

  private constructor(before: ZoneContent, touched: readonly Name[], nodes: ReadonlyMap<string, ViewNode | undefined>) {
    this.apex = before.apex
    this.#before = before
    this.#nodes = nodes
    this.touched = touched
    this.#existing = touched.filter((name) => this.exists(name))
  }

  /** Throws DnsError `transfer-failed` when the change is none of this version. */
  static create(before: ZoneContent, change: ZoneChange): ChangedZone {
    return doAll(ChangedZone.createInSteps(before, change))
  }

  /** The same in steps. */
  static *createInSteps(before: ZoneContent, change: ZoneChange): Steps<ChangedZone> {
    const touched: Name[] = []
    const nodes = new Map<string, ViewNode | undefined>()
    for (const ofOwner of yield* changesByOwner(change, before.apex.octets)) {
      if (ofOwner.isHashed) continue
      const name = Name.fromOctets(ofOwner.owner)
      const node = before.node(name)
      const records = applyToRecords([...ungroupRrsets(node?.rrsets ?? [])], ofOwner)
      const owner = node?.owner ?? name
      touched.push(owner)
      nodes.set(owner.key, records.length === 0 ? undefined : { owner, rrsets: groupRecords(records) })
      if (touched.length % STEP === 0) yield
    }
    const sorted = yield* sortInSteps(touched, (a, b) => a.compareTo(b))
    return new ChangedZone(before, sorted, nodes)
  }

  node(name: Name): ViewNode | undefined {
    return this.#nodes.has(name.key) ? this.#nodes.get(name.key) : this.#before.node(name)
  }

  has(name: Name, type: number): boolean {
    if (!this.#nodes.has(name.key)) return this.#before.has(name, type)
    return this.#hasTouched(name, (own) => own === type)
  }

  exists(name: Name): boolean {
    return this.#nodes.has(name.key) ? this.#hasTouched(name, makesName) : this.#before.exists(name)
  }

  hasBelow(name: Name): boolean {
    if (this.#touchedAfter(name)?.isAtOrBelow(name)) return true
    let below = this.#before.nameAfter(name)
    while (below?.isAtOrBelow(name)) {
      if (this.exists(below)) return true
      below = this.#before.nameAfter(below)
    }
    return false
  }

  nameAfter(name: Name): Name | undefined {
    return this.#first(this.#touchedAfter(name), this.#before.nameAfter(name))
  }

  nameBehind(name: Name): Name | undefined {
    const isAtOrBefore = (i: number): boolean =>
      this.#compare(i, name) <= 0 || this.#existing[i]?.isAtOrBelow(name) === true
    const touched = this.#existing[countFirst(this.#existing.length, isAtOrBefore)]
    return this.#first(touched, this.#before.nameBehind(name))
  }

  #hasTouched(name: Name, test: (type: number) => boolean): boolean {
    const node = this.#nodes.get(name.key)
    return node?.rrsets.some(({ type, records }) => records.length > 0 && test(type)) ?? false
  }

  #touchedAfter(name: Name): Name | undefined {
    return this.#existing[countFirst(this.#existing.length, (i) => this.#compare(i, name) <= 0)]
  }

  #compare(i: number, name: Name): number {
    return this.#existing[i]!.compareTo(name)
  }

  /** The first of a touched name that exists and, from this name of the version before on, of those that still do. */
  #first(touched: Name | undefined, before: Name | undefined): Name | undefined {
    let other = before
    while (other !== undefined && this.#nodes.has(other.key) && !this.exists(other))
      other = this.#before.nameAfter(other)
    if (touched === undefined || other === undefined) return touched ?? other
    return touched.compareTo(other) <= 0 ? touched : other
  }
}
