/**
 * The TSIG of an answer (RFC 8945 §5.3): signed with the key of the request when that was good; without a MAC when nobody is
 * known to have signed the request; signed, with the server's time, when the clocks differ. One function for all, so that a
 * server ends every answer in the same way:
 *
 *   const verdict = verifyRequest(view, keys, now)
 *   builder.reserveTail(responseTsigSize(verdict))
 *   …
 *   return signResponse(builder.copy(), verdict, now)
 */

import { readU16 } from '../dns/octets.ts'
import { CLASS_ANY, TSIG } from '../dns/rr/index.ts'
import {
  FLAG_QR,
  FLAG_RD,
  FLAG_TC,
  HEADER_SIZE,
  MAX_MESSAGE,
  MessageBuilder,
  MessageView,
  OPCODE_MASK,
  RCODE_BADKEY,
  RCODE_BADSIG,
  RCODE_BADTIME,
  RCODE_BADTRUNC,
  RCODE_MASK,
} from '../dns/wire/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { TsigDigest, withMac } from './digest.ts'
import type { TsigKey } from './keys.ts'
import { appendTsig, type TsigRecord, timeOctets, tsigRdata, tsigSize, unsignedRecord } from './record.ts'
import type { BadRequest, RequestVerdict } from './verify-request.ts'

const ERRORS = { BADSIG: RCODE_BADSIG, BADKEY: RCODE_BADKEY, BADTIME: RCODE_BADTIME, BADTRUNC: RCODE_BADTRUNC }
/** Octets of the other data of BADTIME. */
const TIME_SIZE = 6

/** Octets that `signResponse` will add: what a builder keeps room for. */
export function responseTsigSize(verdict: RequestVerdict): number {
  if (verdict.verdict === 'absent' || (verdict.verdict === 'bad' && verdict.error === 'FORMERR')) return 0
  const { keyName, algorithmName } = verdict.record
  if (!('key' in verdict)) return tsigSize(keyName, algorithmName, 0, 0)
  const other = verdict.verdict === 'bad' && verdict.error === 'BADTIME' ? TIME_SIZE : 0
  return tsigSize(keyName, algorithmName, responseMacLength(verdict.key, verdict.record), other)
}

/** RFC 8945 §7: as long as the request's MAC, when that is longer than what the key says. */
export function responseMacLength(key: TsigKey, request: TsigRecord): number {
  return Math.max(key.macLength, request.mac.length)
}

/**
 * The finished answer with the TSIG that the request's verdict asks for, in memory of its own; the answer itself when that is
 * none. An answer that has no room for it within `limit` octets becomes one with the question and TC only (RFC 8945 §5.3).
 */
export function signResponse(
  response: Uint8Array,
  verdict: RequestVerdict,
  now: UnixSeconds,
  limit: number = MAX_MESSAGE,
): Uint8Array {
  const size = responseTsigSize(verdict)
  if (size === 0) return response
  const fitting = response.length + size <= limit ? response : cutToQuestion(response)
  const record = responseRecord(fitting, fitting.length, verdict, now)
  return record === undefined ? fitting : appendTsig(fitting, record)
}

/**
 * The same for an answer that still stands in its builder, which kept room for `responseTsigSize`. Returns the length of the
 * message, or -1 when there was no room.
 */
export function signBuiltResponse(builder: MessageBuilder, verdict: RequestVerdict, now: UnixSeconds): number {
  const length = builder.finish()
  const record = responseRecord(builder.octets, length, verdict, now)
  if (record === undefined) return length
  if (!builder.tail(record.keyName.octets, 0, TSIG.number, CLASS_ANY, 0, tsigRdata(record))) return -1
  return builder.finish()
}

/**
 * The whole answer to a request whose TSIG is bad: header, question, TSIG (RFC 8945 §5.3.2). A server that answers with more,
 * with EDNS for instance, builds it with the verdict's `rcode` and calls `signResponse`.
 */
export function refuseRequest(view: MessageView, verdict: BadRequest, now: UnixSeconds): Uint8Array {
  const builder = new MessageBuilder()
  builder.begin(view.id, FLAG_QR | (view.bits & (OPCODE_MASK | FLAG_RD)) | verdict.rcode)
  builder.copyQuestion(view)
  return signResponse(builder.copy(), verdict, now)
}

function responseRecord(
  octets: Uint8Array,
  length: number,
  verdict: RequestVerdict,
  now: UnixSeconds,
): TsigRecord | undefined {
  if (verdict.verdict === 'absent' || (verdict.verdict === 'bad' && verdict.error === 'FORMERR')) return undefined
  const { keyName, algorithmName, originalId, timeSigned, fudgeSeconds } = verdict.record
  const error = verdict.verdict === 'bad' ? ERRORS[verdict.error] : 0
  // The client's own time comes back, so that its clock cannot make it refuse what tells it of its clock (§5.2.3).
  const record =
    error === RCODE_BADTIME
      ? unsignedRecord(keyName, algorithmName, timeSigned, originalId, { error, fudgeSeconds, other: timeOctets(now) })
      : unsignedRecord(keyName, algorithmName, now, originalId, { error })
  if (!('key' in verdict)) return record
  const digest = new TsigDigest(verdict.key).prior(verdict.record.mac)
  digest.message(octets, length, originalId, readU16(octets, 10)).variables(record)
  return withMac(record, digest, responseMacLength(verdict.key, verdict.record))
}

/** Header and question, with TC and RCODE 0. */
function cutToQuestion(response: Uint8Array): Uint8Array {
  const view = new MessageView()
  view.parse(response)
  const cut = response.slice(0, view.recordsAt)
  const bits = (readU16(response, 2) | FLAG_TC) & ~RCODE_MASK
  cut[2] = bits >>> 8
  cut[3] = bits
  cut.fill(0, 6, HEADER_SIZE)
  return cut
}
