/** What resolving depends on besides data, time and chance. */
import type { Name } from '../dns/name/index.ts'
import type { Endpoint, Protocol } from '../ports/index.ts'

/** A server that the configuration names. */
export type Forwarder = { readonly endpoint: Endpoint; readonly protocol: Protocol }

/** Names at and below `zone` are asked of these servers. */
export type RoutedZone = {
  readonly zone: Name
  /** `stub`: they are authoritative for the zone. `forward`: they resolve. */
  readonly kind: 'stub' | 'forward'
  readonly servers: readonly Forwarder[]
  /** When none of them answers: ask from the root down. */
  readonly first: boolean
}

/** Where the root is, before it was asked itself (RFC 8109). */
export type RootHint = { readonly name: Name; readonly addresses: readonly Uint8Array[] }

/** Addresses that begin with the first `bits` of `prefix`: 4 octets, or 16. */
export type PrivateNetwork = { readonly text: string; readonly prefix: Uint8Array; readonly bits: number }

export type ResolverSettings = {
  readonly hints: readonly RootHint[]
  /** The hints are used to ask the root who its servers are; otherwise they are its servers. */
  readonly prime: boolean
  readonly routed: readonly RoutedZone[]
  readonly validate: boolean
  /** RFC 9156. */
  readonly qnameMinimisation: boolean
  /** Letters of the question in random case (draft-vixie-dnsext-dns0x20): 24 more bits to guess for some names, some servers mind. */
  readonly caseRandomisation: boolean
  readonly ipv4: boolean
  readonly ipv6: boolean
  /** Servers at loopback addresses are asked although the configuration does not name them. */
  readonly allowLoopbackServers: boolean
  /** Addresses in these networks are removed from what servers return (`private-addresses.ts`). */
  readonly privateAddresses: readonly PrivateNetwork[]
  /** Names at and below these may have such addresses. */
  readonly privateDomains: readonly Name[]
  /** Names are denied from what was proved before (RFC 8198). */
  readonly aggressiveNsec: boolean
  /** Answers that are asked for and about to expire are fetched anew. */
  readonly prefetch: boolean
  /** RFC 8767: answers after their TTL, when there is no better one within the client's patience. */
  readonly serveStale: { readonly maxSeconds: number; readonly clientMilliseconds: number } | undefined
  /** The servers that a zone tells of itself beside its answers count as its servers: some zones are found by that only, forgers too. */
  readonly takeChildServers: boolean
  /** The chain of trust is kept of secure answers too: for those who show it. */
  readonly keepEvidence: boolean
  /** Servers are shown cookies, and are to show theirs (RFC 7873). */
  readonly cookies: boolean
  /** Octets that servers may send by UDP. */
  readonly udpPayload: number
  /** What one client's query may cause. */
  readonly limits: Limits
}

export type Limits = {
  /** After so long no server is asked any more. */
  readonly seconds: number
  /** So long one link waits for servers that do not reply, all of them together. */
  readonly silentMilliseconds: number
  /** The same for the servers of one delegation: others may be found elsewhere. */
  readonly silentMillisecondsPerZone: number
  /** Messages to servers. */
  readonly exchanges: number
  /** Names of servers whose addresses are looked up (NXNS, CVE-2020-8616). */
  readonly targets: number
  /** Aliases in a row. */
  readonly aliases: number
  readonly verifications: number
  /** SHA-1 rounds for NSEC3 (CVE-2023-50868). */
  readonly hashRounds: number
}

export const DEFAULT_LIMITS: Limits = {
  seconds: 30,
  silentMilliseconds: 4500,
  silentMillisecondsPerZone: 2700,
  exchanges: 120,
  targets: 24,
  aliases: 11,
  verifications: 64,
  hashRounds: 20_000,
}

export const DEFAULT_UDP_PAYLOAD_SETTING = 1232
