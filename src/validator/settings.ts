/** What validation depends on besides data and time. */
import type { Name } from '../dns/name/index.ts'
import type { SteadySeconds } from '../dns/presentation/index.ts'
import type { Response, RRset, TrustAnchor } from '../dnssec/index.ts'

/** One public key, ready to verify with. Never throws; malformed signatures are `false`. */
export type PreparedKey = { verify(data: Uint8Array, signature: Uint8Array): boolean }

/** Makes the public key field of a DNSKEY ready. Never throws: `invalid` is one that is none of its algorithm. */
export type PrepareKey = (algorithm: number, publicKey: Uint8Array) => PreparedKey | 'unsupported' | 'invalid'

export type ValidatorSettings = {
  /** The product's is `Verifier.create` of `dnssec/`; a replayed scenario may add algorithms of its time. */
  readonly prepareKey: PrepareKey
  /** Whether `prepareKey` knows an algorithm. */
  readonly isSupported: (algorithm: number) => boolean
  /** Above it a zone's NSEC3 proofs are not computed and the zone is insecure (RFC 9276 §3.2). */
  readonly maxNsec3Iterations: number
  /** Every algorithm of the DS set must validate, not just one (against RFC 6840 §5.11). */
  readonly hardenAlgorithmDowngrade: boolean
  /** A trust point whose keys cannot be fetched at all is insecure, not bogus. Whoever can drop packets can then turn validation off. */
  readonly forgiveUnreachableAnchors?: boolean
  /** A SHA-1 DS counts beside better ones, against RFC 4509 §3. */
  readonly acceptSha1BesideBetter?: boolean
  /** Allowed error of clocks: a share of the signature's lifetime, bounded by two numbers of seconds. */
  readonly skew: { readonly share: number; readonly leastSeconds: number; readonly mostSeconds: number }
  /** Times of signatures are not looked at. */
  readonly ignoreTimes: boolean
  /** The most that a result may be kept (seconds), of keys and of bogus ones. */
  readonly maxKeySeconds: number
  readonly bogusSeconds: number
}

/** What stands at a name: anchors to begin with, or a word that nothing is validated there. The nearest at or above counts. */
export type Trust = {
  /** The anchors of the nearest trust point at or above the name; undefined: there is none, all below is insecure. */
  find(name: Name): { readonly zone: Name; readonly anchors: readonly TrustAnchor[] } | undefined
  /** The nearest negative trust anchor at or above the name (RFC 7646). */
  findNegative(name: Name, now: SteadySeconds): Name | undefined
}

/** Validation cannot go on without this response. `again`: the last one did not hold, another server is to be asked. */
export type Need = { readonly kind: 'fetch'; readonly name: Name; readonly type: number; readonly again?: Response }

/** What comes back: the response with its own verdict still open, or why there is none. */
export type Fetched = Response | { readonly kind: 'unreachable'; readonly text: string }

/** Work that one client's query may cause. Each `take…` is false when there is no more; the name says what ran out. */
export type ValidationBudget = {
  /** One signature is verified. */
  takeVerification(): boolean
  /** One NSEC3 hash of so many iterations. */
  takeHash(iterations: number): boolean
}

export type { RRset }
