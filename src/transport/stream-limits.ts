/** What a client over TCP or TLS may use and how long it may take, and why connections end. */

export type StreamLimits = {
  /** Questions of one connection that wait for an answer. */
  pending: number
  /** A connection on which nothing is asked or answered is closed after this (RFC 7766 §6.2.3). */
  idleSeconds: number
  /** The first query must be there after this. */
  firstQuerySeconds: number
  /** A message that has begun must be complete after this. */
  messageSeconds: number
  /** A client that takes none of what is written for this long is reset. */
  writeStallSeconds: number
  /** Octets of answers that may wait for a slow reader. */
  writeBufferOctets: number
  /** Octets of a query; a longer one ends the connection. */
  maxMessage: number
}

export const DEFAULT_STREAM_LIMITS: Readonly<StreamLimits> = {
  pending: 100,
  idleSeconds: 10,
  firstQuerySeconds: 5,
  messageSeconds: 10,
  writeStallSeconds: 10,
  writeBufferOctets: 256 * 1024,
  maxMessage: 65535,
}

/**
 * Why a connection ended. `fault`: the service broke its word, or a transfer could not go on. `evicted`: it was idle, and another
 * client needed its place.
 */
export type CloseReason =
  | 'client'
  | 'idle'
  | 'no-query'
  | 'slow-writer'
  | 'slow-reader'
  | 'malformed'
  | 'evicted'
  | 'fault'
  | 'server'
