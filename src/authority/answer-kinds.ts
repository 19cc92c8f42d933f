/** What a kind of answer counts as: for the rate limit, and among the counts of its zone. */
import { DNSKEY, RRSIG } from '../dns/rr/index.ts'
import { HEADER_SIZE, type MessageView } from '../dns/wire/index.ts'
import type { UnixSeconds } from '../ports/index.ts'
import { type ImageReader, WHITELIST_SHIFT, ZONE_OPTIONS } from '../zone/index.ts'
import type { Asker } from './asker.ts'
import type { ClientList } from './client-list.ts'
import { ZONE_COUNT } from './query-counters.ts'
import { AnswerClass, type RateLimit, SEND, type Verdict } from './rate-limit.ts'

/** What kind of answer it became: rate limits and statistics tell them apart. */
export type AnswerKind = 'answer' | 'wildcard' | 'nodata' | 'nxdomain' | 'referral' | 'refused' | 'failed' | 'any'

/** What became of a question: the kind of answer, and the places in the image that it is limited by (`Answerer`). */
type Answered = { readonly kind: AnswerKind; readonly zone: number; readonly encloser: number }

/** What the rate limit makes of the answer to the question of `view`. */
export function judgeAnswer(
  limit: RateLimit,
  exempt: ClientList | undefined,
  reader: ImageReader,
  answered: Answered,
  view: MessageView,
  asker: Asker,
  now: UnixSeconds,
): Verdict {
  if (exempt?.has(asker.octets, asker.at, asker.length) === true) return SEND
  const { octets, words } = reader.memory
  const answerClass = classOf(answered.kind, view.qtype)
  const { zone } = answered
  const whitelist = zone === 0 ? 0 : words[zone * 2 + ZONE_OPTIONS]! >>> WHITELIST_SHIFT
  let name = 0
  if (answerClass === AnswerClass.nxdomain || answerClass === AnswerClass.nodata) {
    name = limit.hashName(octets, reader.nameOf(zone))
  } else if (answerClass === AnswerClass.referral || answerClass === AnswerClass.wildcard) {
    name = limit.hashName(octets, reader.nameOf(answered.encloser))
  } else if (answerClass !== AnswerClass.error) name = limit.hashName(view.octets, HEADER_SIZE)
  return limit.judge(asker.octets, asker.at, asker.length, answerClass, whitelist, name, now)
}

/** The class that an answer is rate limited by. */
function classOf(kind: AnswerKind, qtype: number): AnswerClass {
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
