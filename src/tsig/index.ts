/**
 * Who sent a message: TSIG (RFC 8945) with a shared secret, for one message or for the messages of a stream; DNS cookies
 * (RFC 7873, RFC 9018) for clients without one. Signed requests are verified and answers signed on the control thread, which
 * may allocate; cookies are the packet path's, which may not.
 */
export * from './algorithms.ts'
export * from './client.ts'
export * from './keys.ts'
export * from './record.ts'
export * from './replays.ts'
export * from './server-cookies.ts'
export * from './sign-response.ts'
export * from './siphash.ts'
export * from './stream.ts'
export * from './verify-request.ts'
