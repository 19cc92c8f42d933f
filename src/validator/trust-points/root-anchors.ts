/**
 * The keys of the root that come with the program, as IANA publishes their digests at
 * https://data.iana.org/root-anchors/root-anchors.xml: KSK-2017 and KSK-2024. Anchors that were fetched or configured since
 * take their place.
 */
import { Name } from '../../dns/name/index.ts'
import type { TrustAnchor } from '../../dnssec/index.ts'

const DIGESTS = [
  { tag: 20326, from: [2017, 2, 2], digest: 'e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d' },
  { tag: 38696, from: [2024, 7, 18], digest: '683d2d0acb8c9b712a1948b27f741219298d0a450d612c483af444a4c0fb2b16' },
] as const

const RSASHA256 = 8
const SHA256 = 2

export const ROOT_ANCHORS: readonly TrustAnchor[] = DIGESTS.map(({ tag, digest }) => ({
  zone: Name.root,
  kind: 'ds',
  rdata: Uint8Array.from([tag >>> 8, tag & 255, RSASHA256, SHA256, ...Uint8Array.fromHex(digest)]),
}))

/** When the youngest of them was made: a clock before it is wrong. */
export const ROOT_ANCHORS_SINCE: number = Math.max(
  ...DIGESTS.map(({ from: [year, month, day] }) => Date.UTC(year, month - 1, day) / 1000),
)
