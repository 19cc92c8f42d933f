/**
 * The errors of Signet. A verdict (secure, bogus, …) is a value and never one of these; an error means that what was asked
 * could not be read or done. Each carries a stable code that programs may branch on and, where a peer would be told, the
 * RCODE (RFC 1035 §4.1.1, RFC 6895 §2.3) and the extended error (RFC 8914) that say so on the wire.
 */
export type DnsErrorCode =
  | 'name-syntax'
  | 'name-too-long'
  | 'label-too-long'
  | 'message-malformed'
  | 'message-too-long'
  | 'rdata-malformed'
  | 'text-syntax'
  | 'zone-file-syntax'
  | 'zone-invalid'
  | 'limit-exceeded'
  | 'memory-exhausted'
  | 'key-invalid'
  | 'key-missing'
  | 'algorithm-unsupported'
  | 'signing-refused'
  | 'usage'
  | 'input-unreadable'
  | 'output-failed'
  | 'configuration-invalid'
  | 'exchange-failed'
  | 'listen-failed'
  | 'transfer-failed'
  | 'change-refused'
  | 'state-invalid'

export class DnsError extends Error {
  readonly code: DnsErrorCode
  /** RCODE that tells a peer of it; 2 (SERVFAIL) unless something fits better. */
  readonly rcode: number
  /** INFO-CODE of an extended DNS error, when one fits. */
  readonly ede: number | undefined

  constructor(code: DnsErrorCode, message: string, detail: { rcode?: number; ede?: number; cause?: unknown } = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.name = 'DnsError'
    this.code = code
    this.rcode = detail.rcode ?? 2
    this.ede = detail.ede
  }
}

/** Octets that are no DNS message, name or RDATA. `at` is the offset of the first octet that could not be accepted. */
export class WireError extends DnsError {
  readonly at: number

  constructor(message: string, at: number, code: DnsErrorCode = 'message-malformed') {
    super(code, `${message} (at octet ${at})`, { rcode: 1 })
    this.name = 'WireError'
    this.at = at
  }
}

/** A place in a text that a person wrote; lines and columns count from 1, columns in octets. */
export type TextPlace = { readonly file: string; readonly line: number; readonly column: number }

/** Text in presentation format that does not parse. The message says what was expected; `place` says where. */
export class TextError extends DnsError {
  readonly place: TextPlace
  /** The message without the place. */
  readonly reason: string

  constructor(reason: string, place: TextPlace, code: DnsErrorCode = 'zone-file-syntax') {
    super(code, `${place.file}:${place.line}:${place.column}: ${reason}`)
    this.name = 'TextError'
    this.reason = reason
    this.place = place
  }
}
