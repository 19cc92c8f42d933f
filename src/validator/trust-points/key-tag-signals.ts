/**
 * Telling a zone's operator which of its keys are trusted here: by a name that is asked for, or by an EDNS option of the query
 * for its keys (RFC 8145). Sent beside a DNSKEY query for a trust point's zone, never elsewhere.
 */
import type { Name } from '../../dns/name/index.ts'
import { anchorTag, type TrustAnchor } from '../../dnssec/index.ts'

/** EDNS option code (RFC 8145 §4.1). */
export const OPTION_KEY_TAG = 14
/** QTYPE of the query by name (§5.1). */
export const TYPE_NULL = 10
/** As many as a label holds behind `_ta-`. */
const MAX_TAGS = 12

/** Tags of the anchors, each once, smallest first. */
export function tagsOfAnchors(anchors: readonly TrustAnchor[]): number[] {
  return [...new Set(anchors.map(anchorTag))].sort((a, b) => a - b)
}

/** `_ta-4a5c-9f01.<zone>`, to be asked for with type NULL (RFC 8145 §5.1); undefined when there is no name that long, or no anchor. */
export function signalName(zone: Name, anchors: readonly TrustAnchor[]): Name | undefined {
  const tags = tagsOfAnchors(anchors).slice(0, MAX_TAGS)
  if (tags.length === 0) return undefined
  const label = `_ta-${tags.map((tag) => tag.toString(16).padStart(4, '0')).join('-')}`
  return zone.octets.length + label.length + 1 > 255 ? undefined : zone.child(label)
}

/** The data of the EDNS option (RFC 8145 §4.1): tags of 16 bits. */
export function signalOption(anchors: readonly TrustAnchor[]): Uint8Array {
  return Uint8Array.from(tagsOfAnchors(anchors).flatMap((tag) => [tag >>> 8, tag & 255]))
}
