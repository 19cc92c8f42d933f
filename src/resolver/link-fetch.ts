/** One link fetched from the network (`iterator.ts` has the steps): where the fetch is, and what it tried. */
import type { Name } from '../dns/name/index.ts'
import { CLASS_IN, DS, NS } from '../dns/rr/index.ts'
import { RCODE_NXDOMAIN, rcodeMnemonic } from '../dns/wire/index.ts'
import type { Response } from '../dnssec/index.ts'
import { type AskFailure, type AskParts, askServer } from './ask-server.ts'
import type { Caches } from './cache/index.ts'
import { type AnswerSorted, type Asked, type Sorted, sortReply } from './classify.ts'
import type { Delegation, Server } from './delegation.ts'
import type { ErrorReports } from './error-report.ts'
import { failureOf } from './fetch-failure.ts'
import type { FetchOptions } from './fetch-options.ts'
import type { FetchedLink, FetchOutcome } from './fetch-outcome.ts'
import { isSignedProof } from './links.ts'
import { Minimiser } from './minimise.ts'
import { needsPriming, primeRoot } from './prime-root.ts'
import { type PrivateAddresses, withoutPrivate } from './private-addresses.ts'
import type { Reply } from './reply.ts'
import type { Routes } from './routes.ts'
import { findAddresses, findOtherFamily, type LookUp, takeSpare } from './server-addresses.ts'
import { chooseServer } from './server-choice.ts'
import { type ServerFailureKind, ServerFailures } from './server-failure.ts'
import { takeLinks } from './take-links.ts'
import { takeReferral } from './take-referral.ts'
import type { Work } from './tasks.ts'

export type LinkFetchParts = AskParts & {
  readonly caches: Caches
  readonly routes: Routes
  readonly reports?: ErrorReports
  readonly privateAddresses?: PrivateAddresses | undefined
  readonly lookUp: LookUp
}

/** Referrals and restarts of one fetch. */
const MOST_STEPS = 40
/** Messages to servers of one zone that bring nothing. */
const MOST_IN_VAIN = 28
/** Timeouts of a server in one resolution. */
const MOST_FAILURES = 3
/** With less time left than this no server is asked: hardly one would reply in it. */
const LEAST_MILLISECONDS = 50
/** How long a query waits for a server that is known to be silent. */
const BRIEF_MILLISECONDS = 800
/** Empty answers after which the next is believed. */
const MOST_EMPTY = 4
/** Servers whose answers did not validate, before further addresses are looked up. */
const MANY_AVOIDED = 2
const NEVER = Number.POSITIVE_INFINITY

export class LinkFetch<D = never> {
  readonly #parts: LinkFetchParts
  readonly #name: Name
  readonly #type: number
  readonly #options: FetchOptions<D>
  readonly #failures = new ServerFailures()
  #delegation: Delegation
  #minimiser: Minimiser
  #steps = 0
  /** Messages to servers of this delegation that brought nothing. */
  #inVain = 0
  /** Of `budget.silentMilliseconds`: when the fetch ends, and when this delegation is left. */
  readonly #silenceEnd: number
  #zoneSilenceEnd: number
  /** A delegation was left whose servers were of no use: those of zones above it are asked. */
  #wasLeft = false
  /** The servers of the parent were looked for, to ask them for a DS. */
  #wasLocated = false
  /** The last reply denies a name above the one that is wanted. */
  #denial: Response | undefined
  /** An answer without records, which is used when no other server has more, and the number of such answers. */
  #empty: (() => FetchedLink) | undefined
  #empties = 0

  constructor(parts: LinkFetchParts, name: Name, type: number, options: FetchOptions<D>) {
    this.#parts = parts
    this.#name = name
    this.#type = type
    this.#options = options
    const { budget, silenceEnd = NEVER } = options
    const { silentMilliseconds, silentMillisecondsPerZone } = parts.settings.limits
    this.#silenceEnd = Math.min(silenceEnd, budget.silentMilliseconds + silentMilliseconds)
    this.#zoneSilenceEnd = budget.silentMilliseconds + silentMillisecondsPerZone
    this.#delegation = parts.routes.start(name, type, parts.clock.now())
    this.#minimiser = this.#newMinimiser()
  }

  *run(): Work<FetchOutcome | D> {
    const { budget, avoid } = this.#options
    while (this.#steps < MOST_STEPS) {
      if (needsPriming(this.#parts, this.#delegation, this.#name, this.#type)) {
        this.#delegation = yield* primeRoot(this.#parts, this.#delegation, budget)
      }
      if (this.#silenceEnd - budget.silentMilliseconds < LEAST_MILLISECONDS) return this.#giveUp()
      const server =
        this.#silenceLeft < LEAST_MILLISECONDS ? undefined : chooseServer(this.#delegation, this.#parts, avoid)
      const silentBefore = budget.silentMilliseconds
      const isMore = yield* this.#findMore(server)
      // The silence of others is not that of this delegation.
      this.#zoneSilenceEnd += budget.silentMilliseconds - silentBefore
      if (isMore) continue
      const outcome = server === undefined ? yield* this.#leave() : yield* this.#ask(server)
      if (outcome !== undefined) return outcome
    }
    const text = `more than ${MOST_STEPS} delegations in a row`
    this.#failures.addName(this.#delegation.zone, { text, isCircle: false })
    return this.#giveUp()
  }

  /** How long servers of this delegation may still be waited for that do not reply (milliseconds). */
  get #silenceLeft(): number {
    return Math.min(this.#silenceEnd, this.#zoneSilenceEnd) - this.#options.budget.silentMilliseconds
  }

  /** Looks for more servers of the delegation, when none is left (`server` is undefined), or none that is sure to be of use. */
  *#findMore(server: Server | undefined): Work<boolean> {
    if (this.#empty !== undefined) return false
    const delegation = this.#delegation
    if (server === undefined) {
      if (yield* findAddresses(this.#parts, delegation, this.#search)) return true
      if (takeSpare(this.#parts, delegation)) return true
    }
    const isWanting = server === undefined || server.failures > 0 || this.#options.avoid.size >= MANY_AVOIDED
    if (!isWanting || delegation.soughtOtherFamily) return false
    return yield* findOtherFamily(this.#parts, delegation, this.#search, false)
  }

  get #search() {
    return {
      name: this.#name,
      type: this.#type,
      budget: this.#options.budget,
      failures: this.#failures,
      silenceEnd: this.#silenceEnd,
    }
  }

  /** No server of the delegation is of use: on to another one, or the end. */
  *#leave(): Work<FetchOutcome | undefined> {
    if (this.#empty !== undefined) return this.#empty()
    this.#steps++
    const next = this.#elsewhere()
    if (next !== undefined) {
      this.#wasLeft = true
      this.#enter(next)
      this.#minimiser = this.#newMinimiser()
      return undefined
    }
    // Servers that replied, if with nothing that held, can be asked for the addresses of others.
    if (this.#options.avoid.size > 0 && !this.#delegation.soughtWithin) {
      if (yield* findOtherFamily(this.#parts, this.#delegation, this.#search, true)) return undefined
    }
    return this.#giveUp()
  }

  *#ask(server: Server): Work<FetchOutcome | D | undefined> {
    const { budget, deniedAbove } = this.#options
    const delegation = this.#delegation
    const minimiser = this.#minimiser
    if (deniedAbove?.equals(minimiser.asked) === true) minimiser.giveUp()
    if (!minimiser.isWhole && this.#isKnownBelow(minimiser.asked)) {
      minimiser.goOn()
      return undefined
    }
    const isForwarded = delegation.kind === 'forward'
    const isBrief = delegation.probe === 'brief'
    const name = minimiser.asked
    const type = minimiser.isWhole ? this.#type : minimiser.type
    const question = { name, type, recursion: isForwarded || server.isLastResort }
    const exchangesBefore = budget.exchanges
    const reply = yield* askServer(this.#parts, server, question, budget, {
      timeouts: server.failures,
      mostMilliseconds: isBrief ? Math.min(BRIEF_MILLISECONDS, this.#silenceLeft) : this.#silenceLeft,
    })
    this.#inVain += budget.exchanges - exchangesBefore
    const asked = { name, type, zone: delegation.zone, isForwarded, isBelowCut: this.#isBelowCut }
    if (!('rcode' in reply)) return this.#onNoReply(server, reply, isBrief)
    const outcome = this.#onReply(server, withoutPrivate(this.#parts, asked, server, reply), asked)
    return this.#denial === undefined ? outcome : yield* this.#onDenial(this.#denial)
  }

  #onNoReply(server: Server, { kind, detail }: AskFailure, isBrief: boolean): FetchOutcome | undefined {
    if (kind === 'exhausted') return this.#giveUp()
    this.#note(server, kind, detail)
    server.failures += kind === 'silent' ? 1 : MOST_FAILURES
    // Some servers are silent when a name is asked for that has nothing of its own.
    if (server.failures > 1) this.#minimiser.giveUp()
    if (server.failures >= MOST_FAILURES || this.#empty !== undefined) server.isOut = true
    if (isBrief) this.#delegation.probe = 'over'
    return this.#inVain >= MOST_IN_VAIN ? this.#giveUp() : undefined
  }

  #onReply(server: Server, reply: Reply, asked: Asked): FetchOutcome | undefined {
    const delegation = this.#delegation
    delegation.probe = 'none'
    this.#parts.reports?.heard(delegation.zone, reply.agent)
    if (this.#inVain >= MOST_IN_VAIN) return this.#giveUp()
    let sorted = sortReply(reply, asked)
    if (sorted.kind === 'recursion-lame') {
      if (!server.isLastResort) {
        server.isLastResort = true
        return undefined
      }
      sorted = sorted.otherwise
    }
    if (sorted.kind === 'empty') {
      if (this.#keepEmpty(server, reply, sorted.otherwise)) return undefined
      sorted = sorted.otherwise
    }
    if (sorted.kind === 'referral') {
      this.#steps++
      this.#enter(takeReferral(this.#parts, sorted, delegation))
      this.#minimiser.enter(this.#delegation.zone)
      return undefined
    }
    if (!isAnswer(sorted)) this.#onUseless(server, reply, sorted)
    else if (!this.#minimiser.isWhole) this.#onPart(server, asked, sorted)
    else if (!this.#isOfChild(sorted) && !this.#isOvertaken()) return this.#take(server, reply, sorted)
    return undefined
  }

  /** Keeps an empty answer until other servers were asked. False: it is used. */
  #keepEmpty(server: Server, reply: Reply, sorted: AnswerSorted): boolean {
    if (!this.#minimiser.isWhole || this.#type === DS.number || ++this.#empties > MOST_EMPTY) return false
    this.#note(server, 'empty')
    this.#empty ??= () => this.#take(server, reply, sorted)
    server.isOut = true
    return true
  }

  #onUseless(server: Server, reply: Reply, sorted: Sorted): void {
    if (sorted.kind === 'broken') this.#note(server, 'rcode', rcodeMnemonic(sorted.rcode))
    else this.#note(server, 'lame')
    if (!this.#minimiser.isWhole) {
      // Some servers are at a loss with names that have nothing of their own, or with one type of them (RFC 9156 §3).
      this.#minimiser.failed()
      return
    }
    server.isOut = true
    // One that claims to be authoritative may be so for other types.
    if (sorted.kind === 'lame' && !reply.isAuthoritative) {
      this.#parts.infrastructure.markLame(server.endpoint, this.#delegation.zone, this.#parts.clock.now())
    }
  }

  /** An answer for a name above the one that is wanted (RFC 9156). */
  #onPart({ key }: Server, { name, type, zone }: Asked, sorted: AnswerSorted): void {
    if (sorted.kind === 'nodata' || (sorted.kind === 'answer' && sorted.chain.aliases.length === 0)) {
      this.#parts.caches.uncut.put(name, zone, this.#parts.clock.now())
      this.#minimiser.goOn()
      this.#inVain = 0
      return
    }
    const isDenied = sorted.kind === 'nxdomain' && sorted.chain.aliases.length === 0
    if (isDenied && sorted.authority.some(isSignedProof) && !this.#parts.routes.isOwnWord(zone, key)) {
      const { authority } = sorted
      const rest = { class: CLASS_IN, rcode: RCODE_NXDOMAIN, isAuthoritative: true, answer: [], additional: [] }
      this.#denial = { name, type, ...rest, authority }
    } else this.#minimiser.giveUp()
  }

  /** A name above is denied: when that holds, so is the name (RFC 8020). Otherwise the whole name is asked: some servers lie. */
  *#onDenial(denial: Response): Work<FetchOutcome | D | undefined> {
    this.#denial = undefined
    const { judgeDenial } = this.#options
    const outcome = judgeDenial === undefined ? undefined : yield* judgeDenial(denial)
    if (outcome === undefined) this.#minimiser.giveUp()
    return outcome
  }

  /** Whether an answer for a DS comes from a server of the child, perhaps: the parent's servers are to be found first. */
  #isOfChild(sorted: AnswerSorted): boolean {
    const isDoubtful = this.#type === DS.number && sorted.kind === 'nodata' && sorted.authority.length === 0
    if (!isDoubtful || this.#wasLocated) return false
    this.#wasLocated = true
    this.#minimiser = new Minimiser(this.#name, this.#delegation.zone, true, NS.number)
    return !this.#minimiser.isWhole
  }

  /** Whether a delegation further down has become known since the question was sent: then its servers are asked. */
  #isOvertaken(): boolean {
    if (this.#wasLeft || !this.#isBelowCut(this.#name)) return false
    const next = this.#parts.routes.start(this.#name, this.#type, this.#parts.clock.now())
    if (next.zone.labelCount <= this.#delegation.zone.labelCount) return false
    this.#steps++
    this.#enter(next)
    this.#minimiser = this.#newMinimiser()
    return true
  }

  readonly #isBelowCut = (name: Name): boolean =>
    this.#parts.routes.isBelowCut(name, this.#type, this.#delegation, this.#parts.clock.now())

  /** The links of an answer, of which the caches get what its zone may say. */
  #take({ key }: Server, reply: Reply, sorted: AnswerSorted): FetchedLink {
    const { zone, expires } = this.#delegation
    const now = this.#parts.clock.now()
    // What the servers of a zone above say when those of its own are of no use is not the zone's word.
    const isAuthoritative = reply.isAuthoritative && !(this.#wasLeft && this.#isBelowCut(this.#name))
    const origin = { zone, expires, server: key, isAuthoritative, isAnew: this.#options.isAnew === true }
    const { link, rest } = takeLinks(this.#parts, this.#name, this.#type, sorted, reply, origin, now)
    return { kind: 'link', link, rest, zone, server: key }
  }

  #note({ endpoint, protocol, key }: Server, kind: ServerFailureKind, detail?: string): void {
    this.#failures.add(key, { endpoint, protocol, kind, ...(detail !== undefined && { detail }) })
  }

  #giveUp(): FetchOutcome {
    const { avoid, budget } = this.#options
    return this.#empty?.() ?? failureOf(this.#parts, this.#delegation, this.#failures, avoid, budget)
  }

  #newMinimiser(): Minimiser {
    const { zone, kind } = this.#delegation
    return new Minimiser(this.#name, zone, this.#parts.settings.qnameMinimisation && kind !== 'forward')
  }

  /** Whether the name was asked for before and is no zone of its own. */
  #isKnownBelow(name: Name): boolean {
    const { caches, clock } = this.#parts
    const { zone, kind } = this.#delegation
    return kind !== 'forward' && caches.uncut.has(name, zone, clock.now())
  }

  #enter(delegation: Delegation): void {
    this.#delegation = delegation
    this.#inVain = 0
    this.#zoneSilenceEnd =
      this.#options.budget.silentMilliseconds + this.#parts.settings.limits.silentMillisecondsPerZone
  }

  /** Where to ask when no server of a delegation is of use: at its parent, for its servers, or past a zone of the configuration. */
  #elsewhere(): Delegation | undefined {
    const { routes, clock } = this.#parts
    const { kind, zone, probe } = this.#delegation
    // What is known to be silent is left at that, lest each name of it costs its parent a message.
    if (kind === 'cache' && probe !== 'over') {
      return routes.start(this.#name, this.#type, clock.now(), zone.labelCount)
    }
    if ((kind === 'stub' || kind === 'forward') && routes.routeOf(this.#name)?.first === true) {
      return routes.start(this.#name, this.#type, clock.now(), undefined, true)
    }
    return undefined
  }
}

function isAnswer(sorted: Sorted): sorted is AnswerSorted {
  return sorted.kind === 'answer' || sorted.kind === 'nodata' || sorted.kind === 'nxdomain'
}
