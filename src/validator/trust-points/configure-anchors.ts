/**
 * What people say about a trust point: the anchors that a configuration names, those that somebody adds or removes. What the
 * zone made of earlier ones stays, so that a restart with the same old file does not undo a roll.
 */
import { equalOctets } from '../../dns/octets.ts'
import type { TrustAnchor } from '../../dnssec/index.ts'
import { isAnchorSupported, matchesDs } from '../../dnssec/index.ts'
import { isRevokedKey, isSameKey, type PointAnchor, type TrustPoint, withoutRevoke } from './trust-point.ts'

/**
 * Makes the point follow the configuration: anchors that are new there are trusted, those that left it are not any more, the
 * keys that the zone learned by itself stay. Only what changed since the configuration was last read counts: the same point
 * comes back when nothing did.
 */
export function configureAnchors(
  point: TrustPoint,
  configured: readonly TrustAnchor[],
  isManaged: boolean,
  isSupported: (algorithm: number) => boolean,
): TrustPoint {
  const added = configured.filter((anchor) => !point.configured.some((old) => isSameAnchor(old, anchor)))
  const left = point.configured.filter((old) => !configured.some((anchor) => isSameAnchor(old, anchor)))
  if (added.length === 0 && left.length === 0 && point.isManaged === isManaged) return point
  let next: TrustPoint = { ...point, configured, isManaged }
  // Nothing of the old word is left: what the zone learned by it goes too, but for what was revoked.
  if (left.length > 0 && left.length === point.configured.length) {
    next = { ...next, anchors: next.anchors.filter(({ origin, state }) => origin !== 'learned' || state === 'Revoked') }
  }
  for (const anchor of left) next = removeAnchor(next, anchor, 'configured')
  for (const anchor of added) next = addAnchor(next, anchor, 'configured', isSupported)
  return next
}

/** Adds an anchor that is trusted at once. A point whose keys were all revoked begins anew; the point is looked at next. */
export function addAnchor(
  point: TrustPoint,
  anchor: TrustAnchor,
  origin: 'configured' | 'added',
  isSupported: (algorithm: number) => boolean,
): TrustPoint {
  const { kind, rdata, validFrom, validUntil } = anchor
  const known = point.anchors.find((each) => each.kind === kind && hasSameData(each, rdata))
  // A key that revoked itself is no anchor, whoever names it (RFC 5011 §2.1).
  if (isOfRevoked(point, anchor)) return point
  const made: PointAnchor = {
    kind,
    rdata,
    state: stateOfNew(anchor, isSupported),
    since: 0,
    seen: 0,
    holdSeconds: 0,
    vouchers: [],
    origin,
    ...(validFrom === undefined ? {} : { validFrom }),
    ...(validUntil === undefined ? {} : { validUntil }),
  }
  const isKept = known !== undefined && known.state !== 'AddPend' && known.state !== 'DSInvalid'
  const anchors = isKept
    ? point.anchors.map((each) => (each === known && each.origin === 'learned' ? { ...each, origin } : each))
    : [...point.anchors.filter((each) => each !== known), made]
  return { ...point, anchors, isRevoked: false, nextProbe: isKept && !point.isRevoked ? point.nextProbe : 0 }
}

/** Whether the anchor names a key that revoked itself: by its DNSKEY, or by any DS. */
function isOfRevoked({ zone, anchors, revokedKeys }: TrustPoint, { kind, rdata }: TrustAnchor): boolean {
  if (kind === 'dnskey' && isRevokedKey(rdata)) return true
  const revoked = anchors.filter(({ state }) => state === 'Revoked').map((anchor) => anchor.rdata)
  return [...revoked, ...revokedKeys].some((key) =>
    kind === 'ds' ? matchesDs(rdata, zone, withoutRevoke(key)) === true : isSameKey(key, rdata),
  )
}

function stateOfNew(anchor: TrustAnchor, isSupported: (algorithm: number) => boolean): PointAnchor['state'] {
  const algorithm = anchor.rdata[anchor.kind === 'ds' ? 2 : 3] ?? 0
  const isUsable = isSupported(algorithm) && (anchor.kind === 'dnskey' || isDigestSupported(anchor))
  if (!isUsable) return 'DSInvalid'
  return anchor.kind === 'ds' ? 'DSPending' : 'Valid'
}

/** Whether the digest type is known, whatever the algorithm. */
function isDigestSupported(anchor: TrustAnchor): boolean {
  const probe = anchor.rdata.slice()
  probe[2] = 8
  return isAnchorSupported({ ...anchor, rdata: probe })
}

/** Takes an anchor away, and with a DS the key that came of it. `origin`: only one of it; any when it is not given. */
export function removeAnchor(point: TrustPoint, anchor: TrustAnchor, origin?: PointAnchor['origin']): TrustPoint {
  const anchors = point.anchors.filter((each) => {
    if (origin !== undefined && (each.origin !== origin || each.state === 'Revoked')) return true
    if (each.kind === anchor.kind) return !hasSameData(each, anchor.rdata)
    return each.kind === 'ds' || matchesDs(anchor.rdata, point.zone, withoutRevoke(each.rdata)) !== true
  })
  return { ...point, anchors }
}

/** Whether a person named anything that is left: what a zone learned falls with the last word that it came from. */
export function hasOwner(point: TrustPoint): boolean {
  return point.configured.length > 0 || point.anchors.some((anchor) => anchor.origin === 'added')
}

function isSameAnchor(a: TrustAnchor, b: TrustAnchor): boolean {
  return a.kind === b.kind && equalOctets(a.rdata, b.rdata)
}

/** Whether an anchor is this DS, or this DNSKEY, revoked or not. */
function hasSameData({ kind, rdata }: PointAnchor, other: Uint8Array): boolean {
  return equalOctets(kind === 'ds' ? rdata : withoutRevoke(rdata), other)
}
