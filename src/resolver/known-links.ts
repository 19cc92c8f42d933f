/**
 * Links that need not be fetched: kept as messages, made from RRsets, or proved by what is known (RFC 8020, RFC 8198). What was
 * judged before is judged; what only a client that checks for itself has asked for is not.
 */
import type { Name } from '../dns/name/index.ts'
import { readU32 } from '../dns/octets.ts'
import type { SteadySeconds } from '../dns/presentation/index.ts'
import { ANY, CLASS_IN, CNAME, DNAME, DS, RRSIG, SOA } from '../dns/rr/index.ts'
import { RCODE_NOERROR } from '../dns/wire/index.ts'
import type { Response, RRset } from '../dnssec/index.ts'
import { proveNoData, readDenial, type ValidationBudget, type Validator, type Verdict } from '../validator/index.ts'
import { type CachedMessage, type Caches, type Message, MOST_NEGATIVE_SECONDS, Rank } from './cache/index.ts'
import { isExpanded, synthesizeCname } from './links.ts'
import type { Routes } from './routes.ts'

/** What is known, with its verdict or without. */
export type KnownLink = { readonly message: CachedMessage } | { readonly unjudged: Response }

/** The verdict of what is secure and whose evidence was not kept. */
export const SECURE: Verdict = { status: 'secure', evidence: [] }
const INSECURE: Verdict = { status: 'insecure', evidence: [] }
const NOTHING: readonly RRset[] = []
/** Bounds for a proof that a zone has no DS, each time that it is used. */
const DS_PROOF = { maxNsec3Iterations: 50 }
const MOST_DS_HASHES = 8

/** What proofs of a zone say. */
type Denied = { readonly zone: Name; readonly message: CachedMessage }

export type KnownLinksParts = {
  readonly caches: Caches
  readonly aggressiveNsec: boolean
  /** What has no evidence with it is judged again. */
  readonly keepEvidence: boolean
  /** Absent: nothing is validated, and nothing denied by proofs. */
  readonly validator: Validator | undefined
  readonly routes: Routes
}

export class KnownLinks {
  readonly #parts: KnownLinksParts

  constructor(parts: KnownLinksParts) {
    this.#parts = parts
  }

  /** `isUnchecked`: for a client that checks for itself. */
  find(name: Name, type: number, isUnchecked: boolean, now: SteadySeconds): KnownLink | undefined {
    const { caches, validator, aggressiveNsec, keepEvidence } = this.#parts
    const message = caches.messages.find(name, type, now)
    if (message !== undefined) {
      const isJudged = message.verdict !== undefined || isUnchecked || validator === undefined
      return isJudged ? { message } : { unjudged: responseOf(message) }
    }
    const answer = this.#fromRrsets(name, type, now)
    if (answer !== undefined) {
      const unjudged = { ...bare(name, type), answer }
      if (isUnchecked || validator === undefined) return { message: messageOf(unjudged, undefined) }
      const verdict = keepEvidence ? undefined : verdictOf(answer)
      return verdict === undefined ? { unjudged } : { message: messageOf(unjudged, verdict) }
    }
    if (isUnchecked || validator === undefined) return undefined
    const unsigned = type === DS.number ? this.#absentDs(name, now) : undefined
    if (unsigned !== undefined) return validator.isExempt(name.parent, now) ? undefined : { message: unsigned }
    const absent = caches.messages.findAbsentAncestor(name, now)
    if (absent === undefined && (!aggressiveNsec || caches.denials.isEmpty)) return undefined
    if (validator.isExempt(name, now)) return undefined
    if (absent !== undefined)
      return this.#isRouted(name, type, absent.name) ? undefined : { message: { ...absent, name } }
    const denied = this.#deny(name, type, now)
    return denied === undefined || this.#isRouted(name, type, denied.zone) ? undefined : { message: denied.message }
  }

  /** Whether the configuration names a zone for the name that is below `above`: what is denied there says nothing of it. */
  #isRouted(name: Name, type: number, above: Name): boolean {
    const route = this.#parts.routes.routeOf(type === DS.number ? name.parent : name)
    return route !== undefined && route.zone.labelCount > above.labelCount
  }

  /** What a validator or the iterator can use, whatever its verdict may be, but for bogus data. */
  response(name: Name, type: number, now: SteadySeconds): Response | undefined {
    const message = this.#parts.caches.messages.find(name, type, now)
    if (message !== undefined && message.security !== 'bogus') return responseOf(message)
    const answer = this.#fromRrsets(name, type, now)
    return answer && { ...bare(name, type), answer }
  }

  /** What is known of the DS of a zone beside answers to that question: from the referral to it, or by proofs. */
  ds(name: Name, now: SteadySeconds): Response | undefined {
    const { caches, aggressiveNsec } = this.#parts
    const found = caches.rrsets.find(name, DS.number, now)
    if (found !== undefined && found.rank === Rank.referral && found.rrset.security !== 'bogus') {
      return { ...bare(name, DS.number), answer: [found.rrset] }
    }
    const proofs = caches.absentDs.find(name, now)
    if (proofs !== undefined) return { ...bare(name, DS.number), answer: [], authority: proofs.records }
    const denied = aggressiveNsec ? this.#deny(name, DS.number, now) : undefined
    return denied && responseOf(denied.message)
  }

  /** The link as it was before its time was over (RFC 8767). */
  stale(name: Name, type: number, now: SteadySeconds, maxSeconds: number): CachedMessage | undefined {
    const { messages, rrsets } = this.#parts.caches
    const message = messages.findStale(name, type, now, maxSeconds)
    if (message !== undefined) return message
    for (const wanted of typesFor(type)) {
      const rrset = rrsets.findStale(name, wanted, now, maxSeconds)?.rrset
      const verdict = rrset === undefined || isExpanded(rrset) ? undefined : verdictOf([rrset])
      if (rrset !== undefined && verdict !== undefined) {
        return messageOf({ ...bare(name, type), answer: [rrset] }, verdict)
      }
    }
    return undefined
  }

  /** RRsets of the cache as the answer to a question; aliases too. Expanded wildcards need proofs that are not there. */
  #fromRrsets(name: Name, type: number, now: SteadySeconds): readonly RRset[] | undefined {
    const { rrsets } = this.#parts.caches
    for (const wanted of typesFor(type)) {
      const found = rrsets.find(name, wanted, now)
      // What came with a referral and was validated since is as good as an answer.
      if (found === undefined || (found.rank < Rank.answer && found.rrset.security !== 'secure')) continue
      if (found.rrset.security !== 'bogus' && !isExpanded(found.rrset)) return [found.rrset]
    }
    return type === DS.number || !rrsets.sawDname ? undefined : this.#fromDname(name, now)
  }

  /** The alias that a DNAME of the cache makes of the name (RFC 6672 §3.4). */
  #fromDname(name: Name, now: SteadySeconds): readonly RRset[] | undefined {
    for (let at = name; !at.isRoot; ) {
      at = at.parent
      const dname = this.#parts.caches.rrsets.find(at, DNAME.number, now)?.rrset
      // Of what nobody vouches for it is not clear enough that it still stands.
      if (dname?.security !== 'secure') continue
      const cname = isExpanded(dname) ? undefined : synthesizeCname(name, dname)
      return cname && [dname, cname]
    }
    return undefined
  }

  /** That a zone has no DS, by what came with the referral to it and was validated since (RFC 8198 §5). */
  #absentDs(name: Name, now: SteadySeconds): CachedMessage | undefined {
    const { absentDs, rrsets } = this.#parts.caches
    const proofs = absentDs.find(name, now)
    if (proofs?.records.every(({ security }) => security === 'secure') !== true) return undefined
    // A referral has no SOA, which a denial needs (RFC 2308 §2.2).
    const soa = rrsets.find(proofs.signer, SOA.number, now)?.rrset
    if (soa?.security !== 'secure') return undefined
    const records = readDenial(proofs.signer, proofs.records, DS_PROOF, hashesFor(MOST_DS_HASHES))
    const { outcome, used } = proveNoData(records, name, DS.number)
    if (outcome !== 'proved') return undefined
    const authority = [soa, ...used]
    const most = Math.min(minimumOf(soa), MOST_NEGATIVE_SECONDS)
    const expires = Math.min(...authority.map((set) => set.expires), now + most)
    const verdict: Verdict = { ...SECURE, expires }
    const rest = { additional: NOTHING, security: 'secure', verdict, expires, isSynthesized: true } as const
    return { name, type: DS.number, rcode: RCODE_NOERROR, answer: NOTHING, authority, ...rest }
  }

  /** What secure proofs say of the name (RFC 8198). Not kept: a flood of names would fill the cache with what can be made again. */
  #deny(name: Name, type: number, now: SteadySeconds): Denied | undefined {
    const { denials } = this.#parts.caches
    if (denials.isEmpty) return undefined
    // The parent has the word on DS.
    for (let zone = type === DS.number ? name.parent : name; ; zone = zone.parent) {
      const denied = denials.deny(name, type, zone, now)
      if (denied !== undefined) {
        const { rcode, answer, authority, expires } = denied
        const verdict: Verdict = { ...SECURE, expires }
        const rest = { additional: NOTHING, security: 'secure', verdict, expires, isSynthesized: true } as const
        return { zone, message: { name, type, rcode, answer, authority, ...rest } }
      }
      if (zone.isRoot) return undefined
    }
  }
}

/** The last field of a SOA: how long denials may be kept (seconds). */
function minimumOf({ rdatas }: RRset): number {
  const [rdata] = rdatas
  return rdata === undefined || rdata.length < 4 ? 0 : readU32(rdata, rdata.length - 4)
}

/** Room for so many NSEC3 hashes. */
function hashesFor(most: number): ValidationBudget {
  let left = most
  return { takeVerification: () => false, takeHash: () => left-- > 0 }
}

/** Types that answer a question. What the child says of a name is not what the parent says of its DS. */
function typesFor(type: number): readonly number[] {
  if (type === ANY.number || type === RRSIG.number) return []
  return type === CNAME.number || type === DS.number ? [type] : [type, CNAME.number]
}

/** The verdict that the RRsets had before; undefined: they were not judged, or are but a part of what is to be judged. */
function verdictOf(answer: readonly RRset[]): Verdict | undefined {
  const [rrset, other] = answer
  if (other !== undefined) return undefined
  return rrset?.security === 'secure' ? SECURE : rrset?.security === 'insecure' ? INSECURE : undefined
}

/** A link of one RRset as a message that is not kept. */
export function messageOf(
  { name, type, rcode, answer, authority, additional }: Response,
  verdict: Verdict | undefined,
): CachedMessage {
  let expires = verdict?.expires ?? Number.POSITIVE_INFINITY
  for (const set of answer) if (set.expires < expires) expires = set.expires
  const security = verdict?.status ?? 'unchecked'
  return { name, type, rcode, answer, authority, additional, security, verdict, expires }
}

function bare(name: Name, type: number): Omit<Response, 'answer'> {
  return { name, type, class: CLASS_IN, rcode: 0, isAuthoritative: true, authority: NOTHING, additional: NOTHING }
}

export function responseOf({ name, type, rcode, answer, authority, additional }: Message): Response {
  return { ...bare(name, type), rcode, answer, authority, additional }
}
