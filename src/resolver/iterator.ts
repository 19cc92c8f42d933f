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
import type { Response, RRset } from '../dnssec/index.ts'
import { type AskParts, askServer } from './ask-server.ts'
import type { Budget } from './budget.ts'
import { type Caches, Rank } from './cache/index.ts'
import { type Sorted, sortReply } from './classify.ts'
import { addAddresses, type Delegation, serverNames } from './delegation.ts'
import type { ErrorReports } from './error-report.ts'
import { aliasTarget, isProof, staysWithin } from './links.ts'
import { Minimiser } from './minimise.ts'
import type { Routes } from './routes.ts'
import { chooseServer } from './server-choice.ts'
import { takeLinks } from './take-links.ts'
import type { Work } from './tasks.ts'

export type FetchedLink = {
  readonly kind: 'link'
  /** The first link of the name asked for. */
  readonly link: Response
  /** Links that follow it in the same message: of other names. */
  readonly rest: readonly Response[]
  /** The zone whose server said so. */
  readonly zone: Name
  readonly server: string
}

export type FetchFailure = {
  readonly kind: 'unreachable'
  readonly text: string
  /** A server said something, if nothing of use. */
  readonly wasAnswered: boolean
}

export type FetchOutcome = FetchedLink | FetchFailure

export type FetchOptions = {
  readonly budget: Budget
  /** Keys of servers whose last answer did not hold. */
  readonly avoid: ReadonlySet<string>
  /** What comes is returned as it came, also where the caches have something that they think better of. */
  readonly isAnew?: boolean
}

export type IteratorParts = AskParts & {
  readonly caches: Caches
  readonly routes: Routes
  readonly reports?: ErrorReports
  /** Fetches another link for this one: the address of a server. */
  readonly lookUp: (name: Name, type: number, budget: Budget) => Work<FetchOutcome | 'loop'>
}

/** Referrals and restarts of one fetch. */
const MOST_STEPS = 40
/** Messages to servers of one zone that bring nothing. */
const MOST_IN_VAIN = 32
/** Timeouts of a server in one resolution, and aliases of a server's name. */
const MOST_FAILURES = 3
const MOST_TARGET_ALIASES = 3

export class Iterator {
  readonly #parts: IteratorParts

  constructor(parts: IteratorParts) {
    this.#parts = parts
  }

  *fetch(name: Name, type: number, options: FetchOptions): Work<FetchOutcome> {
    const { routes, clock, settings } = this.#parts
    let delegation = routes.start(name, type, clock.now())
    let minimiser = this.#minimiser(name, delegation)
    let wasAnswered = false
    let wasLocated = false
    let text = 'no server of the zone answers'
    let inVain = 0
    for (let steps = 0; steps < MOST_STEPS; ) {
      if (delegation.zone.isRoot && delegation.kind === 'root' && settings.prime && this.#needsPriming(name, type)) {
        delegation = yield* this.#prime(delegation, options)
      }
      const server = chooseServer(delegation, this.#parts, options.avoid)
      if (server === undefined) {
        if (yield* this.#findAddresses(delegation, name, type, options)) continue
        if (this.#takeSpare(delegation)) continue
        steps++
        const next = this.#elsewhere(delegation, name, type)
        if (next === undefined) {
          if (options.budget.sentence !== undefined) text = options.budget.sentence
          return { kind: 'unreachable', text: `${text} (${delegation.zone})`, wasAnswered }
        }
        delegation = next
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
      const reply = yield* askServer(this.#parts, server, question, options.budget, server.failures > 0)
      if (reply === 'exhausted') {
        return { kind: 'unreachable', text: options.budget.sentence ?? text, wasAnswered }
      }
      if (inVain++ === MOST_IN_VAIN) return { kind: 'unreachable', text: `${text} (${delegation.zone})`, wasAnswered }
      if (typeof reply === 'string') {
        server.failures += reply === 'failed' ? MOST_FAILURES : 1
        // Some servers are silent when a name is asked for that has nothing of its own.
        if (server.failures > 1) minimiser.giveUp()
        if (server.failures >= MOST_FAILURES) server.isOut = true
        continue
      }
      wasAnswered = true
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
      if (sorted.kind === 'referral') {
        steps++
        inVain = 0
        delegation = this.#refer(sorted, delegation)
        minimiser.enter(delegation.zone)
        continue
      }
      if (sorted.kind === 'lame' || sorted.kind === 'broken' || sorted.kind === 'recursion-lame') {
        if (!minimiser.isWhole) {
          // Some servers are at a loss with names that have nothing of their own, or with one type of them (RFC 9156 §3).
          minimiser.failed()
          continue
        }
        server.isOut = true
        if (sorted.kind === 'lame') {
          // One that claims to be authoritative may be so for other types.
          if (!reply.isAuthoritative) {
            this.#parts.infrastructure.markLame(server.endpoint, delegation.zone, clock.now())
          }
          text = 'no server that was asked serves the zone'
        } else text = 'the servers of the zone fail'
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
      const origin = { zone: delegation.zone, server: server.key, isAnew: options.isAnew === true }
      const { link, rest } = takeLinks(this.#parts, name, type, sorted, reply, origin, clock.now())
      return { kind: 'link', link, rest, zone: origin.zone, server: origin.server }
    }
    return { kind: 'unreachable', text: 'the delegations lead on and on', wasAnswered }
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

  /**
   * Looks up the address of one more server. False: there is none to look up, or no more may be.
   */
  *#findAddresses(delegation: Delegation, name: Name, type: number, { budget }: FetchOptions): Work<boolean> {
    const { settings } = this.#parts
    for (const target of delegation.targets) {
      if (target.wasTried) continue
      target.wasTried = true
      for (const [addressType, isWanted] of [
        [A.number, settings.ipv4],
        [AAAA.number, settings.ipv6],
      ] as const) {
        // Its address would be found by asking it.
        if (!isWanted || (addressType === type && target.name.equals(name))) continue
        if (!budget.takeTarget()) return false
        const before = delegation.servers.length
        yield* this.#addTarget(delegation, target.name, addressType, budget)
        if (delegation.servers.length > before) return true
        // Before more is looked up: names that need each other are found by nothing else.
        if (delegation.spare.length > 0 && this.#takeSpare(delegation)) return true
      }
    }
    return false
  }

  /** The addresses that the parents told of the servers, where the servers themselves told others, or nothing. */
  #takeSpare(delegation: Delegation): boolean {
    const { caches, clock, settings } = this.#parts
    const before = delegation.servers.length
    for (const name of delegation.names) {
      for (const type of [A.number, AAAA.number]) {
        const glue = caches.glue.find(name, type, clock.now())
        if (glue !== undefined) addAddresses(delegation, glue.rrset, settings)
      }
    }
    if (delegation.servers.length > before) return true
    for (const set of delegation.spare) addAddresses(delegation, set, settings)
    return delegation.servers.length > before
  }

  *#addTarget(delegation: Delegation, name: Name, type: number, budget: Budget): Work<void> {
    let at = name
    for (let aliases = 0; aliases < MOST_TARGET_ALIASES; aliases++) {
      const outcome = yield* this.#parts.lookUp(at, type, budget)
      if (outcome === 'loop' || outcome.kind !== 'link') return
      const target = aliasTarget(outcome.link)
      if (target === undefined) {
        for (const set of outcome.link.answer) addAddresses(delegation, set, this.#parts.settings)
        return
      }
      at = target
    }
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
