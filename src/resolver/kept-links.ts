/** What becomes of a link that was fetched, with its verdict or without: what of it is kept, and where. */
import { Name } from '../dns/name/index.ts'
import type { SteadySeconds } from '../dns/presentation/index.ts'
import { CNAME, NSEC, NSEC3, SOA } from '../dns/rr/index.ts'
import { RCODE_NOERROR, RCODE_NXDOMAIN } from '../dns/wire/index.ts'
import type { Response, RRset } from '../dnssec/index.ts'
import type { Verdict } from '../validator/index.ts'
import { type CachedMessage, type Caches, type Message, Rank } from './cache/index.ts'
import { messageOf, SECURE } from './known-links.ts'
import { isExpanded, repairAlias } from './links.ts'
import type { PrivateAddresses } from './private-addresses.ts'

const NEVER = Number.POSITIVE_INFINITY
const DENYING: ReadonlySet<number> = new Set([NSEC.number, NSEC3.number, SOA.number])
/** Of the signer's name in the RDATA of an RRSIG. */
const SIGNER_AT = 18

export type KeptLinksParts = {
  readonly caches: Caches
  readonly aggressiveNsec: boolean
  /** The chain of trust is kept of secure answers too. */
  readonly keepEvidence: boolean
  readonly privateAddresses?: PrivateAddresses | undefined
}

export class KeptLinks {
  readonly #parts: KeptLinksParts

  constructor(parts: KeptLinksParts) {
    this.#parts = parts
  }

  /** Keeps the link and returns it as it may be told. */
  put(link: Response, verdict: Verdict | undefined, now: SteadySeconds): CachedMessage {
    const { caches, aggressiveNsec, keepEvidence } = this.#parts
    const security = verdict?.status ?? 'unchecked'
    const isSecure = security === 'secure'
    const answer = security === 'bogus' ? link.answer : repairAlias(link.answer)
    if (isSecure && aggressiveNsec && link.authority.length > 0) this.#keepProofs(answer, link.authority, now)
    // Of what is secure the evidence can be made again.
    const kept = isSecure && !keepEvidence ? withoutEvidence(verdict) : verdict
    // The cache of RRsets has all of it.
    if (isSecure && !keepEvidence && isPlain(link, answer)) return messageOf(link, kept)
    const isWhole = verdict === undefined || answer.length > 0
    const authority = isWhole ? link.authority : link.authority.filter((set) => isTold(set, isSecure))
    const { name, type, additional } = link
    const rcode = rcodeOf(link, verdict)
    const message: Message = { name, type, rcode, answer, authority, additional, security, verdict: kept }
    return caches.messages.put(message, now)
  }

  /** Keeps keys and DS records that were fetched past the caches and turned out to be good: others are to have them too. */
  replace(links: readonly Response[], now: SteadySeconds): void {
    const { rrsets } = this.#parts.caches
    for (const set of links.flatMap(({ answer }) => answer)) {
      if (set.security === 'bogus') continue
      rrsets.delete(set.owner, set.type)
      rrsets.put(set, Rank.authoritativeAnswer, now)
    }
  }

  /** For later denials (RFC 8198), and wildcards. An NSEC lives no longer than the denial that it came with (RFC 9077 §3). */
  #keepProofs(answer: readonly RRset[], authority: readonly RRset[], now: SteadySeconds): void {
    const { caches, privateAddresses } = this.#parts
    const { denials } = caches
    const soa = authority.find(({ type, security }) => type === SOA.number && security === 'secure')
    const end = soa?.expires ?? NEVER
    const keep = (set: RRset): void => {
      const signer = set.security === 'secure' ? signerOf(set) : undefined
      if (signer !== undefined) denials.put(signer, set.expires > end ? { ...set, expires: end } : set, now)
    }
    for (const set of answer) {
      // The wildcard also stands for names that must not have such addresses.
      if (isExpanded(set) && privateAddresses?.holdsPrivate(set) !== true) keep(set)
    }
    for (const set of authority) if (DENYING.has(set.type)) keep(set)
  }
}

/** One RRset that stands for itself: asked for, or the CNAME at the name. */
function isPlain({ name, type, rcode }: Response, answer: readonly RRset[]): boolean {
  const [set, other] = answer
  if (set === undefined || other !== undefined || rcode !== RCODE_NOERROR || isExpanded(set)) return false
  return (set.type === type || set.type === CNAME.number) && set.owner.equals(name)
}

/** What a secure denial proves has the last word, but for compact denial, where the name is told to be there (RFC 9824 §3). */
function rcodeOf({ rcode }: Response, verdict: Verdict | undefined): number {
  if (verdict?.status !== 'secure' || verdict.denies === undefined || verdict.isNxname === true) return rcode
  return verdict.denies === 'name' ? RCODE_NXDOMAIN : RCODE_NOERROR
}

function signerOf({ signatures }: RRset): Name | undefined {
  const [signature] = signatures
  return signature === undefined ? undefined : Name.fromOctets(signature, SIGNER_AT)
}

function withoutEvidence(verdict: Verdict | undefined): Verdict {
  const expires = verdict?.expires
  return expires === undefined ? SECURE : { ...SECURE, expires }
}

/** Nothing that did not validate goes with what did. */
function isTold(set: RRset, isSecure: boolean): boolean {
  return !isSecure || set.security === 'secure'
}
