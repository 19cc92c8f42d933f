/**
 * Whether signatures can have the times that they are asked to have. The two times of an RRSIG are numbers of 32 bits that
 * are compared in serial number arithmetic: neither may be further than 68 years from the other, or from now (RFC 4034 §3.1.5).
 */
import type { UnixSeconds } from '../ports/index.ts'
import type { SigningOptions } from './options.ts'

type Times = Pick<SigningOptions, 'inception' | 'expiration' | 'dnskeyExpiration' | 'jitterSeconds' | 'now'>

/** Most seconds between two times that serial number arithmetic puts in the right order (RFC 1982 §3.2). */
const SPAN = 0x7fffffff

/** What is wrong with the times, as a sentence; undefined when nothing is. */
export function findTimeFault(times: Times): string | undefined {
  const { inception, expiration, dnskeyExpiration = expiration, jitterSeconds, now } = times
  const first = Math.min(expiration, dnskeyExpiration)
  const last = Math.max(expiration, dnskeyExpiration)
  if (first <= inception) {
    return `signatures would end before they begin (at ${showMinute(first)}, and at ${showMinute(inception)})`
  }
  if (last - inception > SPAN) {
    return `signatures would end (${showMinute(last)}) more than 68 years after they begin (${showMinute(inception)}), and so count as expired (RFC 4034 §3.1.5)`
  }
  if (last - now > SPAN || now - inception > SPAN) {
    const far = last - now > SPAN ? last : inception
    return `${showMinute(far)} is more than 68 years from now, which no signature can say (RFC 4034 §3.1.5)`
  }
  if (jitterSeconds >= first - inception) return 'the jitter is longer than the time that signatures are good for'
  return undefined
}

/** Whether some of the signatures have expired at `now`. */
export function hasExpired({ expiration, dnskeyExpiration = expiration, jitterSeconds, now }: Times): boolean {
  return Math.min(expiration, dnskeyExpiration) - jitterSeconds <= now
}

function showMinute(seconds: UnixSeconds): string {
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')
}
