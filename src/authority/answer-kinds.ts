/** What a kind of answer counts as: for the rate limit, and among the counts of its zone. */
import { DNSKEY, RRSIG } from '../dns/rr/index.ts'
import type { AnswerKind } from './answerer.ts'
import { ZONE_COUNT } from './query-counters.ts'
import { AnswerClass } from './rate-limit.ts'

/** The class that an answer is rate limited by. */
export function classOf(kind: AnswerKind, qtype: number): AnswerClass {
  switch (kind) {
    case 'any':
      return qtype === RRSIG.number ? AnswerClass.rrsig : AnswerClass.any
    case 'nxdomain':
    case 'referral':
    case 'wildcard':
    case 'nodata':
      return AnswerClass[kind]
    case 'refused':
    case 'failed':
      return AnswerClass.error
    case 'answer':
      return qtype === DNSKEY.number ? AnswerClass.dnskey : AnswerClass.positive
  }
}

/** What of the zone's counts an answer belongs to. */
export function countOf(kind: AnswerKind): number {
  switch (kind) {
    case 'nxdomain':
    case 'nodata':
    case 'refused':
      return ZONE_COUNT[kind]
    case 'referral':
      return ZONE_COUNT.referrals
    default:
      return ZONE_COUNT.queries
  }
}
