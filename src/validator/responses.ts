/** Looking into responses. */
import type { Name } from '../dns/name/index.ts'
import { DNAME } from '../dns/rr/index.ts'
import type { Response, RRset } from '../dnssec/index.ts'

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

/**
 * The response without RRsets of other classes than its own: they say nothing here, and some may have no RDATA where the others
 * have (RFC 2136 §2.4). Mostly the response itself.
 */
export function inOwnClass(response: Response): Response {
  const { answer, authority } = response
  const isOwn = (rrset: RRset): boolean => rrset.class === response.class
  if (answer.every(isOwn) && authority.every(isOwn)) return response
  return { ...response, answer: answer.filter(isOwn), authority: authority.filter(isOwn) }
}
