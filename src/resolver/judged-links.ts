/**
 * Links with a verdict: from the caches where they are known, otherwise fetched and validated. One that does not hold is asked of
 * other servers before anybody hears of it; what fails is remembered (RFC 9520).
 */
import type { Name } from '../dns/name/index.ts'
import { DNSKEY, DS } from '../dns/rr/index.ts'
import type { Response, RRset } from '../dnssec/index.ts'
import type { Fetched, Need, Validator, Verdict } from '../validator/index.ts'
import type { ResolverClock } from './ask-server.ts'
import type { Budget } from './budget.ts'
import type { CachedMessage, Caches, FailureCause } from './cache/index.ts'
import type { FetchOptions } from './fetch-options.ts'
import type { DeniedAbove, FetchOutcome, JudgedOutcome } from './fetch-outcome.ts'
import type { Iterator } from './iterator.ts'
import { KeptLinks } from './kept-links.ts'
import { KnownLinks, messageOf } from './known-links.ts'
import { type PrivateAddresses, verdictOnRest, wholeOf } from './private-addresses.ts'
import type { Remark, ResolutionFailure } from './resolution.ts'
import type { Routes } from './routes.ts'
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

export type LinkFailure = {
  readonly kind: 'failed'
  readonly remarks: readonly Remark[]
  readonly verdict?: Verdict | undefined
  readonly failure?: ResolutionFailure | undefined
}

const EDE_NO_REACHABLE_AUTHORITY = 22
const EDE_NETWORK_ERROR = 23
const EDE_CACHED_ERROR = 13
const EDE_OTHER = 0
const NONE: readonly Response[] = []
const NOBODY: ReadonlySet<string> = new Set()
/** What this server says of its own zones is neither proved nor doubted, as where it is asked for it directly. */
const OWN_WORD: Verdict = { status: 'insecure', evidence: [], detail: 'a zone of this server' }

/** Work that others may wait for, and whose budget it draws on. */
type Shared<T> = { readonly future: Future<T>; readonly budget: Budget }

export type JudgedLinksParts = {
  readonly settings: ResolverSettings
  readonly caches: Caches
  readonly clock: ResolverClock
  readonly tasks: Tasks
  readonly iterator: Iterator
  readonly validator: Validator | undefined
  /** Hears of the keys of a zone that were fetched, for trust points. */
  readonly onKeys: ((zone: Name, response: Response) => void) | undefined
  readonly routes: Routes
  readonly privateAddresses?: PrivateAddresses | undefined
}

export class JudgedLinks {
  readonly #parts: JudgedLinksParts
  /** Fetches under way: unvalidated, of servers whose answers did hold so far. */
  readonly #fetches = new Map<string, Shared<JudgedOutcome>>()
  /** Fetches with validation under way. */
  readonly #judgements = new Map<string, Shared<JudgedLink | LinkFailure>>()
  /** The server that a response came from, with those that were asked for it before. */
  readonly #origins = new WeakMap<Response, string | ReadonlySet<string>>()
  readonly #known: KnownLinks
  readonly #kept: KeptLinks

  constructor(parts: JudgedLinksParts) {
    this.#parts = parts
    const { caches, settings, validator } = parts
    const { aggressiveNsec, keepEvidence } = settings
    this.#known = new KnownLinks({ caches, validator, aggressiveNsec, keepEvidence, routes: parts.routes })
    this.#kept = new KeptLinks({ caches, aggressiveNsec, keepEvidence, privateAddresses: parts.privateAddresses })
  }

  /** The link of (name, type), judged unless the client does that itself. */
  *find(name: Name, type: number, isUnchecked: boolean, budget: Budget): Work<JudgedLink | LinkFailure> {
    const { caches, clock } = this.#parts
    const now = clock.now()
    const known = this.#known.find(name, type, isUnchecked, now)
    if (known !== undefined) {
      return linkOf('message' in known ? known.message : yield* this.judge(known.unjudged, budget))
    }
    const failure = caches.failures.find(name, type, now)
    if (failure !== undefined && !(isUnchecked && failure.verdict !== undefined)) {
      const remarks = [...failure.remarks, { code: EDE_CACHED_ERROR, text: 'this failure is remembered' }]
      return { kind: 'failed', remarks, verdict: failure.verdict, failure: failure.failure }
    }
    return yield* this.fresh(name, type, isUnchecked, budget)
  }

  /** Whether the caches have the link, be it not judged yet. */
  isKnown(name: Name, type: number, isUnchecked: boolean): boolean {
    return this.#known.find(name, type, isUnchecked, this.#parts.clock.now()) !== undefined
  }

  /** The link as the caches know it. */
  *known(name: Name, type: number, isUnchecked: boolean, budget: Budget): Work<JudgedLink | undefined> {
    const known = this.#known.find(name, type, isUnchecked, this.#parts.clock.now())
    if (known === undefined) return undefined
    return linkOf('message' in known ? known.message : yield* this.judge(known.unjudged, budget))
  }

  /** The link as it was before its time was over (RFC 8767). */
  stale(name: Name, type: number, maxSeconds: number): CachedMessage | undefined {
    return this.#known.stale(name, type, this.#parts.clock.now(), maxSeconds)
  }

  /** Fetches the link whatever is known of it. */
  *fresh(name: Name, type: number, isUnchecked: boolean, budget: Budget): Work<JudgedLink | LinkFailure> {
    const key = `${type} ${isUnchecked} ${name.key}`
    const running = this.#judgements.get(key)
    const future = running?.future ?? this.#parts.tasks.start(this.#fetchAndJudge(name, type, isUnchecked, budget))
    if (running === undefined && !future.isDone) {
      this.#judgements.set(key, { future, budget })
      future.whenDone(() => this.#judgements.delete(key))
    }
    if (!future.isDone) yield future
    if (running !== undefined) joinAttempt(budget, running.budget)
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
    const isJudged = !isUnchecked && validator !== undefined
    const options: FetchOptions<DeniedAbove> = {
      budget,
      avoid: NOBODY,
      ...(isJudged && { judgeDenial: (denial) => this.#judgeDenial(name, denial, budget) }),
    }
    let avoid: Set<string> | undefined
    let last: JudgedLink | undefined
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      // Two queries for one question under way would double the chance of a forger (RFC 5452 §5).
      const outcome =
        avoid === undefined
          ? yield* isJudged ? this.#fetchOnce(name, type, options) : this.fetch(name, type, budget)
          : yield* this.#parts.iterator.fetch(name, type, { ...options, avoid })
      if (outcome === 'loop' || outcome.kind === 'unreachable') {
        if (last !== undefined) break
        const text = outcome === 'loop' ? `resolving ${name} needs ${name} itself` : outcome.text
        const remarks = [{ code: EDE_NO_REACHABLE_AUTHORITY, text }]
        if (outcome === 'loop') return this.#fail(name, type, { remarks })
        const { zone, isSilence, isNetwork } = outcome
        // The first error has the sentence; the second is for those that look for its code (RFC 8914 §4.24).
        if (isNetwork) remarks.push({ code: EDE_NETWORK_ERROR, text: '' })
        return this.#fail(name, type, { remarks, failure: { zone, isSilence } })
      }
      caches.failures.delete(name, type)
      if (outcome.kind === 'denied') return linkOf({ ...outcome.message, name, type })
      const { link, rest, server } = outcome
      if (!isJudged) return { kind: 'link', message: this.#put(link, undefined), rest }
      last = { kind: 'link', message: yield* this.judge(link, budget), rest }
      if (last.message.security !== 'bogus' || budget.exhausted !== undefined) return last
      avoid ??= new Set()
      avoid.add(server)
    }
    const remarks = [{ code: EDE_NO_REACHABLE_AUTHORITY, text: `no server answers for ${name}` }]
    return last ?? this.#fail(name, type, { remarks })
  }

  #fail(name: Name, type: number, cause: FailureCause): LinkFailure {
    const { caches, clock } = this.#parts
    const { failure } = cause
    const { remarks } = caches.failures.put(name, type, cause, clock.now())
    return { kind: 'failed', remarks, failure }
  }

  /** A link, unvalidated, from the network. Whoever asks for the same waits for the first. */
  *fetch(name: Name, type: number, budget: Budget, silenceEnd?: number): Work<FetchOutcome | 'loop'> {
    const options = { budget, avoid: NOBODY, ...(silenceEnd !== undefined && { silenceEnd }) }
    let outcome = yield* this.#fetchOnce(name, type, options)
    // It was fetched for a client whose answer is validated, and to which a name above was denied.
    while (outcome !== 'loop' && outcome.kind === 'denied') {
      const deniedAbove = outcome.message.name
      outcome = yield* this.#fetchOnce(name, type, { ...options, deniedAbove }, ' whole')
    }
    return outcome
  }

  /** The same with what `options` allow. Fetches that differ in `mark` do not wait for each other. */
  *#fetchOnce(name: Name, type: number, options: FetchOptions<DeniedAbove>, mark = ''): Work<JudgedOutcome | 'loop'> {
    const key = `${type} ${name.key}${mark}`
    const running = this.#fetches.get(key)
    const { iterator, tasks } = this.#parts
    const future = running?.future ?? tasks.start(iterator.fetch(name, type, options))
    if (running === undefined && !future.isDone) {
      this.#fetches.set(key, { future, budget: options.budget })
      future.whenDone(() => this.#fetches.delete(key))
    }
    if (!future.isDone) yield future
    if (running !== undefined) joinAttempt(options.budget, running.budget)
    const outcome = future.outcome ?? 'loop'
    if (outcome === 'loop' || outcome.kind !== 'link') return outcome
    // Only of these another server may have to be asked later.
    if (type === DNSKEY.number || type === DS.number) this.#origins.set(outcome.link, outcome.server)
    return outcome
  }

  /** The address of a server or whatever else is needed and not validated: from the caches, or fetched. */
  *lookUp(name: Name, type: number, budget: Budget, silenceEnd?: number): Work<FetchOutcome | 'loop'> {
    const response = this.#known.response(name, type, this.#parts.clock.now())
    if (response !== undefined) return { kind: 'link', link: response, rest: [], zone: name, server: '' }
    const outcome = yield* this.fetch(name, type, budget, silenceEnd)
    if (outcome !== 'loop' && outcome.kind === 'link') this.#put(outcome.link, undefined)
    return outcome
  }

  /** Validates a link and puts it into the cache with its verdict. */
  *judge(link: Response, budget: Budget): Work<CachedMessage> {
    const { validator } = this.#parts
    if (validator === undefined || this.#parts.routes.isOwn(link)) return this.#put(link, undefined)
    if (link.answer.some(isReduced)) return yield* this.#judgeWhole(validator, link, budget)
    return this.#put(link, yield* this.#validate(validator, link, budget))
  }

  /** Validates a link as it came, and keeps what is left of it. */
  *#judgeWhole(validator: Validator, link: Response, budget: Budget): Work<CachedMessage> {
    const whole = link.answer.map(wholeOf)
    const verdict = yield* this.#validate(validator, { ...link, answer: whole }, budget)
    const rest = verdictOnRest(verdict)
    for (const [i, set] of link.answer.entries()) {
      const judged = whole[i]
      if (judged === undefined || judged === set) continue
      set.security = judged.security === 'secure' ? 'insecure' : judged.security
      set.expires = Math.min(set.expires, judged.expires)
    }
    return this.#put(link, rest)
  }

  /** Judges the denial of a name above `name`, from a server. Undefined: it does not hold for `name`, or not longer than now. */
  *#judgeDenial(name: Name, denial: Response, budget: Budget): Work<DeniedAbove | undefined> {
    const { validator, clock } = this.#parts
    if (validator === undefined || validator.isExempt(name, clock.now())) return undefined
    const verdict = yield* this.#validate(validator, denial, budget)
    if (verdict.status !== 'secure' || verdict.denies !== 'name' || verdict.isNxname === true) return undefined
    const message = this.#kept.put(denial, verdict, clock.now())
    return message.expires > clock.now() ? { kind: 'denied', message } : undefined
  }

  *#validate(validator: Validator, link: Response, budget: Budget): Work<Verdict> {
    const { clock } = this.#parts
    const work = validator.validate(link, clock.validationNow(), clock.now(), budget)
    let step = work.next()
    let anew: Response[] | undefined
    while (step.done !== true) {
      const need: Need = step.value
      const fetched: Fetched = yield* this.#meet(need, budget)
      if (need.again !== undefined && !('kind' in fetched)) {
        anew ??= []
        anew.push(fetched)
      }
      step = work.next(fetched)
    }
    if (anew !== undefined && step.value.status === 'secure') this.#kept.replace(anew, clock.now())
    return step.value
  }

  /** Fetches what the validator needs. */
  *#meet({ name, type, again }: Need, budget: Budget): Work<Fetched> {
    if (again === undefined) {
      const now = this.#parts.clock.now()
      const known =
        this.#known.response(name, type, now) ?? (type === DS.number ? this.#known.ds(name, now) : undefined)
      if (known !== undefined) return known
      const outcome = yield* this.fetch(name, type, budget)
      if (outcome === 'loop') return { kind: 'unreachable', text: `${name} is needed to find itself` }
      if (outcome.kind !== 'link') return outcome
      if (type === DNSKEY.number) this.#parts.onKeys?.(name, outcome.link)
      return outcome.link
    }
    const outcome = yield* this.fetchAgain(again, budget)
    return outcome.kind === 'link' ? outcome.link : outcome
  }

  /** The same once more, of a server that did not say so yet. */
  *fetchAgain(last: Response, budget: Budget): Work<FetchOutcome> {
    const said = this.#origins.get(last)
    const avoid = typeof said === 'string' ? new Set([said]) : (said ?? new Set())
    const outcome = yield* this.#parts.iterator.fetch(last.name, last.type, { budget, avoid, isAnew: true })
    if (outcome.kind === 'link') this.#origins.set(outcome.link, new Set([...avoid, outcome.server]))
    return outcome
  }

  #put(link: Response, verdict: Verdict | undefined): CachedMessage {
    if (this.#parts.routes.isOwn(link)) return ownMessage(link)
    return this.#kept.put(link, verdict, this.#parts.clock.now())
  }
}

function ownMessage(link: Response): CachedMessage {
  const message = messageOf(link, OWN_WORD)
  return { ...message, expires: Math.min(message.expires, ...link.authority.map(({ expires }) => expires)) }
}

/** What was waited for belongs to the attempts of all that waited. */
function joinAttempt({ attempt }: Budget, other: Budget): void {
  if (other.attempt !== undefined) attempt?.join(other.attempt)
}

function linkOf(message: CachedMessage): JudgedLink {
  return { kind: 'link', message, rest: NONE }
}

/** Whether records of the RRset were removed. */
function isReduced({ withheld }: RRset): boolean {
  return withheld !== undefined
}
