/** The messages that servers are asked with. */
import { LOWER, type Name } from '../dns/name/index.ts'
import { shortLivedRoom } from '../dns/octets.ts'
import { CLASS_IN } from '../dns/rr/index.ts'
import { FLAG_CD, FLAG_RD, HEADER_SIZE, TYPE_OPT } from '../dns/wire/index.ts'
import type { Random } from '../ports/index.ts'

const OPT_HEAD = 11
const DO_OCTET = 0x80

export type UpstreamQuestion = {
  readonly name: Name
  readonly type: number
  /** The server resolves: RD. */
  readonly recursion: boolean
  /** The server is not to validate: we do (RFC 6840 §5.9). */
  readonly checkingDisabled: boolean
  /** Absent: without EDNS, for servers that cannot. */
  readonly edns?: { readonly udpPayload: number; readonly cookie?: Uint8Array }
  /** Draws the case of letters. */
  readonly caseFrom?: Random
}

const OPTION_COOKIE = 10

/** A query with the ID 0, with EDNS and DO. */
export function writeUpstreamQuery(question: UpstreamQuestion): Uint8Array {
  const { octets } = question.name
  const cookie = question.edns?.cookie
  const optionSize = cookie === undefined ? 0 : 4 + cookie.length
  const optSize = question.edns === undefined ? 0 : OPT_HEAD + optionSize
  const out = shortLivedRoom(HEADER_SIZE + octets.length + 4 + optSize)
  const bits = (question.recursion ? FLAG_RD : 0) | (question.checkingDisabled ? FLAG_CD : 0)
  out[2] = bits >>> 8
  out[3] = bits
  out[5] = 1
  let at: number = HEADER_SIZE
  // The case that a client chose is no secret: sent on, it would only trouble servers that change it.
  for (let i = 0; i < octets.length; i++) out[at++] = LOWER[octets[i]!]!
  if (question.caseFrom !== undefined) mixCase(out, HEADER_SIZE, octets.length, question.caseFrom)
  out[at] = question.type >>> 8
  out[at + 1] = question.type
  out[at + 3] = CLASS_IN
  at += 4
  if (question.edns !== undefined) {
    out[11] = 1
    out[at + 2] = TYPE_OPT
    out[at + 3] = question.edns.udpPayload >>> 8
    out[at + 4] = question.edns.udpPayload
    out[at + 7] = DO_OCTET
    out[at + 10] = optionSize
    if (cookie !== undefined) {
      out[at + 12] = OPTION_COOKIE
      out[at + 14] = cookie.length
      out.set(cookie, at + 15)
    }
  }
  return out
}

/** Letters in a case that nobody can foretell; length octets are no letters. */
function mixCase(octets: Uint8Array, at: number, length: number, random: Random): void {
  const bits = random.bytes(length)
  for (let i = 0; i < length; i++) {
    const lower = LOWER[octets[at + i] ?? 0] ?? 0
    if (lower >= 0x61 && lower <= 0x7a) octets[at + i] = ((bits[i] ?? 0) & 1) === 0 ? lower : lower - 32
  }
}
