/**
 * NOTIFY messages (RFC 1996): a primary says that a zone has changed, a secondary says that it heard. The SOA that may come
 * along is a hint only: it can spare a check, never cause a transfer (§3.7, §3.8).
 */
import { compressedNameEnd, equalNames, expandName, MAX_NAME, Name } from '../dns/name/index.ts'
import { OctetWriter } from '../dns/octets.ts'
import { CLASS_IN, SOA } from '../dns/rr/index.ts'
import { type Serial, soaSerial } from '../dns/serial.ts'
import {
  EDNS_DO,
  FLAG_AA,
  FLAG_QR,
  HEADER_SIZE,
  MessageBuilder,
  type MessageView,
  OPCODE_NOTIFY,
  OPCODE_SHIFT,
  RCODE_FORMERR,
  RCODE_NOERROR,
  RCODE_NOTIMP,
  SECTION_ANSWER,
} from '../dns/wire/index.ts'

/** Our UDP payload size, in answers. */
const UDP_SIZE = 1232

/** A NOTIFY query, without TSIG. `soa`: the new SOA's TTL and RDATA, as a hint. */
export function makeNotify(
  id: number,
  zone: Name,
  soa?: { readonly ttl: number; readonly rdata: Uint8Array },
): Uint8Array {
  const builder = new MessageBuilder()
  builder.begin(id, (OPCODE_NOTIFY << OPCODE_SHIFT) | FLAG_AA)
  builder.question(zone.octets, 0, SOA.number, CLASS_IN)
  if (soa !== undefined) {
    builder.openGroup(SECTION_ANSWER)
    builder.recordAt(HEADER_SIZE, SOA.number, CLASS_IN, soa.ttl, soa.rdata, 0, soa.rdata.length)
    builder.closeGroup(false)
  }
  return builder.copy()
}

/** What a NOTIFY query says, or the RCODE that answers one that says nothing. A RCODE of -1: it is no query, and stays unanswered. */
export type NotifyVerdict =
  | { readonly kind: 'notify'; readonly zone: Name; readonly serial?: Serial }
  | { readonly kind: 'refused'; readonly rcode: number; readonly text: string }

const ownerScratch = new Uint8Array(MAX_NAME)
const rdataScratch = new OctetWriter(512)

/** Reads a NOTIFY query that was parsed and scanned. Whether its sender may say so is judged elsewhere (§3.10). */
export function readNotify(view: MessageView): NotifyVerdict {
  if (view.isResponse) return { kind: 'refused', rcode: -1, text: 'a response' }
  if (view.opcode !== OPCODE_NOTIFY) return { kind: 'refused', rcode: RCODE_NOTIMP, text: 'no NOTIFY' }
  if (view.questions !== 1) return { kind: 'refused', rcode: RCODE_FORMERR, text: 'a NOTIFY without a question' }
  if (view.qclass !== CLASS_IN || view.qtype !== SOA.number) {
    // §3.11: a changed SOA is the only event that is defined.
    return { kind: 'refused', rcode: RCODE_NOTIMP, text: `a NOTIFY about type ${view.qtype}, class ${view.qclass}` }
  }
  const zone = Name.fromOctets(view.octets, HEADER_SIZE)
  const serial = hintedSerial(view)
  return { kind: 'notify', zone, ...(serial === undefined ? {} : { serial }) }
}

/** The serial of the SOA in the answer section, when it is one of the zone; anything else there is no hint. */
function hintedSerial(view: MessageView): Serial | undefined {
  const cursor = view.records()
  while (cursor.step() && cursor.section === SECTION_ANSWER) {
    if (cursor.type !== SOA.number || cursor.class !== CLASS_IN) continue
    if (compressedNameEnd(view.octets, cursor.ownerAt, view.length) < 0) return undefined
    if (expandName(view.octets, cursor.ownerAt, view.length, ownerScratch, 0) < 0) return undefined
    if (!equalNames(ownerScratch, 0, view.octets, HEADER_SIZE)) return undefined
    rdataScratch.clear()
    if (!SOA.expand(view.octets, cursor.rdataAt, cursor.rdataEnd, rdataScratch)) return undefined
    return soaSerial(rdataScratch.octets, rdataScratch.length)
  }
  return undefined
}

/** The answer to a NOTIFY: its header with QR and the RCODE, its question (§4.7); OPT when the query had one. Without TSIG. */
export function answerNotify(view: MessageView, rcode: number = RCODE_NOERROR): Uint8Array {
  const builder = new MessageBuilder()
  builder.begin(view.id, FLAG_QR | FLAG_AA | (OPCODE_NOTIFY << OPCODE_SHIFT) | (rcode & 15))
  builder.copyQuestion(view)
  if (view.hasEdns) builder.opt(UDP_SIZE, view.dnssecOk ? EDNS_DO : 0, rcode >>> 4)
  return builder.copy()
}

/** Whether an answer with this RCODE ends the matter: heard, or a server that does not know NOTIFY at all (§3.12). */
export function isNotifySettled(rcode: number): boolean {
  return rcode === RCODE_NOERROR || rcode === RCODE_NOTIMP
}
