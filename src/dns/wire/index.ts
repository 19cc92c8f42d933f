/**
 * Messages (RFC 1035 §4): a view and a builder for the packet path, objects and text for everything else; EDNS.
 *
 * The packet path: `MessageView.parse` and `scan` read a packet in place and tell a fault by a word; `MessageBuilder` writes
 * the answer with compressed names, within a size, RRsets whole. Neither allocates or throws. Elsewhere `decodeMessage`,
 * `encodeMessage` and `messageText` do the same with objects.
 */
export * from './ede-codes.ts'
export * from './edns.ts'
export * from './edns-options.ts'
export * from './header.ts'
export * from './message.ts'
export * from './message-builder.ts'
export * from './message-text.ts'
export * from './message-view.ts'
export * from './odd-rdata.ts'
export * from './record-cursor.ts'
export { RECORD_HEAD } from './record-head.ts'
