/** Anchors of the root from IANA, over a way that need not be trusted: the signature beside the file is what counts. */
import type { TrustAnchor } from '../dnssec/index.ts'
import type { UnixSeconds } from '../ports/index.ts'

/** Where IANA publishes them; Windows calls it RootTrustAnchorsURL. */
export const ROOT_ANCHORS_URL = 'https://data.iana.org/root-anchors/root-anchors.xml'

/**
 * The anchors of a root-anchors.xml, if the CMS signature beside it holds at a time and leads to the ICANN root certification
 * authority, or to one of `authorities` (PEM). Rejects with DnsError `key-invalid`, whose text names what does not hold.
 */
export async function verifyRootAnchors(
  xml: Uint8Array,
  signature: Uint8Array,
  at: UnixSeconds,
  authorities?: readonly string[],
): Promise<TrustAnchor[]> {
  // CMS takes longer to load than most programs run.
  const { checkRootAnchors } = await import('./root-anchors-signature.ts')
  return checkRootAnchors(xml, signature, at, authorities)
}

/** Gets what is at an HTTPS address, within bounds of its own; rejects when it cannot. */
export type FetchOctets = (url: string) => Promise<Uint8Array>

/**
 * Fetches the file and the signature that stands beside it under the same name, ending in `.p7s`. Only anchors that count at `at`
 * are given. Rejects with DnsError `key-invalid` when the signature does not hold, with what `fetch` rejects with otherwise.
 */
export async function fetchRootAnchors(
  fetch: FetchOctets,
  at: UnixSeconds,
  url: string = ROOT_ANCHORS_URL,
  authorities?: readonly string[],
): Promise<TrustAnchor[]> {
  const signatureUrl = url.replace(/\.xml$/, '.p7s')
  const [xml, signature] = await Promise.all([fetch(url), fetch(signatureUrl)])
  const anchors = await verifyRootAnchors(xml, signature, at, authorities)
  return anchors.filter(({ validUntil }) => validUntil === undefined || at < validUntil)
}
