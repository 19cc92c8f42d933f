/**
 * What the pure floors ask of the world, as interfaces: the composition root hands in what does it. Only what is used.
 */

import type { SteadySeconds, UnixSeconds } from '../dns/presentation/index.ts'

export type { Clock, ControlClock, Instant, JumpClock, MarkingClock, MomentClock, WallMark } from './clock.ts'
export type { SteadySeconds, UnixSeconds }

/** Octets that nobody can foretell. */
export type Random = { bytes(length: number): Uint8Array }

export type Protocol = 'udp' | 'tcp' | 'tls' | 'https'

/** Who asks, and over what. The address has 4 or 16 octets; an IPv4 client of an IPv6 socket has 4. */
export type Peer = {
  readonly protocol: Protocol
  readonly address: Uint8Array
  readonly port: number
  /** Over a connection: the address and port that he reached. */
  readonly local?: { readonly address: Uint8Array; readonly port: number }
  /** Present when the client proved who it is with a certificate: its subject alternative names (RFC 9103 §9.3). */
  readonly certificateNames?: readonly string[]
  /** Over TLS: the version that was agreed on, `TLSv1.3` for transfers (RFC 9103 §7.1). */
  readonly tlsVersion?: string
  /** Over TLS: the application protocol that was agreed on, if any: `dot`, `h2`, `http/1.1`. */
  readonly applicationProtocol?: string
  /** Over a connection: the share of the usual idle time that it has now, below 1 when there are many connections (RFC 7828 §3.4). */
  readonly patience?: () => number
}

/** What one message is answered with: silence, one message, or several in order (a zone transfer). */
export type Answer = Uint8Array | undefined | AsyncIterable<Uint8Array>

/** Answers messages, at once or later. It never throws and never rejects; what it was given is its own only until it returns. */
export type Service = (message: Uint8Array, peer: Peer) => Answer | Promise<Answer>

/** A private key and the certificates that go with it, the server's own first: both PEM. */
export type CertificatePair = { readonly key: string; readonly certificate: string }

/** Where a server gets its certificate from, and hears that it has a new one. */
export type CertificateSource = {
  current(): CertificatePair
  /** Calls with each new pair. Returns what ends that. */
  onChange(listener: (pair: CertificatePair) => void): () => void
}

/**
 * A server that is asked. `tls`: over TLS 1.3, with the name that its certificate must show (its address, when no name is given),
 * or without a check (opportunistic). `authorities`: PEM of the certificates that are trusted; those of the system without it.
 */
export type Endpoint = {
  readonly address: Uint8Array
  readonly port: number
  readonly tls?: { readonly serverName?: string; readonly authorities?: string; readonly verify: boolean }
  /** Over HTTPS: the path that takes queries (RFC 8484 §4.1); `/dns-query` without it. */
  readonly path?: string
}

/**
 * Asks a server and reads what it answers. Rejects with DnsError `exchange-failed`, whose text names the server and the
 * reason. No matching of IDs or questions is done for `stream`; `query` gives only an answer to this very question.
 */
export type Exchange = {
  /** One answer by UDP; by TCP after a truncated one, or at once with `tcp`. */
  query(
    server: Endpoint,
    message: Uint8Array,
    options?: { tcp?: boolean; timeoutSeconds?: number },
  ): Promise<Uint8Array>
  /** The messages of a TCP or TLS connection, from the first one on, until the caller stops reading. */
  stream(server: Endpoint, message: Uint8Array, options?: { idleSeconds?: number }): AsyncIterable<Uint8Array>
}
