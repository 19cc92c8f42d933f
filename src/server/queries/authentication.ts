/**
 * The step before the handlers: who signed a request, and how its answers are signed. TSIG is decided at once. What takes longer
 * (a key agreement, a service of the system) is decided in two parts: the first one sees the request while its octets are
 * borrowed and says what remains to be done; the second one gets a copy.
 */
import type { MessageView } from '../../dns/wire/index.ts'
import type { Peer } from '../../ports/index.ts'
import { type Identity, NO_IDENTITY } from './principal.ts'

/** Signs the answers to one request. */
export type ResponseSigner = {
  /** Octets that a message must leave free for the signature. */
  readonly size: number
  /**
   * The answer with its signature, in memory of its own; the answer itself when it gets none. An answer that has no room for the
   * signature within `limit` octets, 65,535 unless given, becomes one with TC.
   */
  sign(response: Uint8Array, limit?: number): Uint8Array
  /** What signs the messages of one answer, in their order. */
  signStream(): (message: Uint8Array) => Uint8Array
}

export type Authentication =
  | { readonly kind: 'authenticated'; readonly identity: Identity; readonly signer: ResponseSigner }
  /** The request is answered with this and nothing else, since its signature is not good. */
  | { readonly kind: 'rejected'; readonly response: Uint8Array }

/** A decision that takes time. */
export type PendingAuthentication = {
  readonly kind: 'pending'
  /**
   * Decides. `request` is a copy of the message, parsed and scanned, which nothing else uses. After the abort of `signal` the
   * decision is no longer waited for.
   */
  decide(request: MessageView, signal: AbortSignal): Promise<Authentication>
}

export type Authenticator = {
  /** `request` was parsed and scanned without a fault. Its octets are good until this returns. */
  authenticate(request: MessageView, peer: Peer): Authentication | PendingAuthentication
}

/** Leaves answers as they are. */
export const UNSIGNED: ResponseSigner = {
  size: 0,
  sign: (response) => response,
  signStream: () => (message) => message,
}

/** Of a request without a signature. */
export const UNAUTHENTICATED: Authentication = { kind: 'authenticated', identity: NO_IDENTITY, signer: UNSIGNED }
