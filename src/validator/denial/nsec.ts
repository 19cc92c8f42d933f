/**
 * One NSEC record: what it says of names and types (RFC 4034 §4, RFC 4035 §5.4, RFC 6840 §4). It speaks of the span from its
 * owner to the next name, within its zone; the last record of a zone points back to the apex.
 */
import { compareNames, isAtOrBelow, Name } from '../../dns/name/index.ts'
import { NSEC } from '../../dns/rr/index.ts'
import type { RRset } from '../../dnssec/index.ts'
import { isExpanded } from './expanded.ts'
import { TypeSet } from './type-set.ts'

export class NsecRecord {
  readonly set: RRset
  readonly next: Name
  readonly types: TypeSet
  readonly #zone: Name
  readonly #isLast: boolean

  private constructor(set: RRset, zone: Name, next: Name, types: TypeSet) {
    this.set = set
    this.next = next
    this.types = types
    this.#zone = zone
    this.#isLast = next.equals(zone)
  }

  /** The records of an NSEC RRset of `zone`. What is malformed, of another type, outside the zone, pointing out of it
   * or expanded from a wildcard says nothing and is left out. */
  static read(set: RRset, zone: Name): NsecRecord[] {
    if (set.type !== NSEC.number || !set.owner.isAtOrBelow(zone) || isExpanded(set)) return []
    return set.rdatas.flatMap((rdata) => {
      if (!NSEC.check(rdata, 0, rdata.length)) return []
      const next = Name.fromOctets(rdata)
      return next.isAtOrBelow(zone) ? [new NsecRecord(set, zone, next, new TypeSet(rdata, next.octets.length))] : []
    })
  }

  get owner(): Name {
    return this.set.owner
  }

  /** Whether the types are those at this very name. */
  matches(name: Name): boolean {
    return this.owner.equals(name)
  }

  /**
   * Whether no name between the owner and the next has records, and `name` is between them. A record at a zone cut (from the
   * parent) or at a DNAME never covers what is below its owner: that belongs to others (RFC 6840 §4.1, RFC 6672 §5.3.4.1).
   */
  covers(name: Name): boolean {
    const { octets } = name
    const owner = this.owner.octets
    if (!name.isAtOrBelow(this.#zone) || compareNames(owner, 0, octets, 0) >= 0) return false
    if (!this.#isLast && compareNames(octets, 0, this.next.octets, 0) >= 0) return false
    return !(this.types.endsAuthority && isAtOrBelow(octets, 0, owner, 0))
  }

  /** Whether `name` does not exist: it is covered, and the next name is not below it. */
  deniesName(name: Name): boolean {
    return this.covers(name) && !this.next.isAtOrBelow(name)
  }

  /** Whether `name` exists without records of its own, since the next name is below it. */
  showsEmptyNonTerminal(name: Name): boolean {
    return this.covers(name) && this.next.isAtOrBelow(name)
  }
}
