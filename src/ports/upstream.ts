/** Asking the servers of others, as the resolver needs it: one message, one answer or none. */

import type { Endpoint, Protocol } from './index.ts'

export type UpstreamReply =
  /** Octets of a message with the ID and the question of the query, from where it was sent to; good until `done` returns. */
  | { readonly kind: 'message'; readonly octets: Uint8Array; readonly milliseconds: number }
  | { readonly kind: 'timeout' }
  /** The system or the peer refused: no route, connection refused or reset, a certificate that is not good. */
  | { readonly kind: 'failed'; readonly text: string }

export type Upstream = {
  /**
   * Sends `message`, whose ID is replaced by an unpredictable one, and calls `done` once, later. An answer whose question differs
   * in a single octet is passed over; in case too, where the query mixes it. While a query by UDP is under way, one that differs in case only gets its reply.
   * `tls` and `https` need `server.tls`. `milliseconds`: how long is waited.
   */
  ask(
    server: Endpoint,
    protocol: Protocol,
    message: Uint8Array,
    milliseconds: number,
    done: (reply: UpstreamReply) => void,
  ): void
}

/** Calls back later, in real time or in that of a test. Returns what cancels it. */
export type Timers = { after(milliseconds: number, call: () => void): () => void }
