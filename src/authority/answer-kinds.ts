/** What a kind of answer counts as: for the rate limit, and among the counts of its zone. */
import { DNSKEY, RRSIG } from '../dns/rr/index.ts'
import { HEADER_SIZE, type MessageView, RCODE_NXDOMAIN } from '../dns/wire/index.ts'
import type { SteadySeconds } from '../ports/index.ts'
import { type ImageReader, WHITELIST_SHIFT, ZONE_OPTIONS } from '../zone/index.ts'
import type { Asker } from './asker.ts'
import type { ClientList } from './client-list.ts'
import { ZONE_COUNT } from './query-counters.ts'
import { AnswerClass, type RateLimit, SEND, type Verdict } from './rate-limit.ts'

/** What becomes of a question in `Answerer`. */
export const ANSWERED = 0
/** Somebody else has to answer: the control thread. */
export const HANDED_OVER = 1
/** No zone here has the name, or what it leads to: refused, unless there is a resolver. */
export const ELSEWHERE = 2

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
  now: SteadySeconds,
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

/** What the rate limit makes of an answer that was resolved. What is not there is counted by the name above it. */
export function judgeResolved(
  limit: RateLimit,
  exempt: ClientList | undefined,
  kind: AnswerKind,
  view: MessageView,
  asker: Asker,
  now: SteadySeconds,
): Verdict {
  if (exempt?.has(asker.octets, asker.at, asker.length) === true) return SEND
  const answerClass = classOf(kind, view.qtype)
  const { octets } = view
  let name = 0
  if (kind === 'answer') name = limit.hashName(octets, HEADER_SIZE)
  else if (kind !== 'failed') {
    const isRoot = octets[HEADER_SIZE] === 0
    name = limit.hashName(octets, isRoot ? HEADER_SIZE : HEADER_SIZE + octets[HEADER_SIZE]! + 1)
  }
  return limit.judge(asker.octets, asker.at, asker.length, answerClass, 0, name, now)
}

/** The kind of a resolved answer, by its RCODE and how many records answer. */
export function kindOfResolved(rcode: number, answers: number): AnswerKind {
  if (rcode === RCODE_NXDOMAIN) return 'nxdomain'
  if (rcode !== 0) return 'failed'
  return answers > 0 ? 'answer' : 'nodata'
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
