/**
 * What a look at the keys of a zone makes of its trust point: the state table of RFC 5011 §4 as a function. In order: keys that
 * revoke themselves are revoked, whatever else holds; the RRset must be signed by an anchor that is left; then every anchor
 * and every new entry point moves on.
 */
import { equalOctets, readU32 } from '../../dns/octets.ts'
import type { SteadySeconds, UnixSeconds } from '../../dns/presentation/index.ts'
import {
  anchorTag,
  computeKeyTag,
  formatKeyTime,
  isAnchorValid,
  matchesAnchor,
  matchesDs,
  RRSIG_EXPIRATION,
  RRSIG_ORIGINAL_TTL,
  type RRset,
  type TrustAnchor,
} from '../../dnssec/index.ts'
import type { ValidatorSettings } from '../settings.ts'
import { verifyRRset } from '../signatures.ts'
import { isSigningKey, prepareZoneKey } from '../zone-keys.ts'
import { ADD_HOLD_SECONDS, MISSING_SECONDS, REMOVE_HOLD_SECONDS } from './hold-times.ts'
import { querySeconds, retrySeconds } from './probe-times.ts'
import type { TrustEvent, TrustEventKind } from './trust-event.ts'
import {
  type AnchorState,
  effectiveAnchors,
  isEffective,
  isEntryPoint,
  isRevokedKey,
  isSameKey,
  type PointAnchor,
  type TrustPoint,
  tagOf,
  withoutRevoke,
} from './trust-point.ts'

/** A key must be seen so often before it counts, however long ago the first time was (§2.4.1). */
const LEAST_SEEN = 2
/** Keys that are kept of one zone. §2.4.3 asks for five; a zone with more than this is not followed in all of them. */
const MAX_ANCHORS = 64
/** Revoked keys that are remembered of one zone for good. */
const MAX_REVOKED_KEYS = 64
/** Key tags that a sentence lists. */
const MAX_TAGS = 16
/** Signatures that one look may verify. */
const MAX_VERIFICATIONS = 64

export type KeysObserved =
  | { readonly kind: 'verified'; readonly point: TrustPoint; readonly events: readonly TrustEvent[] }
  | { readonly kind: 'all-revoked'; readonly point: TrustPoint; readonly events: readonly TrustEvent[] }
  /** No anchor signed the RRset; keys may have been revoked even so. */
  | {
      readonly kind: 'unverified'
      readonly point: TrustPoint
      readonly events: readonly TrustEvent[]
      readonly detail: string
    }

/**
 * `rrset`: the DNSKEY RRset of the point's zone, with its signatures. `now` counts hold-down times, `at` is the time that
 * signatures are held to. `lastSuccess` and the times of probes are the caller's.
 */
export function observeKeys(
  point: TrustPoint,
  rrset: RRset,
  now: SteadySeconds,
  at: UnixSeconds,
  settings: ValidatorSettings,
): KeysObserved {
  return new KeyObservation(point, rrset, now, at, settings).run()
}

class KeyObservation {
  readonly #point: TrustPoint
  readonly #rrset: RRset
  readonly #now: SteadySeconds
  readonly #at: UnixSeconds
  readonly #settings: ValidatorSettings
  readonly #events: TrustEvent[] = []
  #left: readonly PointAnchor[] = []
  readonly #revokedKeys: Uint8Array[]
  #verifications = MAX_VERIFICATIONS
  #querySeconds = Number.POSITIVE_INFINITY
  #retrySeconds = Number.POSITIVE_INFINITY

  constructor(point: TrustPoint, rrset: RRset, now: SteadySeconds, at: UnixSeconds, settings: ValidatorSettings) {
    this.#point = point
    this.#rrset = rrset
    this.#now = now
    this.#at = at
    this.#settings = settings
    this.#revokedKeys = [...point.revokedKeys]
  }

  run(): KeysObserved {
    const left = this.#revoke()
    this.#left = left
    const events = this.#events
    const point: TrustPoint = { ...this.#point, anchors: left }
    if (!left.some(isEffective) && left.some(({ state }) => state === 'Revoked')) {
      const anchors = left.filter(({ state }) => state === 'Revoked')
      this.#tell('point-revoked', undefined, 'all its keys are revoked: it is as if there were no anchor for this zone')
      return { kind: 'all-revoked', point: { ...point, anchors, isRevoked: true }, events }
    }
    const vouchers = this.#findVouchers(point)
    if (typeof vouchers === 'string') return { kind: 'unverified', point, events, detail: vouchers }
    const anchors = point.isManaged ? this.#advance(left, vouchers) : left
    const times = { querySeconds: this.#querySeconds, retrySeconds: this.#retrySeconds }
    const revokedKeys = this.#revokedKeys.slice(-MAX_REVOKED_KEYS)
    return { kind: 'verified', point: { ...point, anchors, revokedKeys, ...times }, events }
  }

  /** Revocation needs no voucher but the key's own signature, is immediate, and cannot be undone (RFC 5011 §2.1), before it counts too. */
  #revoke(): readonly PointAnchor[] {
    const revoked = this.#rrset.rdatas.filter((rdata) => isRevokedKey(rdata) && isSigningKey(withoutRevoke(rdata)))
    if (!this.#point.isManaged || revoked.length === 0) return this.#point.anchors
    return this.#point.anchors.map((anchor) => {
      if (!isEffective(anchor) && anchor.state !== 'AddPend') return anchor
      const rdata = revoked.find((key) => this.#isOf(anchor, withoutRevoke(key)))
      if (rdata === undefined || this.#signatureOf(rdata) === undefined) return anchor
      this.#tell('key-revoked', rdata, 'it is never trusted again')
      return { ...anchor, kind: 'dnskey', rdata, state: 'Revoked', since: this.#now, seen: 0 }
    })
  }

  /** Whether the anchor speaks of this key. */
  #isOf(anchor: PointAnchor, rdata: Uint8Array): boolean {
    if (anchor.kind === 'dnskey') return isSameKey(anchor.rdata, rdata)
    return matchesDs(anchor.rdata, this.#point.zone, rdata) === true
  }

  /**
   * Keys that an anchor speaks of and that signed the RRset, or why there is none. Their signatures tell when to look again. A
   * DNSKEY that is an anchor signs even where the RRset shows it no more (RFC 5011 §4.2, Missing).
   */
  #findVouchers(point: TrustPoint): Uint8Array[] | string {
    const valid = effectiveAnchors(point).filter((anchor) => isAnchorValid(anchor, this.#at))
    const anchors = leaveOutWeakDigests(valid)
    const own = anchors.filter(({ kind, rdata }) => kind === 'dnskey' && isSigningKey(rdata)).map(({ rdata }) => rdata)
    const shown = this.#rrset.rdatas.filter(
      (rdata) => isSigningKey(rdata) && anchors.some((anchor) => anchor.kind === 'ds' && matchesAnchor(anchor, rdata)),
    )
    const trusted = [...own, ...shown.filter((rdata) => !own.some((other) => equalOctets(other, rdata)))]
    if (trusted.length === 0) return this.#mismatch(anchors)
    const vouchers = trusted.filter((rdata) => {
      const signature = this.#signatureOf(rdata)
      if (signature === undefined) return false
      const ttl = readU32(signature, RRSIG_ORIGINAL_TTL)
      const left = this.#settings.ignoreTimes ? ttl : Math.max(0, (readU32(signature, RRSIG_EXPIRATION) - this.#at) | 0)
      this.#querySeconds = Math.min(this.#querySeconds, querySeconds(ttl, left))
      this.#retrySeconds = Math.min(this.#retrySeconds, retrySeconds(ttl, left))
      return true
    })
    return vouchers.length > 0 ? vouchers : this.#explain(trusted, anchors)
  }

  /** A good signature over the RRset by this one key. */
  #signatureOf(rdata: Uint8Array): Uint8Array | undefined {
    const found = this.#verify([rdata])
    return found.ok ? found.signature : undefined
  }

  #explain(trusted: readonly Uint8Array[], anchors: readonly TrustAnchor[]): string {
    const found = this.#verify(trusted)
    if (found.ok) return ''
    if (found.reason !== 'signature-unknown-key') return found.detail()
    const isShown = trusted.some((key) => this.#rrset.rdatas.some((rdata) => equalOctets(rdata, key)))
    if (!isShown) return this.#mismatch(anchors)
    return `they are signed, but not by the key of a trust anchor (${tagsOf(anchors)})`
  }

  #mismatch(anchors: readonly TrustAnchor[]): string {
    if (anchors.length === 0) return `no trust anchor is valid at ${formatKeyTime(this.#at)}`
    const shown = this.#rrset.rdatas.slice(0, MAX_TAGS).map((rdata) => computeKeyTag(rdata))
    return `none of its keys (${shown.join(', ')}) agrees with a trust anchor (${tagsOf(anchors)})`
  }

  #verify(rdatas: readonly Uint8Array[]) {
    const keys = rdatas.map((rdata) => prepareZoneKey(rdata, this.#settings))
    const budget = { takeVerification: () => this.#verifications-- > 0, takeHash: () => false }
    return verifyRRset(this.#rrset, this.#point.zone, keys, this.#at, this.#settings, budget)
  }

  /** Every anchor and every new key moves on by what was seen of it (RFC 5011 §4). */
  #advance(before: readonly PointAnchor[], vouchers: readonly Uint8Array[]): PointAnchor[] {
    const seen = this.#rrset.rdatas.filter(
      (rdata) => isSigningKey(rdata) && isEntryPoint(rdata) && this.#settings.isSupported(rdata[3] ?? 0),
    )
    const moved = before.flatMap(
      (anchor) => (anchor.kind === 'ds' ? this.#advanceDs(anchor, seen) : this.#advanceKey(anchor, seen)) ?? [],
    )
    const anchors = oneOfEachKey(moved)
    this.#addNew(anchors, seen, vouchers)
    return this.#giveUpMissing(this.#preferEntryPoints(anchors))
  }

  #advanceDs(anchor: PointAnchor, seen: readonly Uint8Array[]): PointAnchor | undefined {
    if (anchor.state !== 'DSPending') return anchor
    const rdata = seen.find((key) => this.#isOf(anchor, key))
    if (rdata === undefined) return anchor
    this.#tell('key-valid', rdata, 'it agrees with the DS that was configured')
    const { validFrom: _from, validUntil: _until, ...rest } = anchor
    return { ...rest, kind: 'dnskey', rdata, state: 'Valid', since: this.#now }
  }

  /** Undefined: nothing is remembered of it. */
  #advanceKey(anchor: PointAnchor, seen: readonly Uint8Array[]): PointAnchor | undefined {
    const now = this.#now
    const isSeen = seen.some((rdata) => equalOctets(rdata, anchor.rdata))
    switch (anchor.state) {
      case 'Valid':
        if (!isSeen && isEntryPoint(anchor.rdata)) {
          this.#tell('key-missing', anchor.rdata, 'the zone shows it no more, and did not revoke it: it still counts')
          return { ...anchor, state: 'Missing', since: now }
        }
        return anchor.since === 0 ? { ...anchor, since: now } : anchor
      case 'Missing':
        if (!isSeen) return anchor
        this.#tell('key-valid', anchor.rdata, 'the zone shows it again')
        return { ...anchor, state: 'Valid', since: now }
      case 'AddPend':
        return this.#advancePending(anchor, isSeen)
      case 'Revoked':
        // In either form: a zone that shows it without its REVOKE flag has not withdrawn it.
        if (this.#rrset.rdatas.some((rdata) => isSameKey(rdata, anchor.rdata))) return { ...anchor, since: now }
        if (now - anchor.since <= REMOVE_HOLD_SECONDS) return anchor
        this.#tell('key-removed', anchor.rdata, 'it was revoked, and the zone has not shown it for 30 days')
        this.#revokedKeys.push(anchor.rdata)
        return undefined
      default:
        return anchor
    }
  }

  #advancePending(anchor: PointAnchor, isSeen: boolean): PointAnchor | undefined {
    if (!isSeen) {
      this.#tell('key-removed', anchor.rdata, 'the zone took it back before it counted')
      return undefined
    }
    // Those who vouched for it proved to be in wrong hands: if the key still stands there, it begins anew (§2.2).
    const areRevoked =
      anchor.vouchers.length > 0 &&
      anchor.vouchers.every((voucher) =>
        this.#left.some((other) => other.state === 'Revoked' && isSameKey(other.rdata, voucher)),
      )
    if (areRevoked) {
      this.#tell('key-removed', anchor.rdata, 'all keys that vouched for it were revoked')
      return undefined
    }
    const seen = anchor.seen + 1
    if (this.#now - anchor.since <= anchor.holdSeconds || seen < LEAST_SEEN) return { ...anchor, seen }
    this.#tell('key-valid', anchor.rdata, 'the zone has shown it for long enough')
    return { ...anchor, state: 'Valid', since: this.#now, seen: 0, vouchers: [] }
  }

  #addNew(anchors: PointAnchor[], seen: readonly Uint8Array[], vouchers: readonly Uint8Array[]): void {
    // Anchors that are no entry points cannot be followed: what they signed takes their place at once.
    const isReplacement = !vouchers.some(isEntryPoint) && !anchors.some(isEffectiveEntryPoint)
    for (const rdata of seen) {
      if (anchors.length >= MAX_ANCHORS) return
      if (anchors.some((anchor) => anchor.kind === 'dnskey' && isSameKey(anchor.rdata, rdata))) continue
      if (this.#revokedKeys.some((revoked) => isSameKey(revoked, rdata))) continue
      const base = { kind: 'dnskey', rdata, since: this.#now, origin: 'learned' } as const
      if (isReplacement) {
        this.#tell('key-valid', rdata, 'a configured key that is no entry point vouches for it')
        anchors.push({ ...base, state: 'Valid', seen: 0, holdSeconds: 0, vouchers: [] })
        continue
      }
      this.#tell('key-pending', rdata, 'new in the zone; it counts once it has been there for 30 days')
      const holdSeconds = Math.max(ADD_HOLD_SECONDS, this.#rrset.ttl)
      anchors.push({ ...base, state: 'AddPend', seen: 1, holdSeconds, vouchers })
    }
  }

  /** Once there is an entry point to follow, anchors that are none are of no more use. */
  #preferEntryPoints(anchors: readonly PointAnchor[]): PointAnchor[] {
    if (!anchors.some(isEffectiveEntryPoint)) return [...anchors]
    const others = this.#rrset.rdatas.filter((rdata) => isSigningKey(rdata) && !isEntryPoint(rdata))
    return anchors.flatMap((anchor) => {
      if (anchor.kind === 'dnskey') return isEntryPoint(anchor.rdata) ? anchor : []
      const isOfOther = anchor.state === 'DSPending' && others.some((rdata) => this.#isOf(anchor, rdata))
      return isOfOther ? { ...anchor, state: 'DSInvalid', since: this.#now } : anchor
    })
  }

  #giveUpMissing(anchors: readonly PointAnchor[]): PointAnchor[] {
    if (!anchors.some(({ state }) => state === 'Valid')) return [...anchors]
    return anchors.filter((anchor) => {
      if (anchor.state !== 'Missing' || this.#now - anchor.since <= MISSING_SECONDS) return true
      this.#tell('key-removed', anchor.rdata, 'the zone has not shown it for more than a year')
      return false
    })
  }

  #tell(kind: TrustEventKind, rdata: Uint8Array | undefined, detail: string): void {
    const { zone } = this.#point
    const tag = rdata === undefined ? undefined : tagOf({ kind: 'dnskey', rdata })
    this.#events.push({ kind, zone, tag, text: tag === undefined ? detail : `key ${tag}: ${detail}` })
  }
}

function tagsOf(anchors: readonly TrustAnchor[]): string {
  return anchors.slice(0, MAX_TAGS).map(anchorTag).join(', ')
}

function isEffectiveEntryPoint(anchor: PointAnchor): boolean {
  return anchor.kind === 'dnskey' && isEffective(anchor) && isEntryPoint(anchor.rdata)
}

/** A DS by SHA-1 does not count beside one of the same key by a better digest (RFC 4509 §3). */
function leaveOutWeakDigests(anchors: readonly TrustAnchor[]): TrustAnchor[] {
  const isDs = (anchor: TrustAnchor): boolean => anchor.kind === 'ds'
  const isWeak = (anchor: TrustAnchor): boolean => anchor.rdata[3] === 1
  return anchors.filter(
    (anchor) =>
      !isDs(anchor) ||
      !isWeak(anchor) ||
      !anchors.some((other) => isDs(other) && !isWeak(other) && anchorTag(other) === anchorTag(anchor)),
  )
}

/** Which word on a key stands when there are several, as after several digests of it. */
const STRONGEST: readonly AnchorState[] = ['Revoked', 'Valid', 'Missing', 'AddPend']

function oneOfEachKey(anchors: readonly PointAnchor[]): PointAnchor[] {
  return anchors.filter((anchor, i) => {
    if (anchor.kind === 'ds') return true
    const rank = STRONGEST.indexOf(anchor.state)
    return !anchors.some((other, k) => {
      if (other.kind === 'ds' || k === i || !isSameKey(other.rdata, anchor.rdata)) return false
      const otherRank = STRONGEST.indexOf(other.state)
      return otherRank < rank || (otherRank === rank && k < i)
    })
  })
}
