/** DNS cookies taken out of messages that others get to see: whoever knows a cookie can pass for the peer that it is of (RFC 7873). */
import { CLIENT_COOKIE_SIZE, findOption, MessageView, OPTION_COOKIE } from '../../dns/wire/index.ts'
import type { RecordedExchange } from './recording.ts'

const view = new MessageView()

/** Overwrites the cookies of an exchange, of the client and of the server, with zeros. */
export function blankCookies({ query, reply }: RecordedExchange): void {
  const asked = cookieIn(query)
  if (reply.kind === 'message') {
    cookieIn(reply.octets)?.fill(0)
    // A reply that does not parse may still hold the cookie that it was asked with.
    if (asked !== undefined) blankAll(reply.octets, asked.slice(0, CLIENT_COOKIE_SIZE))
  }
  asked?.fill(0)
}

/** The data of the COOKIE option. */
function cookieIn(octets: Uint8Array): Uint8Array | undefined {
  if (view.parse(octets) !== undefined || view.scan() !== undefined || view.optAt < 0) return undefined
  const at = findOption(octets, view.optionsAt, view.optionsEnd, OPTION_COOKIE)
  if (at < 0) return undefined
  return octets.subarray(at, at + (octets[at - 2] ?? 0) * 256 + (octets[at - 1] ?? 0))
}

function blankAll(octets: Uint8Array, cookie: Uint8Array): void {
  if (cookie.length < CLIENT_COOKIE_SIZE || cookie.every((octet) => octet === 0)) return
  for (let at = octets.indexOf(cookie[0] ?? 0); at >= 0; at = octets.indexOf(cookie[0] ?? 0, at + 1)) {
    if (cookie.every((octet, i) => octets[at + i] === octet)) octets.fill(0, at, at + cookie.length)
  }
}
