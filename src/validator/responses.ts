/** Looking into responses. */
import type { Name } from '../dns/name/index.ts'
import { DNAME } from '../dns/rr/index.ts'
import type { RRset } from '../dnssec/index.ts'

/** The RRset of that owner and type, unless only signatures of it came. */
export function findRRset(rrsets: readonly RRset[], owner: Name, type: number): RRset | undefined {
  for (const rrset of rrsets) {
    if (rrset.type === type && rrset.rdatas.length > 0 && rrset.owner.equals(owner)) return rrset
  }
  return undefined
}

/** A DNAME that stands above the name. */
export function findDname(rrsets: readonly RRset[], name: Name): RRset | undefined {
  return rrsets.find(
    (rrset) =>
      rrset.type === DNAME.number &&
      rrset.rdatas.length > 0 &&
      name.isAtOrBelow(rrset.owner) &&
      !name.equals(rrset.owner),
  )
}
