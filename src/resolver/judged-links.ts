/**
 * Links with a verdict: from the caches where they are known, otherwise fetched and validated. One that does not hold is asked of
 * other servers before anybody hears of it; what fails is remembered (RFC 9520).
 */
import { Name } from '../dns/name/index.ts'
import { ANY, CLASS_IN, CNAME, DNAME, DNSKEY, DS, NSEC, NSEC3, RRSIG, SOA } from '../dns/rr/index.ts'
import type { Response, RRset } from '../dnssec/index.ts'
import type { Fetched, Need, Trust, Validator, Verdict } from '../validator/index.ts'
import type { ResolverClock } from './ask-server.ts'
import type { Budget } from './budget.ts'
import { type CachedMessage, type Caches, type Message, Rank } from './cache/index.ts'
import type { FetchOutcome, Iterator } from './iterator.ts'
import { isExpanded, repairAlias, synthesizeCname } from './links.ts'
import type { Remark } from './resolution.ts'
import type { ResolverSettings } from './settings.ts'
import type { Future, Tasks, Work } from './tasks.ts'

/** Servers that are asked for one thing, one after another, when what they say does not hold. */
const MOST_ATTEMPTS = 4

export type JudgedLink = {
  readonly kind: 'link'
  readonly message: CachedMessage
  /** Links after it that came along, not judged. */
  readonly rest: readonly Response[]
}

export type LinkFailure = { readonly kind: 'failed'; readonly remarks: readonly Remark[]; readonly verdict?: Verdict }

const EDE_NO_REACHABLE_AUTHORITY = 22
const EDE_CACHED_ERROR = 13
const EDE_OTHER = 0
const NEVER = Number.POSITIVE_INFINITY

export type JudgedLinksParts = {
  readonly settings: ResolverSettings
  readonly caches: Caches
  readonly clock: ResolverClock
  readonly tasks: Tasks
  readonly iterator: Iterator
  readonly validator: Validator | undefined
  /** Where nothing is validated, nothing is denied by proofs either. */
  readonly trust: Trust | undefined
  /** Hears of the keys of a zone that were fetched, for trust points. */
  readonly onKeys: ((zone: Name, response: Response) => void) | undefined
}

export class JudgedLinks {
  readonly #parts: JudgedLinksParts
  /** Fetches under way: unvalidated, of servers whose answers did hold so far. */
  readonly #fetches = new Map<string, Future<FetchOutcome>>()
  /** Fetches with validation under way. */
  readonly #judgements = new Map<string, Future<JudgedLink | LinkFailure>>()
  /** The server that a response came from. */
  readonly #origins = new WeakMap<Response, string>()

  constructor(parts: JudgedLinksParts) {
    this.#parts = parts
  }

  /** The link of (name, type), judged unless the client does that itself. */
  *find(name: Name, type: number, isUnchecked: boolean, budget: Budget): Work<JudgedLink | LinkFailure> {
    const known = yield* this.known(name, type, isUnchecked, budget)
    if (known !== undefined) return known
    const { caches, clock } = this.#parts
    const failure = caches.failures.find(name, type, clock.now())
    if (failure !== undefined && !(isUnchecked && failure.verdict !== undefined)) {
      const remarks = [...failure.remarks, { code: EDE_CACHED_ERROR, text: 'this failure is remembered' }]
      return { kind: 'failed', remarks, ...(failure.verdict !== undefined && { verdict: failure.verdict }) }
    }
    return yield* this.fresh(name, type, isUnchecked, budget)
  }

  /** The link as the caches know it. */
  *known(name: Name, type: number, isUnchecked: boolean, budget: Budget): Work<JudgedLink | undefined> {
    const { caches, clock, settings, validator, trust } = this.#parts
    const now = clock.now()
    const message = caches.messages.find(name, type, now)
    if (message !== undefined) {
      if (message.verdict !== undefined || isUnchecked || validator === undefined) return linkOf(message)
      return linkOf(yield* this.judge(responseOf(message), budget))
    }
    const response = this.#fromRrsets(name, type)
    if (response !== undefined) {
      return linkOf(isUnchecked ? this.#put(response, undefined) : yield* this.judge(response, budget))
    }
    if (isUnchecked || validator === undefined) return undefined
    const absent = caches.messages.findAbsentAncestor(name, now)
    const isExempt = trust?.findNegative(name, now) !== undefined
    if (absent !== undefined && !isExempt) return linkOf({ ...absent, name })
    if (!settings.aggressiveNsec || isExempt) return undefined
    return this.#deny(name, type)
  }

  /** What secure proofs say of the name (RFC 8198). */
  #deny(name: Name, type: number): JudgedLink | undefined {
    const { caches, clock } = this.#parts
    if (caches.denials.isEmpty) return undefined
    const now = clock.now()
    // The parent has the word on DS.
    for (let zone = type === DS.number ? name.parent : name; ; zone = zone.parent) {
      const denied = caches.denials.deny(name, type, zone, now)
      if (denied !== undefined) {
        const { rcode, answer, authority } = denied
        const verdict: Verdict = { status: 'secure', evidence: [], expires: denied.expires }
        // Not kept as a message: a flood of random names would fill the cache with what can be made again.
        const { expires } = denied
        const message = {
          name,
          type,
          rcode,
          answer,
          authority,
          additional: [],
          security: 'secure',
          verdict,
          expires,
        } as const
        return linkOf(message)
      }
      if (zone.isRoot) return undefined
    }
  }

  /** Fetches the link whatever is known of it. */
  *fresh(name: Name, type: number, isUnchecked: boolean, budget: Budget): Work<JudgedLink | LinkFailure> {
    const key = `${type} ${isUnchecked} ${name.key}`
    const running = this.#judgements.get(key)
    const future = running ?? this.#parts.tasks.start(this.#fetchAndJudge(name, type, isUnchecked, budget))
    if (running === undefined && !future.isDone) {
      this.#judgements.set(key, future)
      future.whenDone(() => this.#judgements.delete(key))
    }
    if (!future.isDone) yield future
    const { outcome } = future
    if (outcome !== undefined) return outcome
    return { kind: 'failed', remarks: [{ code: EDE_OTHER, text: 'resolving the name needs the name itself' }] }
  }

  /** Whether the link is being fetched. */
  isFetching(name: Name, type: number): boolean {
    return this.#judgements.has(`${type} false ${name.key}`)
  }

  *#fetchAndJudge(name: Name, type: number, isUnchecked: boolean, budget: Budget): Work<JudgedLink | LinkFailure> {
    const { caches, validator } = this.#parts
    const avoid = new Set<string>()
    let last: JudgedLink | undefined
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const outcome = yield* this.#fetchInline(name, type, budget, avoid)
      if (outcome === 'loop' || outcome.kind === 'unreachable') {
        if (last !== undefined) break
        const text = outcome === 'loop' ? 'resolving the name needs the name itself' : outcome.text
        return this.#fail(name, type, [{ code: EDE_NO_REACHABLE_AUTHORITY, text: `${name}: ${text}` }])
      }
      caches.failures.delete(name, type)
      const { link, rest, server } = outcome
      if (isUnchecked || validator === undefined) {
        return { kind: 'link', message: this.#put(link, undefined), rest }
      }
      last = { kind: 'link', message: yield* this.judge(link, budget), rest }
      if (last.message.security !== 'bogus' || budget.exhausted !== undefined) return last
      avoid.add(server)
    }
    return last ?? this.#fail(name, type, [{ code: EDE_NO_REACHABLE_AUTHORITY, text: `no server answers for ${name}` }])
  }

  /** Fetches within the task that judges: only one that is under way already is waited for. */
  *#fetchInline(name: Name, type: number, budget: Budget, avoid: ReadonlySet<string>): Work<FetchOutcome | 'loop'> {
    if (this.#fetches.size > 0 && avoid.size === 0 && this.#fetches.has(`${type} ${name.key}`)) {
      return yield* this.fetch(name, type, budget)
    }
    return yield* this.#parts.iterator.fetch(name, type, { budget, avoid })
  }

  #fail(name: Name, type: number, remarks: readonly Remark[]): LinkFailure {
    const { caches, clock } = this.#parts
    caches.failures.put(name, type, { remarks }, clock.now())
    return { kind: 'failed', remarks }
  }

  /** A link, unvalidated, from the network. Whoever asks for the same waits for the first. */
  *fetch(name: Name, type: number, budget: Budget): Work<FetchOutcome | 'loop'> {
    const key = `${type} ${name.key}`
    const running = this.#fetches.get(key)
    const work = this.#parts.iterator.fetch(name, type, { budget, avoid: new Set() })
    const future = running ?? this.#parts.tasks.start(work)
    if (running === undefined && !future.isDone) {
      this.#fetches.set(key, future)
      future.whenDone(() => this.#fetches.delete(key))
    }
    if (!future.isDone) yield future
    const outcome = future.outcome ?? 'loop'
    if (outcome !== 'loop' && outcome.kind === 'link') this.#origins.set(outcome.link, outcome.server)
    return outcome
  }

  /** The address of a server or whatever else is needed and not validated: from the caches, or fetched. */
  *lookUp(name: Name, type: number, budget: Budget): Work<FetchOutcome | 'loop'> {
    const response = this.#unjudged(name, type)
    if (response !== undefined) return { kind: 'link', link: response, rest: [], zone: name, server: '' }
    const outcome = yield* this.fetch(name, type, budget)
    if (outcome !== 'loop' && outcome.kind === 'link') this.#put(outcome.link, undefined)
    return outcome
  }

  /** What the caches have, whatever its verdict may be. */
  #unjudged(name: Name, type: number): Response | undefined {
    const message = this.#parts.caches.messages.find(name, type, this.#parts.clock.now())
    if (message !== undefined && message.security !== 'bogus') return responseOf(message)
    return this.#fromRrsets(name, type)
  }

  /** An RRset of the cache as the answer to a question; aliases too. Expanded wildcards need proofs that are not there. */
  #fromRrsets(name: Name, type: number): Response | undefined {
    if (type === ANY.number || type === RRSIG.number) return undefined
    const { caches, clock } = this.#parts
    // What the child says of the name is not what the parent says of its DS.
    for (const wanted of type === CNAME.number || type === DS.number ? [type] : [type, CNAME.number]) {
      const found = caches.rrsets.find(name, wanted, clock.now())
      if (found === undefined || found.rank < Rank.answer) continue
      const { rrset } = found
      if (rrset.security === 'bogus' || isExpanded(rrset)) continue
      return { ...bare(name, type), answer: [rrset] }
    }
    return type === DS.number ? undefined : this.#fromDname(name, type)
  }

  /** The alias that a DNAME of the cache makes of the name (RFC 6672 §3.4). */
  #fromDname(name: Name, type: number): Response | undefined {
    const { caches, clock } = this.#parts
    if (!caches.rrsets.sawDname) return undefined
    for (let at = name; !at.isRoot; ) {
      at = at.parent
      const found = caches.rrsets.find(at, DNAME.number, clock.now())
      // Of what nobody vouches for it is not clear enough that it still stands.
      if (found === undefined || found.rrset.security !== 'secure') continue
      const cname = isExpanded(found.rrset) ? undefined : synthesizeCname(name, found.rrset)
      return cname === undefined ? undefined : { ...bare(name, type), answer: [found.rrset, cname] }
    }
    return undefined
  }

  /** Validates a link and puts it into the cache with its verdict. */
  *judge(link: Response, budget: Budget): Work<CachedMessage> {
    const { validator, clock } = this.#parts
    if (validator === undefined) return this.#put(link, undefined)
    const work = validator.validate(link, clock.validationNow(), clock.now(), budget)
    const avoid = new Map<string, Set<string>>()
    let step = work.next()
    while (step.done !== true) step = work.next(yield* this.#meet(step.value, avoid, budget))
    return this.#put(link, step.value)
  }

  /** Fetches what the validator needs. */
  *#meet({ name, type, again }: Need, avoid: Map<string, Set<string>>, budget: Budget): Work<Fetched> {
    if (again === undefined) {
      const known = this.#unjudged(name, type) ?? this.#delegatedDs(name, type)
      if (known !== undefined) return known
      const denied = type === DS.number ? this.#deny(name, type) : undefined
      if (denied !== undefined) return responseOf(denied.message)
      const outcome = yield* this.fetch(name, type, budget)
      if (outcome === 'loop') return { kind: 'unreachable', text: `${name} is needed to find itself` }
      if (outcome.kind !== 'link') return outcome
      if (type === DNSKEY.number) this.#parts.onKeys?.(name, outcome.link)
      return outcome.link
    }
    const key = `${type} ${name.key}`
    const servers = avoid.get(key) ?? new Set()
    avoid.set(key, servers)
    const origin = this.#origins.get(again)
    if (origin !== undefined) servers.add(origin)
    const outcome = yield* this.#parts.iterator.fetch(name, type, { budget, avoid: servers })
    if (outcome.kind !== 'link') return outcome
    this.#origins.set(outcome.link, outcome.server)
    return outcome.link
  }

  /** What a referral brought of the DS: the RRset, or what proves that there is none. */
  #delegatedDs(name: Name, type: number): Response | undefined {
    if (type !== DS.number) return undefined
    const { caches, clock } = this.#parts
    const found = caches.rrsets.find(name, type, clock.now())
    if (found !== undefined && found.rank === Rank.referral && found.rrset.security !== 'bogus') {
      return { ...bare(name, type), answer: [found.rrset] }
    }
    const proofs = caches.absentDs.find(name, clock.now())
    return proofs === undefined ? undefined : { ...bare(name, type), answer: [], authority: proofs }
  }

  /** For later denials (RFC 8198), and wildcards. An NSEC lives no longer than the denial that it came with (RFC 9077 §3). */
  #keepProofs(answer: readonly RRset[], authority: readonly RRset[]): void {
    const { caches, clock } = this.#parts
    const soa = authority.find(({ type, security }) => type === SOA.number && security === 'secure')
    const end = soa?.expires ?? NEVER
    const keep = (set: RRset): void => {
      const signer = set.security === 'secure' ? signerOf(set) : undefined
      if (signer !== undefined) {
        caches.denials.put(signer, set.expires > end ? { ...set, expires: end } : set, clock.now())
      }
    }
    for (const set of answer) if (isExpanded(set)) keep(set)
    for (const set of authority) if (DENYING.has(set.type)) keep(set)
  }

  #put(link: Response, verdict: Verdict | undefined): CachedMessage {
    const { caches, clock, settings } = this.#parts
    const now = clock.now()
    const { name, type, rcode, additional } = link
    const security = verdict?.status ?? 'unchecked'
    const answer = security === 'bogus' ? link.answer : repairAlias(link.answer)
    // Of what is secure the evidence can be made again.
    const kept = security === 'secure' && !settings.keepEvidence ? withoutEvidence(verdict) : verdict
    const isKept = verdict === undefined || answer.length > 0
    const authority = isKept ? link.authority : link.authority.filter((set) => isTold(set, security))
    const message: Message = { name, type, rcode, answer, authority, additional, security, verdict: kept }
    if (security === 'secure' && settings.aggressiveNsec) {
      this.#keepProofs(answer, authority)
    }
    return caches.messages.put(message, now)
  }
}

const DENYING: ReadonlySet<number> = new Set([NSEC.number, NSEC3.number, SOA.number])
/** Of the signer's name in the RDATA of an RRSIG. */
const SIGNER_AT = 18

function signerOf({ signatures }: RRset): Name | undefined {
  const [signature] = signatures
  return signature === undefined ? undefined : Name.fromOctets(signature, SIGNER_AT)
}

const SECURE: Verdict = { status: 'secure', evidence: [] }

function withoutEvidence(verdict: Verdict | undefined): Verdict {
  const expires = verdict?.expires
  return expires === undefined ? SECURE : { ...SECURE, expires }
}

/** Nothing that did not validate goes with what did. */
function isTold(set: RRset, security: string): boolean {
  return security !== 'secure' || set.security === 'secure'
}

function bare(name: Name, type: number): Omit<Response, 'answer'> {
  return { name, type, class: CLASS_IN, rcode: 0, isAuthoritative: true, authority: [], additional: [] }
}

function linkOf(message: CachedMessage): JudgedLink {
  return { kind: 'link', message, rest: [] }
}

function responseOf({ name, type, rcode, answer, authority, additional }: Message): Response {
  return { ...bare(name, type), rcode, answer, authority, additional }
}
