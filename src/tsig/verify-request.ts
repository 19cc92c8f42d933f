/**
 * The server's side of a signed request (RFC 8945 §5.2): key, MAC, time, truncation, in this order. The outcome is a value;
 * nothing here throws, whatever the octets are. `sign-response.ts` makes of it what is answered.
 *
 * What it does not do: remember the latest time of a key to refuse earlier ones (§5.2.3 leaves that to the server's choice, and
 * requests that overtake each other on UDP would be refused); forward messages signed with keys of others (§5.5).
 */
import { type MessageView, RCODE_FORMERR, RCODE_NOTAUTH } from '../dns/wire/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { hasMac, isMacLength, TsigDigest } from './digest.ts'
import type { TsigKey, TsigKeys } from './keys.ts'
import { readTsig, type TsigRecord } from './record.ts'

/** A request that was signed with a key of ours: the answer is signed with the same. */
export type GoodRequest = { readonly verdict: 'good'; readonly key: TsigKey; readonly record: TsigRecord }

export type BadRequest =
  /** The record cannot be interpreted: FORMERR, and no TSIG in the answer. */
  | { readonly verdict: 'bad'; readonly error: 'FORMERR'; readonly rcode: number }
  /** Nobody is known to have signed it: NOTAUTH, with a TSIG that is not signed. */
  | {
      readonly verdict: 'bad'
      readonly error: 'BADKEY' | 'BADSIG'
      readonly rcode: number
      readonly record: TsigRecord
    }
  /** Signed with our key, but too long ago, or with fewer octets than wanted: NOTAUTH, with a signed TSIG. */
  | {
      readonly verdict: 'bad'
      readonly error: 'BADTIME' | 'BADTRUNC'
      readonly rcode: number
      readonly record: TsigRecord
      readonly key: TsigKey
    }

/** `absent`: there is no TSIG, and the answer must have none (RFC 8945 §5.3). */
export type RequestVerdict = { readonly verdict: 'absent' } | GoodRequest | BadRequest

const ABSENT: RequestVerdict = { verdict: 'absent' }
const FORMERR: RequestVerdict = { verdict: 'bad', error: 'FORMERR', rcode: RCODE_FORMERR }

/**
 * Judges the TSIG of a message that `view` has parsed and scanned without a fault (a TSIG in a wrong place is a fault already).
 * Octets behind the TSIG are refused, since no MAC covers them. What is returned holds no octets of the view.
 */
export function verifyRequest(view: MessageView, keys: TsigKeys, now: UnixSeconds): RequestVerdict {
  const { octets, length, tsigAt } = view
  if (tsigAt < 0) return ABSENT
  const record = readTsig(octets, tsigAt, length)
  if (record === undefined) return FORMERR
  const key = keys.find(record.keyName, record.algorithmName)
  if (key === undefined) return { verdict: 'bad', error: 'BADKEY', rcode: RCODE_NOTAUTH, record }
  if (!isMacLength(key, record.mac.length)) return FORMERR
  const digest = new TsigDigest(key)
  digest.message(octets, tsigAt, record.originalId, view.additionals - 1).variables(record)
  if (!hasMac(digest, record.mac)) return { verdict: 'bad', error: 'BADSIG', rcode: RCODE_NOTAUTH, record }
  if (!isTimely(record, now)) return { verdict: 'bad', error: 'BADTIME', rcode: RCODE_NOTAUTH, record, key }
  if (record.mac.length < key.leastMacLength) {
    return { verdict: 'bad', error: 'BADTRUNC', rcode: RCODE_NOTAUTH, record, key }
  }
  return { verdict: 'good', key, record }
}

/** RFC 8945 §5.2.3: the clocks differ by no more than the fudge that the signer grants. */
export function isTimely(record: TsigRecord, now: UnixSeconds): boolean {
  return Math.abs(now - record.timeSigned) <= record.fudgeSeconds
}
