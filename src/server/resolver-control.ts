/**
 * What may be seen and steered of the resolver. As with `ServerControl`: looking is cheap and never throws, steering tells its
 * outcome as a value.
 */
import type { Name } from '../dns/name/index.ts'
import type { Protocol, UnixSeconds } from '../ports/index.ts'
import type { AnchorState, TrustPointState } from '../validator/index.ts'
import type { Outcome } from './outcome.ts'
import type { FailingZone } from './resolving/failure-log.ts'
import type { FailureSummary, KeptFailure } from './resolving/flight-recorder.ts'
import type { ResolverCounts } from './resolving/resolver-counters.ts'

export type ResolverControl = {
  status(): ResolverStatus
  /** Forgets a name, one type of it, or it and all below it. */
  flush(name: Name, options?: { readonly type?: number; readonly isSubtree?: boolean }): Outcome
  /** What is cached, a line a record. */
  dump(): Iterable<string>

  /**
   * The zones and causes for which failures are recorded, at most so many, the one that failed last first. Undefined: the flight
   * recorder is off.
   */
  failures(most: number): RecordedFailures | undefined
  /** The newest failure of a name that is recorded. Undefined: the flight recorder is off. */
  failure(name: Name, type?: number): FoundFailure | undefined

  trustPoints(): readonly TrustPointStatus[]
  /** Looks at the keys of one trust point, or of all, now. */
  refreshTrustPoints(zone?: Name): Promise<Outcome>
  /** Trusts the DS or DNSKEY records of this text as well. */
  addTrustAnchors(text: string): Promise<Outcome>
  /** Takes a trust point away, or one anchor of it. */
  removeTrustPoint(zone: Name, keyTag?: number): Promise<Outcome>

  negativeAnchors(): readonly NegativeAnchorStatus[]
  addNegativeAnchor(name: Name, until: UnixSeconds, reason?: string): Promise<Outcome>
  removeNegativeAnchor(name: Name): Promise<Outcome>
}

export type ResolverStatus = {
  readonly mode: 'recursive' | 'forward'
  /** False: nothing is validated. */
  readonly validates: boolean
  /** Why times of signatures do not count just now. */
  readonly clockDoubt?: string
  /** Questions that are worked on. */
  readonly outstanding: number
  readonly counts: ResolverCounts
  readonly caches: readonly CacheStatus[]
  readonly network: NetworkStatus
  /** Servers that the configuration names. */
  readonly servers: readonly UpstreamStatus[]
  /** Zones in which names failed lately, the latest first. */
  readonly failing: readonly FailingZone[]
  /** Failures whose evidence is kept; absent: the flight recorder is off. */
  readonly recorder?: RecorderStatus
}

export type RecorderStatus = {
  /** Failures whose evidence is kept. */
  readonly entries: number
  /** Memory that is taken, and the most that may be. */
  readonly octets: number
  readonly maxOctets: number
}

export type RecordedFailures = {
  readonly failures: readonly FailureSummary[]
  /** Zones and causes that are left out. */
  readonly more: number
}

export type { FailureSummary, KeptFailure }

/** A file of evidence; or, where there is none, what is recorded nearest to the name: of other types, else of the zones above it. */
export type FoundFailure =
  | { readonly kind: 'found'; readonly evidence: string }
  | { readonly kind: 'absent'; readonly nearest: readonly FailureSummary[] }

export type UpstreamStatus = {
  /** The zone whose names it is asked for. */
  readonly zone: string
  readonly kind: 'forward' | 'stub'
  readonly address: string
  readonly protocol: Protocol
  /** `fails`: it is silent, or cannot be reached; `unknown`: not asked lately. */
  readonly state: 'replies' | 'fails' | 'unknown'
  /** Of its replies, smoothed (milliseconds). */
  readonly rttMilliseconds?: number
  /** How long ago it began to fail (seconds); absent: it replied last. */
  readonly failingFor?: number
  /** What it did last that was no answer, as a predicate: `did not reply`. */
  readonly reason?: string
}

export type { FailingZone }

export type CacheStatus = { readonly name: string; readonly entries: number; readonly octets: number }

export type NetworkStatus = {
  /** Messages to servers, and what came of them, by protocol: `udp`, `tcp`, `tls`, `https`. */
  readonly queries: Readonly<Record<string, number>>
  readonly replies: Readonly<Record<string, number>>
  readonly timeouts: Readonly<Record<string, number>>
  readonly failures: Readonly<Record<string, number>>
  /** Datagrams that answered a waiting question wrongly: a forger's guesses, or a broken server. */
  readonly mismatches: number
  readonly udpSockets: number
  readonly outstanding: number
}

export type TrustPointStatus = {
  readonly zone: string
  readonly state: TrustPointState
  readonly anchors: readonly TrustAnchorStatus[]
  /** Undefined: never. */
  readonly lastRefresh?: UnixSeconds
  readonly lastSuccess?: UnixSeconds
  readonly nextRefresh?: UnixSeconds
  /** What came of the last look, as a sentence. */
  readonly lastResult?: string
  /** The zone may roll its keys by itself (RFC 5011). */
  readonly followsRollovers: boolean
}

export type TrustAnchorStatus = {
  readonly kind: 'ds' | 'dnskey'
  readonly keyTag: number
  readonly algorithm: number
  readonly state: AnchorState
  /** When it came into this state. */
  readonly since?: UnixSeconds
  readonly origin: 'configured' | 'added' | 'learned'
  /** As a record of a master file. */
  readonly record: string
}

export type NegativeAnchorStatus = {
  readonly name: string
  /** Undefined: until the next start. */
  readonly until?: UnixSeconds
  readonly reason?: string
}
