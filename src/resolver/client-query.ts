/** What a response must know of the query that it answers: a value, taken out of the packet before the resolver begins to work. */
import { Name } from '../dns/name/index.ts'
import {
  FLAG_AD,
  FLAG_CD,
  FLAG_RD,
  HEADER_SIZE,
  MAX_MESSAGE,
  type MessageView,
  MIN_UDP_PAYLOAD,
} from '../dns/wire/index.ts'

export type ClientQuery = {
  readonly id: number
  /** In the spelling of the client, which the answer repeats. */
  readonly name: Name
  readonly type: number
  readonly class: number
  readonly recursionDesired: boolean
  readonly checkingDisabled: boolean
  /** The client wants to be told in AD whether the answer is secure (RFC 6840 §5.7). */
  readonly authenticData: boolean
  readonly hasEdns: boolean
  readonly dnssecOk: boolean
  /** Octets that the response may have. */
  readonly limit: number
}

/** Of UDP: how much its clients get at most, whatever they say. Other transports have no such bound. */
export type DatagramBound = { readonly maxUdpPayload: number }

/**
 * The query in a view that `parse` and `scan` accepted; undefined when it asks no question. `datagram`: it came by UDP.
 */
export function readClientQuery(view: MessageView, datagram?: DatagramBound): ClientQuery | undefined {
  if (view.questions !== 1) return undefined
  const { bits, id, qtype: type, qclass, hasEdns, dnssecOk, udpSize } = view
  const told = hasEdns ? Math.max(udpSize, MIN_UDP_PAYLOAD) : MIN_UDP_PAYLOAD
  return {
    id,
    name: Name.fromOctets(view.octets, HEADER_SIZE),
    type,
    class: qclass,
    recursionDesired: (bits & FLAG_RD) !== 0,
    checkingDisabled: (bits & FLAG_CD) !== 0,
    authenticData: (bits & FLAG_AD) !== 0,
    hasEdns,
    dnssecOk,
    limit: datagram === undefined ? MAX_MESSAGE : Math.min(told, datagram.maxUdpPayload),
  }
}
