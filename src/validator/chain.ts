/**
 * The chain of trust (RFC 4035 §5): from a trust anchor down to the zone that holds a name, a label at a time. At each label the
 * zone above says of its own whether a signed zone begins there (DS), an unsigned one (no DS, and what proves it), or none.
 *
 * A walk begins at the nearest name of which something is known. What it fetches it yields as `Need`, unvalidated; a response
 * that does not hold is asked for again, so that one bad server does not make a zone bogus.
 */
import type { Name } from '../dns/name/index.ts'
import type { SteadySeconds } from '../dns/presentation/index.ts'
import { CLASS_IN, DNSKEY, DS, typeMnemonic } from '../dns/rr/index.ts'
import { isAnchorValid, type Response, type TrustAnchor } from '../dnssec/index.ts'
import { title } from './authenticate.ts'
import { type Established, establishKeys, selectVouchers, type Vouchers, vouchersWords } from './establish-keys.ts'
import type { Failure, Inquiry } from './inquiry.ts'
import { type DsFinding, judgeDs } from './judge-ds.ts'
import type { KeyCache } from './key-cache.ts'
import { REASONS, type Reason } from './reasons.ts'
import { findRRset, inOwnClass } from './responses.ts'
import type { Fetched, Need } from './settings.ts'
import { type Link, Step, type Words } from './verdict.ts'
import type { SecureZone, UntrustedZone, ZoneTrust } from './zone-trust.ts'

export type TrustPoint = { readonly zone: Name; readonly anchors: readonly TrustAnchor[] }

/** How often one response is asked for, when what comes does not hold. */
const MAX_ASKED = 3
/** Keys are not fetched anew for data that is signed with others when they are as young as this. */
const YOUNG_SECONDS = 5

/** What begins at a name: a zone, or none; or there is no such name. */
type Crossed = ZoneTrust | 'no-cut' | 'no-name'

export class Chain {
  readonly #keys: KeyCache

  constructor(keys: KeyCache) {
    this.#keys = keys
  }

  /**
   * How far the zone is to be trusted that holds `name`, which is at or below the trust point: the deepest secure zone on the way
   * to it, or the point at which the way ends.
   */
  *find(name: Name, point: TrustPoint, inquiry: Inquiry): Generator<Need, ZoneTrust, Fetched> {
    inquiry.absent = undefined
    let trust = this.#keys.findNearest(name, point.zone, inquiry.now)
    trust ??= yield* this.#begin(point, inquiry)
    const labels = name.labelCount
    for (let depth = trust.zone.labelCount + 1; trust.kind === 'secure' && depth <= labels; depth++) {
      const next = ancestorOf(name, depth)
      let below: Crossed = yield* this.#cross(trust, next, inquiry)
      if (isUntrusted(below) && below.reason === 'signature-unknown-key') {
        const renewed: ZoneTrust | undefined = yield* this.renew(trust, point, inquiry)
        if (renewed !== undefined) {
          trust = renewed
          if (renewed.kind === 'secure') below = yield* this.#cross(renewed, next, inquiry)
          else break
        }
      }
      if (below === 'no-name') break
      if (below !== 'no-cut') trust = below
    }
    return trust
  }

  /** What is known of the nearest zone on the way from the trust point to a name. */
  known(name: Name, point: TrustPoint, now: SteadySeconds): ZoneTrust | undefined {
    return this.#keys.findNearest(name, point.zone, now)
  }

  /**
   * The zone's keys once more, past all caches: data is signed with others, as after an emergency in which the zone changed them
   * before the TTL of the old ones was over. Undefined: there is nothing better than what is known, or it was tried just now.
   */
  *renew(zone: SecureZone, point: TrustPoint, inquiry: Inquiry): Generator<Need, ZoneTrust | undefined, Fetched> {
    const { now } = inquiry
    if (now - zone.since < YOUNG_SECONDS || !this.#keys.takeRenewal(zone.zone, now)) return undefined
    const { parent } = zone
    const found: Crossed =
      parent?.kind === 'secure'
        ? yield* this.#cross(parent, zone.zone, inquiry, true)
        : yield* this.#begin(point, inquiry, true)
    if (found !== 'no-cut' && found !== 'no-name' && found.kind !== 'bogus') return found
    // Whoever forges an answer must not take away what is known of the zone.
    this.#keys.add(zone)
    return undefined
  }

  /** The deepest zone at or above the name that is known to be secure, when that is below `zone`. */
  deepestSecure(name: Name, zone: SecureZone, now: SteadySeconds): SecureZone {
    const found = this.#keys.findNearest(name, zone.zone, now)
    return found?.kind === 'secure' ? found : zone
  }

  /** The zone of the trust point, held to its anchors. */
  *#begin(point: TrustPoint, inquiry: Inquiry, isAnew = false): Generator<Need, ZoneTrust, Fetched> {
    const { zone } = point
    const anchors = point.anchors.filter((anchor) => isAnchorValid(anchor, inquiry.at) || inquiry.settings.ignoreTimes)
    const vouchers: Vouchers = {
      from: 'anchor',
      ds: anchors.filter((anchor) => anchor.kind === 'ds').map((anchor) => anchor.rdata),
      keys: anchors.filter((anchor) => anchor.kind === 'dnskey').map((anchor) => anchor.rdata),
    }
    if (anchors.length === 0 && point.anchors.length > 0) {
      const words = (): string => `none of the ${point.anchors.length} trust anchors of ${zone} counts at this time`
      return this.#keep(untrusted('bogus', zone, undefined, [], { reason: 'anchor-mismatch', words }, inquiry))
    }
    const words = (): string => `${zone}: trust anchors ${vouchersWords(vouchers)}`
    const links = [new Step('anchor', zone, vouchers.ds.length > 0 ? DS.number : DNSKEY.number, 'secure', words)]
    return yield* this.#enter(zone, undefined, vouchers, links, endOf(anchors, inquiry), inquiry, isAnew)
  }

  /** One label down: what begins at `next`, if anything does. */
  *#cross(parent: SecureZone, next: Name, inquiry: Inquiry, isAnew = false): Generator<Need, Crossed, Fetched> {
    const judge = (response: Response): DsFinding | Failure => judgeDs(response, next, parent, inquiry)
    const found = yield* ask(next, DS.number, 'ds-unreachable', judge, isAnew)
    if (!found.ok) {
      const link = new Step('ds', next, DS.number, 'bogus', found.words, found.reason)
      return this.#keep(untrusted('bogus', next, parent, [link], found, inquiry), found, inquiry)
    }
    const { words, until } = found
    if (found.kind === 'no-name') inquiry.absent = { name: next, zone: parent.zone, words }
    if (found.kind === 'no-cut' || found.kind === 'no-name') return found.kind
    if (found.kind === 'insecure') {
      const link = new Step('no-ds', next, DS.number, 'insecure', words, found.reason)
      return this.#keep(untrusted('insecure', next, parent, [link], found, inquiry, until))
    }
    const link = new Step('ds', next, DS.number, 'secure', words)
    return yield* this.#enter(next, parent, { from: 'parent', ds: found.ds, keys: [] }, [link], until, inquiry, isAnew)
  }

  /** The zone for whose keys something vouches until `until`. */
  *#enter(
    zone: Name,
    parent: SecureZone | undefined,
    all: Vouchers,
    links: readonly Link[],
    until: number,
    inquiry: Inquiry,
    isAnew: boolean,
  ): Generator<Need, ZoneTrust, Fetched> {
    const vouchers = selectVouchers(all, inquiry.settings)
    if (typeof vouchers === 'string') {
      const words = (): string => `${zone}: ${vouchersWords(all)}: ${REASONS[vouchers].sentence}`
      const link = new Step('dnskey', zone, DNSKEY.number, 'insecure', words, vouchers)
      return this.#keep(
        untrusted('insecure', zone, parent, [...links, link], { reason: vouchers, words }, inquiry, until),
      )
    }
    const judge = (response: Response): Established | Failure => {
      const dnskey = findRRset(response.answer, zone, DNSKEY.number)
      if (dnskey !== undefined) return establishKeys(zone, dnskey, vouchers, inquiry)
      const voucher = vouchers.from === 'anchor' ? 'a trust anchor' : 'the parent'
      const words = (): string => `${zone} shows no DNSKEY, but ${voucher} vouches for ${vouchersWords(vouchers)}`
      return { ok: false, reason: 'dnskey-missing', words }
    }
    const found = yield* ask(zone, DNSKEY.number, 'dnskey-unreachable', judge, isAnew)
    if (!found.ok) {
      const isForgiven = vouchers.from === 'anchor' && inquiry.settings.forgiveUnreachableAnchors === true
      const kind = isForgiven && found.reason === 'dnskey-unreachable' ? 'insecure' : 'bogus'
      const link = new Step('dnskey', zone, DNSKEY.number, kind, found.words, found.reason)
      return this.#keep(untrusted(kind, zone, parent, [...links, link], found, inquiry), found, inquiry)
    }
    const { keys, algorithms, words } = found
    const link = new Step('dnskey', zone, DNSKEY.number, 'secure', words)
    const vouchedUntil = Math.min(until, vouchedUntilOf(parent))
    const expires = Math.min(vouchedUntil, found.until)
    const since = inquiry.now
    const steps = [...links, link]
    return this.#keep({ kind: 'secure', since, zone, expires, vouchedUntil, parent, links: steps, keys, algorithms })
  }

  /** Remembers it, unless the query's budget ended: that says nothing of the zone. */
  #keep<T extends ZoneTrust>(trust: T, failure?: Failure, inquiry?: Inquiry): T {
    if (failure?.reason !== 'work-exceeded' || inquiry?.isExhausted !== true) this.#keys.add(trust)
    return trust
  }
}

function untrusted(
  kind: 'insecure' | 'bogus',
  zone: Name,
  parent: SecureZone | undefined,
  links: readonly Link[],
  why: { readonly reason: Reason; readonly words: Words },
  inquiry: Inquiry,
  until = inquiry.now + inquiry.settings.bogusSeconds,
): UntrustedZone {
  const expires = Math.min(until, vouchedUntilOf(parent), inquiry.now + inquiry.settings.maxKeySeconds)
  return { kind, zone, expires, parent, links, reason: why.reason, words: why.words }
}

/** When the first of the anchors ceases to count (RFC 7958 §2.1.1), by the clock of caches. */
function endOf(anchors: readonly TrustAnchor[], { at, now, settings }: Inquiry): SteadySeconds {
  let end = Number.POSITIVE_INFINITY
  if (settings.ignoreTimes) return end
  for (const { validUntil } of anchors) if (validUntil !== undefined) end = Math.min(end, now + (validUntil - at))
  return end
}

/** A zone whose parent is not delegated to any more is gone, whatever the TTL of its own DS RRset was. */
function vouchedUntilOf(parent: SecureZone | undefined): SteadySeconds {
  return parent?.vouchedUntil ?? Number.POSITIVE_INFINITY
}

/**
 * Asks until an answer holds, the servers have no more, or it has been asked often enough: the first failure is what is told.
 * `isAnew`: what is cached is passed over.
 */
function* ask<T>(
  name: Name,
  type: number,
  unreachable: Reason,
  judge: (response: Response) => T | Failure,
  isAnew: boolean,
): Generator<Need, T | Failure, Fetched> {
  let again: Response | undefined = isAnew ? nothing(name, type) : undefined
  let failure: Failure | undefined
  for (let asked = 0; asked < MAX_ASKED; asked++) {
    const fetched: Fetched = yield { kind: 'fetch', name, type, ...(again !== undefined && { again }) }
    if ('kind' in fetched) {
      const words = (): string => `${name} ${typeMnemonic(type)} could not be fetched: ${fetched.text}`
      return failure ?? { ok: false, reason: unreachable, words }
    }
    const found = isUsable(fetched) ? judge(inOwnClass(fetched)) : refused(fetched, unreachable)
    if (!isFailure(found)) return found
    failure ??= found
    if (found.reason === 'work-exceeded') break
    again = fetched
  }
  return failure ?? { ok: false, reason: unreachable, words: () => title({ owner: name, type }) }
}

/** Stands for what was had of the name before. */
function nothing(name: Name, type: number): Response {
  return {
    name,
    type,
    class: CLASS_IN,
    rcode: NOERROR,
    isAuthoritative: false,
    answer: [],
    authority: [],
    additional: [],
  }
}

function isUntrusted(found: Crossed): found is UntrustedZone {
  return typeof found === 'object' && found.kind === 'bogus'
}

function isFailure(found: unknown): found is Failure {
  return typeof found === 'object' && found !== null && 'ok' in found && found.ok === false
}

const NOERROR = 0
const NXDOMAIN = 3

function isUsable(response: Response): boolean {
  return response.rcode === NOERROR || response.rcode === NXDOMAIN
}

function refused(response: Response, reason: Reason): Failure {
  const words = (): string =>
    `${response.name} ${typeMnemonic(response.type)} was answered with RCODE ${response.rcode}`
  return { ok: false, reason, words }
}

/** The ancestor of so many labels. */
function ancestorOf(name: Name, labels: number): Name {
  let ancestor = name
  for (let n = name.labelCount; n > labels; n--) ancestor = ancestor.parent
  return ancestor
}
