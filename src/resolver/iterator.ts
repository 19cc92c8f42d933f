/**
 * Fetches one link: from the best delegation that is known down to a server that answers. What comes back is scrubbed to what its
 * zone may say; nobody has validated it.
 *
 *     start      deepest known delegation, a zone of the configuration, or the root
 *     ask        a server of it, for one label more than it has or for the whole name
 *     referral   its servers are the next delegation
 *     answer     aliases and data go to the caches; the first link is the outcome
 *     else       another server, the address of another server, the parent's word for the servers, failure
 */
import { Name } from '../dns/name/index.ts'
import { A, AAAA, DS, NS } from '../dns/rr/index.ts'
import { rcodeMnemonic } from '../dns/wire/index.ts'
import type { RRset } from '../dnssec/index.ts'
import { type AskFailure, type AskParts, askServer } from './ask-server.ts'
import type { Budget } from './budget.ts'
import { type Caches, Rank } from './cache/index.ts'
import { type AnswerSorted, type Sorted, sortReply } from './classify.ts'
import { type Delegation, type Server, serverNames } from './delegation.ts'
import type { ErrorReports } from './error-report.ts'
import type { FetchedLink, FetchFailure, FetchOutcome } from './fetch-outcome.ts'
import { isProof, staysWithin } from './links.ts'
import { Minimiser } from './minimise.ts'
import type { Reply } from './reply.ts'
import type { Routes } from './routes.ts'
import { findAddresses, findOtherFamily, type LookUp, takeSpare } from './server-addresses.ts'
import { chooseServer } from './server-choice.ts'
import { type ServerFailure, ServerFailures } from './server-failure.ts'
import { takeLinks } from './take-links.ts'
import type { Work } from './tasks.ts'

export type FetchOptions = {
  readonly budget: Budget
  /** Keys of servers whose last answer did not hold. */
  readonly avoid: ReadonlySet<string>
  /** What comes is returned as it came, also where the caches have something that they think better of. */
  readonly isAnew?: boolean
  /** Of `budget.silentMilliseconds`: when that much is reached, the fetch ends. */
  readonly silenceEnd?: number
}

export type IteratorParts = AskParts & {
  readonly caches: Caches
  readonly routes: Routes
  readonly reports?: ErrorReports
  readonly lookUp: LookUp
}

/** Referrals and restarts of one fetch. */
const MOST_STEPS = 40
/** Messages to servers of one zone that bring nothing. */
const MOST_IN_VAIN = 28
/** Timeouts of a server in one resolution. */
const MOST_FAILURES = 3
const NEVER = Number.POSITIVE_INFINITY
/** With less time left than this no server is asked: hardly one would reply in it. */
const LEAST_MILLISECONDS = 50
/** How long a query waits for a server that is known to be silent. */
const BRIEF_MILLISECONDS = 800
/** Empty answers after which the next is believed. */
const MOST_EMPTY = 4
/** Servers whose answers did not validate, before further addresses are looked up. */
const MANY_AVOIDED = 2

export class Iterator {
  readonly #parts: IteratorParts

  constructor(parts: IteratorParts) {
    this.#parts = parts
  }

  *fetch(name: Name, type: number, options: FetchOptions): Work<FetchOutcome> {
    const { routes, clock, settings } = this.#parts
    const { budget, avoid } = options
    const { silentMilliseconds, silentMillisecondsPerZone } = settings.limits
    const silenceEnd = Math.min(options.silenceEnd ?? NEVER, budget.silentMilliseconds + silentMilliseconds)
    let zoneSilenceEnd = budget.silentMilliseconds + silentMillisecondsPerZone
    const failures = new ServerFailures()
    let delegation = routes.start(name, type, clock.now())
    let minimiser = this.#minimiser(name, delegation)
    let wasLocated = false
    let inVain = 0
    /** An answer without records, for when nothing better comes, and how many of them came. */
    let empty: (() => FetchedLink) | undefined
    let empties = 0
    const search = { name, type, budget, failures, silenceEnd }
    const giveUp = (): FetchOutcome => empty?.() ?? this.#failure(delegation, failures, options)
    for (let steps = 0; steps < MOST_STEPS; ) {
      if (delegation.zone.isRoot && delegation.kind === 'root' && settings.prime && this.#needsPriming(name, type)) {
        delegation = yield* this.#prime(delegation, options)
      }
      if (silenceEnd - budget.silentMilliseconds < LEAST_MILLISECONDS) return giveUp()
      const silenceLeft = Math.min(silenceEnd, zoneSilenceEnd) - budget.silentMilliseconds
      const server = silenceLeft < LEAST_MILLISECONDS ? undefined : chooseServer(delegation, this.#parts, avoid)
      const isWanting = server === undefined || server.failures > 0 || avoid.size >= MANY_AVOIDED
      if (server === undefined) {
        if (empty !== undefined) return empty()
        if (yield* findAddresses(this.#parts, delegation, search)) continue
        if (takeSpare(this.#parts, delegation)) continue
      }
      if (isWanting && !delegation.soughtOtherFamily && empty === undefined) {
        if (yield* findOtherFamily(this.#parts, delegation, search, false)) continue
      }
      if (server === undefined) {
        steps++
        // What is known to be silent is left at that, lest each name of it costs its parent a message.
        const isLeft = delegation.kind === 'cache' && delegation.probe === 'over'
        const next = isLeft ? undefined : this.#elsewhere(delegation, name, type)
        if (next === undefined) {
          // Servers that replied, if with nothing that held, can be asked for the addresses of others.
          const mayReply = avoid.size > 0 && empty === undefined && !delegation.soughtWithin
          if (mayReply && (yield* findOtherFamily(this.#parts, delegation, search, true))) continue
          return giveUp()
        }
        delegation = next
        zoneSilenceEnd = budget.silentMilliseconds + silentMillisecondsPerZone
        minimiser = this.#minimiser(name, delegation)
        continue
      }
      if (!minimiser.isWhole && this.#isKnownBelow(minimiser.asked, delegation)) {
        minimiser.goOn()
        continue
      }
      const asked = minimiser.asked
      const askedType = minimiser.isWhole ? type : minimiser.type
      const isForwarded = delegation.kind === 'forward'
      const question = { name: asked, type: askedType, recursion: isForwarded || server.isLastResort }
      const isBrief = delegation.probe === 'brief'
      const exchangesBefore = budget.exchanges
      const reply = yield* askServer(this.#parts, server, question, budget, {
        timeouts: server.failures,
        mostMilliseconds: isBrief ? Math.min(BRIEF_MILLISECONDS, silenceLeft) : silenceLeft,
      })
      if (!('rcode' in reply) && reply.kind === 'exhausted') return giveUp()
      inVain += budget.exchanges - exchangesBefore
      if (inVain >= MOST_IN_VAIN) return giveUp()
      if (!('rcode' in reply)) {
        noteAskFailure(failures, server, reply)
        server.failures += reply.kind === 'silent' ? 1 : MOST_FAILURES
        // Some servers are silent when a name is asked for that has nothing of its own.
        if (server.failures > 1) minimiser.giveUp()
        if (server.failures >= MOST_FAILURES || empty !== undefined) server.isOut = true
        if (isBrief) delegation.probe = 'over'
        continue
      }
      delegation.probe = 'none'
      this.#parts.reports?.heard(delegation.zone, reply.agent)
      const scope = { name: asked, type: askedType, zone: delegation.zone, isForwarded }
      let sorted = sortReply(reply, scope)
      if (sorted.kind === 'recursion-lame') {
        if (!server.isLastResort) {
          server.isLastResort = true
          continue
        }
        sorted = sorted.otherwise
      }
      if (sorted.kind === 'empty') {
        const { otherwise } = sorted
        if (minimiser.isWhole && type !== DS.number && ++empties <= MOST_EMPTY) {
          noteFailure(failures, server, 'empty')
          const { zone } = delegation
          empty ??= () => this.#take(name, type, otherwise, reply, zone, server, options)
          server.isOut = true
          continue
        }
        sorted = otherwise
      }
      if (sorted.kind === 'referral') {
        steps++
        inVain = 0
        delegation = this.#refer(sorted, delegation)
        zoneSilenceEnd = budget.silentMilliseconds + silentMillisecondsPerZone
        minimiser.enter(delegation.zone)
        continue
      }
      if (!isAnswer(sorted)) {
        if (sorted.kind === 'broken') noteFailure(failures, server, 'rcode', rcodeMnemonic(sorted.rcode))
        else noteFailure(failures, server, 'lame')
        if (!minimiser.isWhole) {
          // Some servers are at a loss with names that have nothing of their own, or with one type of them (RFC 9156 §3).
          minimiser.failed()
          continue
        }
        server.isOut = true
        // One that claims to be authoritative may be so for other types.
        if (sorted.kind === 'lame' && !reply.isAuthoritative) {
          this.#parts.infrastructure.markLame(server.endpoint, delegation.zone, clock.now())
        }
        continue
      }
      if (!minimiser.isWhole) {
        if (sorted.kind === 'nodata' || (sorted.kind === 'answer' && sorted.chain.aliases.length === 0)) {
          this.#parts.caches.uncut.put(asked, delegation.zone, clock.now())
          minimiser.goOn()
          inVain = 0
        } else minimiser.giveUp()
        continue
      }
      if (type === DS.number && sorted.kind === 'nodata' && sorted.authority.length === 0 && !wasLocated) {
        // A server of the child, perhaps: the parent's servers are to be found first.
        wasLocated = true
        minimiser = new Minimiser(name, delegation.zone, true, NS.number)
        if (!minimiser.isWhole) continue
      }
      return this.#take(name, type, sorted, reply, delegation.zone, server, options)
    }
    failures.addName(delegation.zone, { text: `more than ${MOST_STEPS} delegations in a row`, isCircle: false })
    return giveUp()
  }

  /** What is told when no server of the delegation was of use, those counted that were not asked. */
  #failure(
    { zone, kind, servers }: Delegation,
    failures: ServerFailures,
    { budget, avoid }: FetchOptions,
  ): FetchFailure {
    const { infrastructure, clock } = this.#parts
    for (const server of servers) {
      if (failures.has(server.key)) continue
      if (avoid.has(server.key)) noteFailure(failures, server, 'bogus')
      else if (infrastructure.isLame(server.endpoint, zone, clock.now())) noteFailure(failures, server, 'lame')
      else if (infrastructure.isSilent(server.endpoint, clock.now())) noteFailure(failures, server, 'silent')
    }
    const { sentence = 'none of its servers has a known address', list, isSilence, isCircle } = failures
    const whose = kind === 'forward' ? `no forwarder for ${zone}` : `no server of ${zone}`
    const limit = budget.sentence === undefined || isCircle ? '' : `${budget.sentence}: `
    return {
      kind: 'unreachable',
      text: `${whose} gives a usable answer: ${limit}${sentence}`,
      failures: list,
      isSilence,
      isCircle,
    }
  }

  /** The links of an answer, of which the caches get what its zone may say. */
  #take(
    name: Name,
    type: number,
    sorted: AnswerSorted,
    reply: Reply,
    zone: Name,
    { key }: Server,
    { isAnew = false }: FetchOptions,
  ): FetchedLink {
    const origin = { zone, server: key, isAnew }
    const { link, rest } = takeLinks(this.#parts, name, type, sorted, reply, origin, this.#parts.clock.now())
    return { kind: 'link', link, rest, zone, server: key }
  }

  #minimiser(name: Name, { zone, kind }: Delegation): Minimiser {
    return new Minimiser(name, zone, this.#parts.settings.qnameMinimisation && kind !== 'forward')
  }

  /** Whether the name was asked for before and is no zone of its own. */
  #isKnownBelow(name: Name, { zone, kind }: Delegation): boolean {
    const { caches, clock } = this.#parts
    return kind !== 'forward' && caches.uncut.has(name, zone, clock.now())
  }

  /** The next delegation, and what the referral brought for the caches. */
  #refer({ ns, rest }: Extract<Sorted, { kind: 'referral' }>, from: Delegation): Delegation {
    const { caches, routes, clock } = this.#parts
    const now = clock.now()
    caches.rrsets.put(ns, Rank.referral, now)
    const names = new Set(serverNames(ns).map(({ key }) => key))
    const glue: RRset[] = []
    const spare: RRset[] = []
    const proofs = rest.filter((set) => isProof(set) && staysWithin(set, from.zone))
    if (proofs.length > 0) caches.absentDs.put(ns.owner, proofs, now)
    for (const set of rest) {
      if (set.rdatas.length === 0) continue
      if (set.type === DS.number && set.owner.equals(ns.owner)) {
        caches.rrsets.put(set, Rank.referral, now)
      } else if ((set.type === A.number || set.type === AAAA.number) && names.has(set.owner.key)) {
        if (!set.owner.isAtOrBelow(from.zone)) {
          spare.push(set)
          continue
        }
        glue.push(set)
        caches.rrsets.put(set, Rank.additional, now)
        caches.glue.put(set, Rank.additional, now)
      }
    }
    const delegation = routes.fromNs(ns, glue, 'referral', now)
    delegation.spare.push(...spare)
    return delegation
  }

  /** Where to ask when nobody of a delegation is of use: of the parent, what it says of the servers, or past a zone of the configuration. */
  #elsewhere(delegation: Delegation, name: Name, type: number): Delegation | undefined {
    const { routes, clock } = this.#parts
    const { kind, zone } = delegation
    if (kind === 'cache') return routes.start(name, type, clock.now(), zone.labelCount)
    if ((kind === 'stub' || kind === 'forward') && routes.routeOf(name)?.first === true) {
      return routes.start(name, type, clock.now(), undefined, true)
    }
    return undefined
  }

  #needsPriming(name: Name, type: number): boolean {
    const { caches, clock } = this.#parts
    if (name.isRoot && type === NS.number) return false
    return caches.rrsets.find(Name.root, NS.number, clock.now()) === undefined
  }

  /** Asks the root for its servers (RFC 8109); the hints serve when that fails. */
  *#prime(hints: Delegation, { budget }: FetchOptions): Work<Delegation> {
    const { lookUp, routes, clock } = this.#parts
    const outcome = yield* lookUp(hints.zone, NS.number, budget)
    const ns = outcome !== 'loop' && outcome.kind === 'link' ? outcome.link.answer[0] : undefined
    if (ns === undefined || ns.type !== NS.number) return hints
    const primed = routes.fromNs(ns, [], 'root', clock.now())
    return primed.servers.length > 0 ? primed : hints
  }
}

function isAnswer(sorted: Sorted): sorted is AnswerSorted {
  return sorted.kind === 'answer' || sorted.kind === 'nodata' || sorted.kind === 'nxdomain'
}

function noteFailure(failures: ServerFailures, server: Server, kind: ServerFailure['kind'], detail?: string): void {
  const { endpoint, protocol, key } = server
  failures.add(key, { endpoint, protocol, kind, ...(detail !== undefined && { detail }) })
}

function noteAskFailure(failures: ServerFailures, server: Server, { kind, detail }: AskFailure): void {
  if (kind !== 'exhausted') noteFailure(failures, server, kind, detail)
}
