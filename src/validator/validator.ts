/**
 * The validator: from a response to a verdict (RFC 4035 §5). It goes the way that each response goes:
 *
 *   1  what does the response claim?             `claim.ts`
 *   2  is anything validated at this name?       trust points, negative trust anchors
 *   3  which zone speaks, and with which keys?   `chain.ts`, down from the trust point
 *   4  does the claim hold with these keys?      `prove.ts`: signatures, proofs of denial
 *
 * It judges one link: an RRset, an alias, or a denial. Chains of aliases are judged link by link by whoever follows them.
 *
 * What it does not do: fetch (it yields what it needs), keep anything but keys, decide what a client gets to see.
 */
import type { Name } from '../dns/name/index.ts'
import type { SteadySeconds, UnixSeconds } from '../dns/presentation/index.ts'
import type { Response } from '../dnssec/index.ts'
import { markBogus } from './authenticate.ts'
import { Chain, type TrustPoint } from './chain.ts'
import { type Claim, classify, findSigner, signedPartOf, subjectOf } from './claim.ts'
import { type Failure, Inquiry } from './inquiry.ts'
import type { KeyCache } from './key-cache.ts'
import { type Claimed, type Proven, prove } from './prove.ts'
import { inOwnClass } from './responses.ts'
import type { Fetched, Need, Trust, ValidationBudget, ValidatorSettings } from './settings.ts'
import { explainAbsent, explainStripped, explainUnsigned } from './stripped.ts'
import { LazyVerdict, type Link, Step, type Verdict } from './verdict.ts'
import { linksTo, type UntrustedZone, type ZoneTrust } from './zone-trust.ts'

export class Validator {
  readonly #settings: ValidatorSettings
  readonly #trust: Trust
  readonly #chain: Chain

  constructor(parts: { readonly settings: ValidatorSettings; readonly trust: Trust; readonly keys: KeyCache }) {
    this.#settings = parts.settings
    this.#trust = parts.trust
    this.#chain = new Chain(parts.keys)
  }

  /**
   * Judges a response. Yields what must be fetched. Sets `security` of every RRset of answer and authority that it judged and
   * brings its `expires` forward; what stays `unchecked` in a secure response is no part of the claim, and is not to be passed on
   * as if it were. `at` is the time to which signatures are held, `now` that of caches.
   */
  *validate(
    whole: Response,
    at: UnixSeconds,
    now: SteadySeconds,
    budget: ValidationBudget,
  ): Generator<Need, Verdict, Fetched> {
    const response = inOwnClass(whole)
    const claim = classify(response)
    for (let tries = 0; ; tries++) {
      const subject = claim.kind === 'nothing' ? undefined : subjectOf(claim, response)
      const point = subject === undefined ? undefined : this.#trust.find(subject)
      const verdict = yield* this.#judge(claim, response, at, now, budget)
      // What was fetched on the way may have changed what is trusted: a key that is revoked now (RFC 5011 §2.1).
      const isSettled = subject === undefined || verdict.status === 'secure' || this.#trust.find(subject) === point
      if (isSettled || tries > 0) return verdict
      unmark(response)
    }
  }

  /** Whether a negative trust anchor turns validation off at the name: what is proved elsewhere says nothing there (RFC 7646). */
  isExempt(name: Name, now: SteadySeconds): boolean {
    return this.#negativeAt(name, this.#trust.find(name), now) !== undefined
  }

  /** How far the chain of trust towards a name is known to hold, up to the zone of the verdict. Undefined: nothing of it is known. */
  knownChain(name: Name, now: SteadySeconds): Verdict | undefined {
    const point = this.#trust.find(name)
    const zone = point === undefined ? undefined : this.#chain.known(name, point, now)
    if (zone === undefined) return undefined
    const why = zone.kind === 'secure' ? undefined : { reason: zone.reason, words: zone.words }
    return new LazyVerdict({ status: zone.kind, ...why, zone: zone.zone, chain: () => linksTo(zone) })
  }

  /** The negative trust anchor at or above the name, unless a positive one is nearer. */
  #negativeAt(name: Name, point: TrustPoint | undefined, now: SteadySeconds): Name | undefined {
    const negative = this.#trust.findNegative(name, now)
    if (negative === undefined || point === undefined) return negative
    return point.zone.labelCount <= negative.labelCount ? negative : undefined
  }

  *#judge(
    claim: Claim,
    response: Response,
    at: UnixSeconds,
    now: SteadySeconds,
    budget: ValidationBudget,
  ): Generator<Need, Verdict, Fetched> {
    if (claim.kind === 'nothing') return new LazyVerdict({ status: 'indeterminate', words: () => claim.words })
    const subject = subjectOf(claim, response)
    const point = this.#trust.find(subject)
    const negative = this.#negativeAt(subject, point, now)
    if (negative !== undefined) return belowNegative(response, negative)
    if (point === undefined) return withoutAnchor(response, subject)
    const inquiry = new Inquiry(this.#settings, at, now, budget)
    const signer = findSigner(signedPartOf(claim, response), subject)
    if (signer !== undefined && !signer.isAtOrBelow(point.zone)) {
      return yield* this.#judgeFromAbove(response, claim, subject, point, signer, inquiry)
    }
    let zone: ZoneTrust = yield* this.#chain.find(signer ?? subject, point, inquiry)
    // A zone that is known to be signed by itself is not spoken for by one above it, whatever that once signed.
    if (signer !== undefined && zone.kind === 'secure') zone = this.#chain.deepestSecure(subject, zone, now)
    if (zone.kind === 'secure') {
      const { absent } = inquiry
      let found =
        signer === undefined
          ? explainUnsigned(claim, response, zone.zone, absent)
          : prove(claim, response, zone, inquiry)
      if (!found.ok && found.reason === 'signature-unknown-key') {
        const renewed: ZoneTrust | undefined = yield* this.#chain.renew(zone, point, inquiry)
        if (renewed !== undefined && renewed.kind !== 'secure') return untrusted(renewed, claim, response, inquiry)
        if (renewed !== undefined) {
          zone = renewed
          unmark(response)
          found = prove(claim, response, renewed, inquiry)
        }
      }
      if (found.ok) return proven(found, response, zone)
      // The signer is no zone: what is below it may be insecure none the less.
      if (signer !== undefined && !zone.zone.equals(signer)) {
        if (absent !== undefined) found = explainAbsent(claim, response, absent) ?? found
        zone = yield* this.#chain.find(subject, point, inquiry)
      }
      if (zone.kind === 'secure') return refuted(found, claim, response, zone, inquiry)
    }
    const stripped = signer === undefined ? explainStripped(claim, response, zone) : undefined
    return untrusted(stripped === undefined ? zone : { ...zone, ...stripped }, claim, response, inquiry)
  }

  /**
   * A zone above the trust point speaks. It is heard only where nothing else does: when the trust point's own zone cannot be had,
   * and the one above is trusted by an anchor of its own. So a zone that its parent proves to be gone is gone.
   */
  *#judgeFromAbove(
    response: Response,
    claim: Claimed,
    subject: Name,
    point: TrustPoint,
    signer: Name,
    inquiry: Inquiry,
  ): Generator<Need, Verdict, Fetched> {
    const own = yield* this.#chain.find(subject, point, inquiry)
    if (own.kind === 'secure') {
      return refuted(explainUnsigned(claim, response, own.zone, undefined), claim, response, own, inquiry)
    }
    const upper = own.kind === 'bogus' && own.zone.equals(point.zone) ? this.#trust.find(signer) : undefined
    if (upper !== undefined) {
      const above = yield* this.#chain.find(signer, upper, inquiry)
      const found = above.kind === 'secure' ? prove(claim, response, above, inquiry) : undefined
      if (found?.ok === true) return proven(found, response, above)
    }
    return untrusted(own, claim, response, inquiry)
  }
}

function proven(found: Proven, response: Response, zone: ZoneTrust): Verdict {
  const { status, reason, words, until, links, denies, isNxname } = found
  if (status === 'insecure') markInsecure(response)
  const chain = (): Link[] => linksTo(zone)
  const expires = Number.isFinite(until) ? until : undefined
  return new LazyVerdict({ status, reason, words, zone: zone.zone, expires, denies, isNxname, chain, links })
}

function refuted(found: Failure, claim: Claimed, response: Response, zone: ZoneTrust, inquiry: Inquiry): Verdict {
  const { reason, words } = found
  const expires = markClaimBogus(claim, inquiry)
  const isData = claim.kind === 'data' || claim.kind === 'redirection'
  const link = new Step(isData ? 'answer' : 'denial', response.name, response.type, 'bogus', words, reason)
  return new LazyVerdict({
    status: 'bogus',
    reason,
    words,
    zone: zone.zone,
    expires,
    chain: () => linksTo(zone),
    links: [link],
  })
}

function untrusted(zone: UntrustedZone, claim: Claimed, response: Response, inquiry: Inquiry): Verdict {
  const { kind, reason, words, expires } = zone
  if (kind === 'insecure') markInsecure(response)
  else markClaimBogus(claim, inquiry)
  return new LazyVerdict({ status: kind, reason, words, zone: zone.zone, expires, chain: () => linksTo(zone) })
}

function belowNegative(response: Response, negative: Name): Verdict {
  markInsecure(response)
  const reason = 'negative-anchor'
  const words = (): string => `a negative trust anchor stands at ${negative}`
  const links = [new Step('negative-anchor', negative, 0, 'insecure', words, reason)]
  return new LazyVerdict({ status: 'insecure', reason, words, zone: negative, links })
}

function withoutAnchor(response: Response, subject: Name): Verdict {
  markInsecure(response)
  const words = (): string => `no trust anchor stands at or above ${subject}`
  return new LazyVerdict({ status: 'insecure', reason: 'no-anchor', words })
}

function unmark({ answer, authority }: Response): void {
  for (const set of answer) set.security = 'unchecked'
  for (const set of authority) set.security = 'unchecked'
}

function markInsecure(response: Response): void {
  for (const rrset of response.answer) if (rrset.security !== 'secure') rrset.security = 'insecure'
  for (const rrset of response.authority) if (rrset.security !== 'secure') rrset.security = 'insecure'
}

/** Returns until when the verdict holds. */
function markClaimBogus(claim: Claim, inquiry: Inquiry): SteadySeconds {
  const rrsets = claim.kind === 'data' ? claim.rrsets : claim.kind === 'redirection' ? [claim.dname] : []
  for (const rrset of rrsets) if (rrset.security !== 'secure') markBogus(rrset, inquiry)
  return inquiry.now + inquiry.settings.bogusSeconds
}
