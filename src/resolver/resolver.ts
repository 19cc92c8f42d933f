/**
 * The resolver: for one question the whole answer, link by link along its aliases, with what it may be believed.
 *
 *     resolver.ts       aliases, stale and early answers, what clients get
 *     judged-links.ts   caches, validation, other servers for what does not hold
 *     iterator.ts       delegations, servers
 *     ask-server.ts     one question to one server
 */
import type { Name } from '../dns/name/index.ts'
import { NS, SOA } from '../dns/rr/index.ts'
import { RCODE_SERVFAIL } from '../dns/wire/index.ts'
import type { Response, RRset } from '../dnssec/index.ts'
import type { Random } from '../ports/index.ts'
import type { Timers, Upstream } from '../ports/upstream.ts'
import { type Fetched, type Need, REASONS, type Validator, type Verdict } from '../validator/index.ts'
import type { ResolverClock } from './ask-server.ts'
import { Budget } from './budget.ts'
import type { CachedMessage, Caches } from './cache/index.ts'
import { answersOf, synthesizedFrom, worstOf } from './chain-answer.ts'
import type { ErrorReports } from './error-report.ts'
import { Attempt, type ExchangeRing } from './exchange-ring.ts'
import { bogus, failed, withAttempt } from './failed-resolutions.ts'
import { Iterator } from './iterator.ts'
import { type JudgedLink, JudgedLinks, type LinkFailure } from './judged-links.ts'
import { aliasTarget, isExpanded } from './links.ts'
import { type OnRemovedAddress, PrivateAddresses } from './private-addresses.ts'
import type { Remark, Resolution, ResolverQuery } from './resolution.ts'
import { type OwnZones, Routes } from './routes.ts'
import { allSilent } from './server-choice.ts'
import type { ServerWatch } from './server-watch.ts'
import type { ResolverSettings } from './settings.ts'
import { Tasks, type Work } from './tasks.ts'

export type ResolverParts = {
  readonly settings: ResolverSettings
  readonly upstream: Upstream
  readonly timers: Timers
  readonly random: Random
  readonly clock: ResolverClock
  readonly caches: Caches
  /** Absent: nothing is validated. */
  readonly validator?: Validator
  /** Hears of the keys of a zone that were fetched to validate: trust points learn from them (RFC 5011). */
  readonly onKeys?: (zone: Name, response: Response) => void
  /** Zones that are held here. What goes to `OWN_SERVER` is answered from them by `upstream`. */
  readonly ownZone?: OwnZones
  /** Those of them for which this server speaks itself: what it says is not validated, as where it is asked directly. */
  readonly isOwnWord?: (zone: Name) => boolean
  /** Calls back when others had their turn of the event loop. Absent: there are no others. */
  readonly afterOthers?: (call: () => void) => void
  /** Learns how servers reply. */
  readonly watch?: ServerWatch
  /** Hears which agents zones name for reports of what fails (RFC 9567). */
  readonly reports?: ErrorReports
  /** Called for each record that `privateAddresses` of the settings removes from replies. */
  readonly onRemovedAddress?: OnRemovedAddress
  /** Where exchanges with servers are noted, for failures to show them. */
  readonly exchanges?: ExchangeRing | undefined
  /** Hears of errors of this program. */
  readonly onFault: (error: unknown) => void
}

const EDE_STALE = 3
const EDE_OTHER = 0
/** Of its TTL: an answer that is asked for when this much is left is fetched anew (tenths). */
const EARLY_TENTHS = 1
const NEVER = Number.POSITIVE_INFINITY

export class Resolver {
  readonly caches: Caches
  readonly #parts: ResolverParts
  readonly #tasks: Tasks
  readonly #routes: Routes
  readonly #links: JudgedLinks
  readonly #privateAddresses: PrivateAddresses | undefined

  constructor(parts: ResolverParts) {
    const { settings, caches, clock } = parts
    this.#parts = parts
    this.caches = caches
    const { afterOthers: later } = parts
    const pace = later === undefined ? undefined : { milliseconds: () => clock.milliseconds(), later }
    this.#tasks = new Tasks(parts.onFault, pace)
    this.#routes = new Routes(settings, caches, parts.ownZone, parts.isOwnWord)
    const privateAddresses = PrivateAddresses.of(settings, parts.onRemovedAddress)
    this.#privateAddresses = privateAddresses
    const iterator = new Iterator({
      ...parts,
      privateAddresses,
      infrastructure: caches.infrastructure,
      routes: this.#routes,
      lookUp: (name, type, budget, silenceEnd) => this.#links.lookUp(name, type, budget, silenceEnd),
    })
    const validator = settings.validate ? parts.validator : undefined
    this.#links = new JudgedLinks({
      settings,
      caches,
      clock,
      tasks: this.#tasks,
      iterator,
      validator,
      onKeys: parts.onKeys,
      routes: this.#routes,
      privateAddresses,
    })
  }

  get settings(): ResolverSettings {
    return this.#parts.settings
  }

  /** Resolutions and what they wait for, under way. */
  get tasksUnderWay(): number {
    return this.#tasks.count
  }

  /** The zone that is to answer for a name, as far as delegations are known. */
  zoneInCharge(name: Name): Name {
    const { rrsets } = this.caches
    const now = this.#parts.clock.now()
    let at = name
    while (!at.isRoot && rrsets.find(at, NS.number, now) === undefined) at = at.parent
    return at
  }

  /** How far the chain of trust towards a name is known to hold. Undefined: nothing of it is known. */
  chainTowards(name: Name): Verdict | undefined {
    return this.#parts.validator?.knownChain(name, this.#parts.clock.now())
  }

  /** Whether all servers that would be asked are known to be silent. */
  allSilent({ name, type }: ResolverQuery): boolean {
    const { clock } = this.#parts
    const { infrastructure } = this.caches
    return allSilent(this.#routes.start(name, type, clock.now()), { infrastructure, clock })
  }

  /** Whether only servers could answer the question that are all known to be silent. */
  isSilent(query: ResolverQuery): boolean {
    const { name, type, checkingDisabled } = query
    if (!this.allSilent(query)) return false
    return !this.#links.isKnown(name, type, checkingDisabled) && this.#stale(query) === undefined
  }

  /** Resolves; `done` is called once, perhaps before this returns. */
  resolve(query: ResolverQuery, done: (resolution: Resolution) => void): void {
    const { settings, timers } = this.#parts
    const future = this.#tasks.start(this.#chain(query))
    if (future.isDone) {
      done(future.outcome ?? failed([{ code: EDE_OTHER, text: 'an error of this server' }]))
      return
    }
    let isTold = false
    const tell = (resolution: Resolution): void => {
      if (isTold) return
      isTold = true
      done(resolution)
    }
    const stale = settings.serveStale
    const cancel =
      stale === undefined
        ? undefined
        : timers.after(stale.clientMilliseconds, () => {
            const resolution = this.#stale(query)
            if (resolution !== undefined) tell(resolution)
          })
    future.whenDone(() => {
      cancel?.()
      tell(future.outcome ?? failed([{ code: EDE_OTHER, text: 'an error of this server' }]))
    })
  }

  /** Fetches one link from the network, without validation: for trust points. */
  fetch({ name, type, again }: Need, done: (fetched: Fetched) => void): void {
    const links = this.#links
    const budget = this.#budget()
    const work = again === undefined ? links.fetch(name, type, budget) : links.fetchAgain(again, budget)
    const future = this.#tasks.start(work)
    future.whenDone(() => {
      const { outcome } = future
      if (outcome === undefined || outcome === 'loop') done({ kind: 'unreachable', text: `${name} needs itself` })
      else done(outcome.kind === 'link' ? outcome.link : outcome)
    })
  }

  #budget(): Budget {
    const { settings, clock, exchanges } = this.#parts
    const attempt = exchanges === undefined ? undefined : new Attempt(exchanges)
    return new Budget(settings.limits, () => clock.milliseconds(), attempt)
  }

  *#chain(query: ResolverQuery): Work<Resolution> {
    const budget = this.#budget()
    const messages: CachedMessage[] = []
    return withAttempt(yield* this.#follow(query, messages, budget), query, messages, budget)
  }

  /** Follows the aliases; each link that is found goes to `messages`. */
  *#follow(query: ResolverQuery, messages: CachedMessage[], budget: Budget): Work<Resolution> {
    const { settings } = this.#parts
    const { type, checkingDisabled } = query
    const remarks: Remark[] = []
    let pending: readonly Response[] = []
    let { name } = query
    for (let aliases = 0; aliases <= settings.limits.aliases; aliases++) {
      const link = yield* this.#link(name, type, query, pending, budget)
      if (link.kind === 'failed') {
        const stale = this.#stale(query)
        return stale ?? failed([...remarks, ...link.remarks], link.verdict, link.failure)
      }
      const { message } = link
      pending = link.rest
      messages.push(message)
      if (message.security === 'bogus' && !checkingDisabled) return bogus(message)
      if (message.rcode !== 0) return this.#resolution(query, messages, remarks)
      const target = aliasTarget({ ...message, class: 1, isAuthoritative: true })
      if (target === undefined) return this.#resolution(query, messages, remarks)
      if (messages.some((other) => other.name.equals(target))) {
        // The circle is told: whoever looks into it sees at once what is wrong.
        const text = `${target} is an alias of itself`
        const circle = this.#resolution(query, messages, [{ code: EDE_OTHER, text }])
        return { ...circle, rcode: RCODE_SERVFAIL, authority: [], security: 'indeterminate' }
      }
      name = target
    }
    return failed([...remarks, { code: EDE_OTHER, text: `more than ${settings.limits.aliases} aliases in a row` }])
  }

  *#link(
    name: Name,
    type: number,
    query: ResolverQuery,
    pending: readonly Response[],
    budget: Budget,
  ): Work<JudgedLink | LinkFailure> {
    const { checkingDisabled, recursionDesired } = query
    const links = this.#links
    const [next, ...rest] = pending
    if (next?.name.equals(name)) {
      const known = yield* links.known(name, type, checkingDisabled, budget)
      if (known !== undefined && known.message.security !== 'bogus') return { ...known, rest }
      const message = yield* links.judge(next, budget)
      // What came along need not be as good as an answer of its own.
      const isBad = message.security === 'bogus' && budget.exhausted === undefined
      return isBad ? yield* links.fresh(name, type, checkingDisabled, budget) : { kind: 'link', message, rest }
    }
    if (!recursionDesired) {
      const known = yield* links.known(name, type, checkingDisabled, budget)
      return known ?? (yield* this.#nearestDelegation(name, type, checkingDisabled, budget))
    }
    const link = yield* links.find(name, type, checkingDisabled, budget)
    if (link.kind === 'link') this.#fetchEarly(link.message)
    return link
  }

  /** What a client that wants no recursion hears of a name that is not cached: who would know. */
  *#nearestDelegation(name: Name, type: number, isUnchecked: boolean, budget: Budget): Work<JudgedLink | LinkFailure> {
    for (let at = name; ; at = at.parent) {
      const found = yield* this.#links.known(at, NS.number, isUnchecked, budget)
      if (found !== undefined && found.message.answer.length > 0 && found.message.security !== 'bogus') {
        const { answer, security, expires } = found.message
        return { ...found, message: { ...found.message, name, type, answer: [], authority: answer, security, expires } }
      }
      if (at.isRoot) return { kind: 'failed', remarks: [{ code: EDE_OTHER, text: 'nothing of it is cached' }] }
    }
  }

  /** Fetches what is asked for and about to expire, for those who ask next. */
  #fetchEarly(message: CachedMessage): void {
    const { settings, clock } = this.#parts
    if (!settings.prefetch || message.answer.length === 0) return
    const ttl = Math.min(...message.answer.map((set) => set.ttl))
    const left = message.expires - clock.now()
    if (left <= 0 || left * 10 > ttl * EARLY_TENTHS || this.#links.isFetching(message.name, message.type)) return
    const work = this.#links.fresh(message.name, message.type, false, this.#budget())
    this.#tasks.start(work)
  }

  /** The answer as it was before its time was over (RFC 8767). */
  #stale(query: ResolverQuery): Resolution | undefined {
    const { name: asked, type, checkingDisabled } = query
    const { settings, clock } = this.#parts
    const { serveStale } = settings
    if (serveStale === undefined) return undefined
    const now = clock.now()
    const messages: CachedMessage[] = []
    for (let name = asked; messages.length <= settings.limits.aliases; ) {
      const message = this.#links.stale(name, type, serveStale.maxSeconds)
      if (message === undefined) return undefined
      if (message.security === 'unchecked' && settings.validate && !checkingDisabled) return undefined
      messages.push(message)
      const target = aliasTarget({ ...message, class: 1, isAuthoritative: true })
      if (target === undefined) break
      name = target
    }
    const remarks = [{ code: EDE_STALE, text: 'the servers of the zone do not answer; this was good before' }]
    return { ...this.#resolution(query, messages, remarks), isStale: true, expires: now }
  }

  /** The SOA as it was seen last: it may be younger than the denial that it stands in. */
  #latest(soa: RRset, now: number): RRset {
    const found = this.caches.rrsets.find(soa.owner, SOA.number, now)?.rrset
    if (found === undefined || found.security === 'bogus') return soa
    return soa.security === 'secure' && found.security !== 'secure' ? soa : found
  }

  #resolution(
    { checkingDisabled }: ResolverQuery,
    messages: readonly CachedMessage[],
    remarks: readonly Remark[],
  ): Resolution {
    const now = this.#parts.clock.now()
    const last = messages.at(-1)
    const answer = answersOf(messages)
    const authority: RRset[] = []
    const synthesized: Remark[] = []
    const removed = this.#privateAddresses?.remarkOn(answer)
    let expires = NEVER
    for (const message of messages) {
      if (message.isSynthesized === true) synthesized.push(synthesizedFrom(message))
      expires = Math.min(expires, message.expires)
      const isDenied = message === last && message.answer.length === 0
      const isNeeded = isDenied || message.answer.some(isExpanded)
      for (const set of message.authority) {
        // What came along with an alias is told where it was needed later on.
        if (!isNeeded && set.security !== 'secure') continue
        const told = set.type === SOA.number ? this.#latest(set, now) : set
        if (!authority.some((other) => other.type === set.type && other.owner.equals(set.owner))) authority.push(told)
      }
    }
    const worst = worstOf(messages)
    const verdict = worst?.verdict
    const code = verdict?.reason === undefined ? undefined : REASONS[verdict.reason].ede
    const told = code === undefined ? [] : [{ code, text: verdict?.detail ?? '' }]
    return {
      rcode: last?.rcode ?? RCODE_SERVFAIL,
      answer,
      authority,
      additional: [],
      // Who does without our check is not told its outcome.
      security: checkingDisabled ? 'unchecked' : (worst?.security ?? 'unchecked'),
      ...(verdict !== undefined && { verdict }),
      remarks: [...remarks, ...synthesized, ...told, ...(removed === undefined ? [] : [removed])],
      expires: Number.isFinite(expires) ? expires : now,
      isStale: false,
    }
  }
}
