/**
 * The queries of a secondary: SOA, AXFR (RFC 5936 §2.1), IXFR (RFC 1995 §3), with the EDNS option that asks when the zone expires
 * (RFC 7314 §4). `readSoaAnswer` reads the answer to the first.
 */

import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import { CLASS_IN, SOA } from '../dns/rr/index.ts'
import { type Serial, soaSerial } from '../dns/serial.ts'
import {
  DEFAULT_UDP_PAYLOAD,
  decodeMessage,
  type EdnsOption,
  encodeMessage,
  headerOf,
  type Message,
  type MessageRecord,
  MessageView,
  optionOf,
  rcodeMnemonic,
} from '../dns/wire/index.ts'

/** RFC 1035 §3.2.3, RFC 1995 §3: types of questions only. */
export const TYPE_IXFR = 251
export const TYPE_AXFR = 252

export type SecondaryQuery =
  | { readonly form: 'soa' | 'axfr' }
  /** `soa`: RDATA of the SOA that is held; at least its serial must be right. */
  | { readonly form: 'ixfr'; readonly soa: Uint8Array }

export type SecondaryQueryOptions = {
  /** With EDNS unless false: servers that answer FORMERR to it are asked again without. */
  readonly edns?: boolean
  /** Further EDNS options, a cookie for one. */
  readonly options?: readonly EdnsOption[]
}

/** A query about the zone, without TSIG. */
export function makeSecondaryQuery(
  id: number,
  zone: Name,
  query: SecondaryQuery,
  options: SecondaryQueryOptions = {},
): Uint8Array {
  const type = query.form === 'soa' ? SOA.number : query.form === 'axfr' ? TYPE_AXFR : TYPE_IXFR
  const message: Message = {
    header: headerOf(id, 0),
    questions: [{ name: zone, type, class: CLASS_IN }],
    answer: [],
    authority: query.form === 'ixfr' ? [soaRecord(zone, query.soa)] : [],
    additional: [],
  }
  if (options.edns !== false) {
    const list: EdnsOption[] = [{ kind: 'expire' }, ...(options.options ?? [])]
    message.edns = { udpSize: DEFAULT_UDP_PAYLOAD, version: 0, dnssecOk: false, flags: 0, options: list }
  }
  return encodeMessage(message)
}

function soaRecord(zone: Name, rdata: Uint8Array): MessageRecord {
  return { owner: zone, type: SOA.number, class: CLASS_IN, ttl: 0, rdata }
}

/** RDATA of a SOA of which only the serial says something: enough for an IXFR query. */
export function bareSoa(serial: Serial): Uint8Array {
  return SOA.encode({ primary: '.', mailbox: '.', serial, refresh: 0, retry: 0, expire: 0, minimum: 0 })
}

export type SoaAnswer =
  | { readonly kind: 'soa'; readonly serial: Serial; readonly rdata: Uint8Array; readonly expireSeconds?: number }
  | { readonly kind: 'failed'; readonly text: string; readonly rcode?: number }

/**
 * Reads the answer to a SOA query, which `Exchange` matched with it. Only an authoritative answer counts: another server's memory
 * of the zone says nothing about its newest version.
 */
export function readSoaAnswer(octets: Uint8Array, zone: Name): SoaAnswer {
  let message: Message
  try {
    message = decodeMessage(octets)
  } catch (error) {
    if (!(error instanceof DnsError)) throw error
    return { kind: 'failed', text: `the answer cannot be read: ${error.message}` }
  }
  const view = new MessageView()
  const fault = view.parse(octets) ?? view.scan()
  if (fault !== undefined) return { kind: 'failed', text: `the answer cannot be read: ${fault}` }
  if (view.trailing > 0) {
    return { kind: 'failed', text: `the answer is malformed: ${view.trailing} octets follow its last record` }
  }
  const { rcode, aa } = message.header
  if (rcode !== 0) return { kind: 'failed', text: `the server answers ${rcodeMnemonic(rcode)}`, rcode }
  if (!aa) return { kind: 'failed', text: 'the server is not authoritative for the zone' }
  const isSoa = (r: MessageRecord): boolean =>
    r.type === SOA.number && r.class === CLASS_IN && r.owner.equals(zone) && r.rdata.length > 0
  const [soa, second] = message.answer.filter(isSoa)
  if (soa === undefined) return { kind: 'failed', text: 'the answer has no SOA of the zone' }
  if (second !== undefined) return { kind: 'failed', text: 'the answer has more than one SOA' }
  const serial = soaSerial(soa.rdata, soa.rdata.length)
  const seconds = optionOf(message.edns, 'expire')?.seconds
  return { kind: 'soa', serial, rdata: soa.rdata, ...(seconds === undefined ? {} : { expireSeconds: seconds }) }
}
