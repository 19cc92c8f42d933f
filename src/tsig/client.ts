/**
 * The client's side (RFC 8945 §5.1, §5.4): sign a request, judge its answer.
 *
 *   const request = signRequest(message, key, now)
 *   view.parse(answer) ?? view.scan()
 *   verifyResponse(view, request, now)
 *
 * What it does not do: match IDs and questions, which `MessageView.answersTo` does; a MAC says only that the answer is to this
 * very request.
 */
import { readU16, readU48 } from '../dns/octets.ts'
import { type MessageView, RCODE_BADTIME, RCODE_NOTAUTH } from '../dns/wire/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { hasMac, isMacLength, TsigDigest, withMac } from './digest.ts'
import type { TsigKey } from './keys.ts'
import { appendTsig, DEFAULT_FUDGE_SECONDS, readTsig, type TsigRecord, unsignedRecord } from './record.ts'
import { isTimely } from './verify-request.ts'

/** What must be remembered of a request until its answer came. */
export type SignedRequest = { readonly message: Uint8Array; readonly key: TsigKey; readonly mac: Uint8Array }

/** Why an answer is not accepted. RFC 8945 §5.4: wait for another, since anybody may have sent it. */
export type ResponseFault =
  /** It has no TSIG. */
  | 'unsigned'
  /** No message, a TSIG that cannot be read, octets behind it, or a MAC of a length that there is not. */
  | 'malformed'
  /** Another key or another algorithm. */
  | 'other-key'
  | 'bad-mac'
  /** Signed at another time than now, by more than its fudge. */
  | 'bad-time'
  /** The MAC is shorter than the key's policy wants. */
  | 'short-mac'
  /** In a stream: more messages without a TSIG than RFC 8945 §5.3.1 allows. */
  | 'too-many-unsigned'

export type ResponseVerdict =
  | { readonly verdict: 'good'; readonly record: TsigRecord }
  /**
   * The server says that it did not accept the request's TSIG, and why (an RCODE). Unless `authenticated` it may be anybody
   * who says so. `serverTime`: of BADTIME; for the log only (§5.4.3).
   */
  | {
      readonly verdict: 'refused'
      readonly error: number
      readonly authenticated: boolean
      readonly serverTime?: UnixSeconds
    }
  | { readonly verdict: 'bad'; readonly reason: ResponseFault }

/** Signs a finished message. Throws DnsError `message-too-long` when there is no room for a TSIG behind it. */
export function signRequest(
  message: Uint8Array,
  key: TsigKey,
  now: UnixSeconds,
  fudgeSeconds: number = DEFAULT_FUDGE_SECONDS,
): SignedRequest {
  const id = readU16(message, 0)
  const bare = unsignedRecord(key.name, key.algorithm.name, now, id, { fudgeSeconds })
  const digest = new TsigDigest(key).message(message, message.length, id, readU16(message, 10)).variables(bare)
  const record = withMac(bare, digest, key.macLength)
  return { message: appendTsig(message, record), key, mac: record.mac }
}

/** Judges the answer to a signed request; `view` has parsed and scanned it without a fault. */
export function verifyResponse(
  view: MessageView,
  request: { readonly key: TsigKey; readonly mac: Uint8Array },
  now: UnixSeconds,
): ResponseVerdict {
  if (view.tsigAt < 0) return { verdict: 'bad', reason: 'unsigned' }
  return judgeSigned(view, request.key, new TsigDigest(request.key).prior(request.mac), 'variables', now)
}

/** Judges a message that has a TSIG. `digest` has got all that is digested before the message. */
export function judgeSigned(
  view: MessageView,
  key: TsigKey,
  digest: TsigDigest,
  covered: 'variables' | 'timers',
  now: UnixSeconds,
): ResponseVerdict {
  const { octets, length, tsigAt } = view
  const record = readTsig(octets, tsigAt, length)
  if (record === undefined) return { verdict: 'bad', reason: 'malformed' }
  if (!record.keyName.equals(key.name) || !record.algorithmName.equals(key.algorithm.name)) {
    return { verdict: 'bad', reason: 'other-key' }
  }
  // RFC 8945 §5.3.2: errors of key and MAC come without a MAC; those of NSD all do.
  if (record.mac.length === 0 && record.error !== 0 && view.rcode === RCODE_NOTAUTH) return refusal(record, false)
  if (!isMacLength(key, record.mac.length)) return { verdict: 'bad', reason: 'malformed' }
  digest.message(octets, tsigAt, record.originalId, view.additionals - 1)
  if (covered === 'variables') digest.variables(record)
  else digest.timers(record)
  if (!hasMac(digest, record.mac)) return { verdict: 'bad', reason: 'bad-mac' }
  if (!isTimely(record, now)) return { verdict: 'bad', reason: 'bad-time' }
  // Error and other data of later messages of a stream are under no MAC: they say nothing.
  if (covered === 'variables' && record.error !== 0) return refusal(record, true)
  if (record.mac.length < key.leastMacLength) return { verdict: 'bad', reason: 'short-mac' }
  return { verdict: 'good', record }
}

function refusal({ error, other }: TsigRecord, authenticated: boolean): ResponseVerdict {
  const told = error === RCODE_BADTIME && other.length === 6
  return { verdict: 'refused', error, authenticated, ...(told ? { serverTime: readU48(other, 0) } : {}) }
}
