/** For how long a web cache may give an answer again (RFC 8484 §5.1). */
import { compressedNameEnd } from '../dns/name/index.ts'
import { readU32 } from '../dns/octets.ts'
import {
  MessageView,
  OPCODE_QUERY,
  RCODE_NOERROR,
  RCODE_NXDOMAIN,
  SECTION_ANSWER,
  SECTION_AUTHORITY,
} from '../dns/wire/index.ts'

const TYPE_SOA = 6
const view = new MessageView()

/**
 * Seconds: the smallest TTL of the answer section; without answers what RFC 2308 §5 says, the SOA's TTL or its MINIMUM, whichever
 * is less. 0 for everything else: referrals, failures, updates, what does not parse.
 */
export function freshnessSeconds(answer: Uint8Array): number {
  if (view.parse(answer) !== undefined || view.scan() !== undefined) return 0
  if (view.opcode !== OPCODE_QUERY || (view.rcode !== RCODE_NOERROR && view.rcode !== RCODE_NXDOMAIN)) return 0
  let answers = Number.POSITIVE_INFINITY
  let denial = 0
  const cursor = view.records()
  while (cursor.step()) {
    // A TTL with its highest bit set counts as 0 (RFC 2181 §8).
    const ttl = cursor.ttl > 0x7fffffff ? 0 : cursor.ttl
    if (cursor.section === SECTION_ANSWER) answers = Math.min(answers, ttl)
    else if (cursor.section === SECTION_AUTHORITY && cursor.type === TYPE_SOA) {
      denial = Math.min(ttl, soaMinimum(answer, cursor.rdataAt, cursor.rdataEnd))
    }
  }
  return Number.isFinite(answers) ? answers : denial
}

/** The last of the five numbers behind two names. */
function soaMinimum(octets: Uint8Array, at: number, end: number): number {
  const mname = compressedNameEnd(octets, at, end)
  const rname = mname < 0 ? -1 : compressedNameEnd(octets, mname, end)
  return rname >= 0 && rname + 20 <= end ? readU32(octets, rname + 16) : 0
}
