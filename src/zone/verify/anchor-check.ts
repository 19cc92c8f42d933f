/** From trust anchors to the zone's keys (RFC 4035 §5): an anchor speaks of a DNSKEY, and that key signed the DNSKEY RRset. */

import type { UnixSeconds } from '../../dns/presentation/index.ts'
import { DNSKEY } from '../../dns/rr/index.ts'
import { anchorTag, isAnchorSupported, isAnchorValid, matchesAnchor, type TrustAnchor } from '../../dnssec/index.ts'
import type { FaultList } from '../faults.ts'
import type { Zone } from '../zone.ts'
import type { VerifyCode } from './codes.ts'
import type { ZoneKeys } from './zone-keys.ts'

/** `signing`: numbers of the keys that made a good signature over the DNSKEY RRset. */
export function checkAnchors(
  zone: Zone,
  keys: ZoneKeys,
  signing: ReadonlySet<number>,
  anchors: readonly TrustAnchor[],
  at: UnixSeconds,
  faults: FaultList<VerifyCode>,
): void {
  const place = { octets: zone.apex.octets, owner: 0, type: DNSKEY.number }
  const ours = anchors.filter((anchor) => anchor.zone.equals(zone.apex))
  const valid = ours.filter((anchor) => isAnchorValid(anchor, at))
  const supported = valid.filter(isAnchorSupported)
  if (supported.length === 0) {
    const why =
      ours.length === 0
        ? `none of the ${anchors.length} trust anchors is of this zone`
        : valid.length === 0
          ? 'no trust anchor of the zone counts at this time'
          : 'the algorithm or digest type of every trust anchor is not supported'
    const code = valid.length > 0 ? 'anchor-unsupported' : 'anchor-mismatch'
    faults.add(code, place, `${why}: give one that does`)
    return
  }
  let matched = 0
  for (const anchor of supported) {
    for (const key of keys.keys) {
      if (key.state === 'foreign' || !matchesAnchor(anchor, key.rdata)) continue
      if (signing.has(key.number)) return
      matched = key.tag
    }
  }
  if (matched > 0) {
    const message = `key ${matched} is the one that the trust anchor speaks of, but it made no valid signature over the DNSKEY RRset: sign with it`
    faults.add('anchor-not-signing', place, message)
    return
  }
  const tags = [...new Set(supported.map(anchorTag))].join(', ')
  const message = `no DNSKEY of the zone is one that the trust anchors speak of (${tags}): publish that key, or look whether the anchors are old`
  faults.add('anchor-mismatch', place, message)
}
