/**
 * Whether a message answers a query, by what is cheap to see: a response, the ID, and the question octet by octet, the case of
 * letters too where the query mixes it (RFC 5452 §9.1). An error without a question counts when it carries no data. What it does not do: read records.
 */
import { LOWER, nameEnd } from '../../dns/name/index.ts'
import { HEADER_SIZE, RCODE_FORMERR, RCODE_NOTIMP, RCODE_REFUSED, RCODE_SERVFAIL } from '../../dns/wire/index.ts'

const QR = 0x80
const OPCODE = 0x78
const RCODE = 0x0f

/** Offset after the one question of a query, or -1 when what is to be asked has not exactly one, well-formed. */
export function questionEnd(query: Uint8Array): number {
  if (query.length < HEADER_SIZE || query[4] !== 0 || query[5] !== 1) return -1
  const end = nameEnd(query, HEADER_SIZE, query.length)
  return end < 0 || end + 4 > query.length ? -1 : end + 4
}

/** Whether `reply[0, length)` is a response to `query`, which was sent with `id` and whose question ends at `end`. */
export function answersQuery(reply: Uint8Array, length: number, query: Uint8Array, id: number, end: number): boolean {
  if (length < HEADER_SIZE || length > reply.length || reply[0] !== id >>> 8 || reply[1] !== (id & 0xff)) return false
  if ((reply[2]! & QR) === 0 || (reply[2]! & OPCODE) !== (query[2]! & OPCODE)) return false
  if (reply[4] !== 0 || reply[5] !== 1) return isBareError(reply)
  // A name in a question cannot be compressed, so a question that is the same has the same length.
  if (length < end) return false
  for (let i = HEADER_SIZE; i < end; i++) if (reply[i] !== query[i]) return isSameInLowerCase(reply, query, end)
  return true
}

/**
 * Whether the questions are the same but for the case of letters, when the query has lower case only: then its case is no secret,
 * and some servers return the name in another one (RFC 4343 §4.1).
 */
function isSameInLowerCase(reply: Uint8Array, query: Uint8Array, end: number): boolean {
  const typeAt = end - 4
  for (let i = HEADER_SIZE; i < typeAt; i++) {
    if (LOWER[query[i]!] !== query[i] || LOWER[reply[i]!] !== query[i]) return false
  }
  for (let i = typeAt; i < end; i++) if (reply[i] !== query[i]) return false
  return true
}

/**
 * Whether a reply without a question is an error and nothing more. Servers that cannot parse a query, mostly for its OPT record,
 * return the header alone (RFC 1035 §4.1.1, RFC 6891 §7). No records are accepted with it but an OPT or the like: what anybody
 * could have said to another question is no data.
 */
function isBareError(reply: Uint8Array): boolean {
  if (reply[4] !== 0 || reply[5] !== 0 || reply[6] !== 0 || reply[7] !== 0 || reply[8] !== 0 || reply[9] !== 0)
    return false
  if (reply[10] !== 0 || reply[11]! > 1) return false
  const rcode = reply[3]! & RCODE
  return rcode === RCODE_FORMERR || rcode === RCODE_SERVFAIL || rcode === RCODE_NOTIMP || rcode === RCODE_REFUSED
}

/** A number that is the same for questions that are the same but for the case of letters. */
export function hashQuestion(query: Uint8Array, end: number, seed: number): number {
  let hash = seed
  for (let i = HEADER_SIZE; i < end; i++) hash = Math.imul(hash ^ LOWER[query[i]!]!, 0x01000193)
  return hash ^ (hash >>> 15)
}

/** Whether two questions are the same but for the case of letters. */
export function sameQuestion(a: Uint8Array, aEnd: number, b: Uint8Array, bEnd: number): boolean {
  if (aEnd !== bEnd) return false
  const typeAt = aEnd - 4
  for (let i = HEADER_SIZE; i < typeAt; i++) if (LOWER[a[i]!] !== LOWER[b[i]!]) return false
  for (let i = typeAt; i < aEnd; i++) if (a[i] !== b[i]) return false
  return true
}
