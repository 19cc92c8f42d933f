/** Pads queries that travel encrypted, so that their length tells less (RFC 7830, RFC 8467 §4.1). */
import { findOption, MessageView, OPTION_PADDING, paddingLength, QUERY_PADDING_BLOCK } from '../../dns/wire/index.ts'

const MAX_MESSAGE = 65535
const view = new MessageView()

/**
 * A copy of the query, padded to a multiple of 128 octets when it has an OPT record that is its last, without padding of its own.
 * One that is signed, or has no EDNS, stays as it is.
 */
export function padQuery(query: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(query)
  if (view.parse(copy) !== undefined || view.scan() !== undefined) return copy
  if (view.optAt < 0 || view.optionsEnd !== copy.length || view.tsigAt >= 0 || view.sig0At >= 0) return copy
  if (findOption(copy, view.optionsAt, view.optionsEnd, OPTION_PADDING) >= 0) return copy
  const padding = paddingLength(copy.length, QUERY_PADDING_BLOCK, MAX_MESSAGE)
  if (padding < 0) return copy
  const padded = new Uint8Array(copy.length + 4 + padding)
  padded.set(copy)
  const words = new DataView(padded.buffer)
  words.setUint16(view.optionsAt - 2, view.optionsEnd - view.optionsAt + 4 + padding)
  words.setUint16(copy.length, OPTION_PADDING)
  words.setUint16(copy.length + 2, padding)
  return padded
}
