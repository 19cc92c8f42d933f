/** Puts an answer that was resolved, from the answer cache or from the resolver itself, behind the header and the question of a message. */
import { type OctetWriter, readU16 } from '../dns/octets.ts'
import {
  FLAG_AA,
  FLAG_AD,
  FLAG_CD,
  HEADER_SIZE,
  type MessageBuilder,
  type MessageView,
  RCODE_MASK,
} from '../dns/wire/index.ts'
import type { SteadySeconds } from '../ports/index.ts'
import type { AnswerCacheReader, ReadyAnswer } from './answer-cache/index.ts'

/** Puts what the cache has for the question of `view`. False when it has nothing: the message is then good for nothing. */
export function putCached(
  builder: MessageBuilder,
  options: OctetWriter,
  view: MessageView,
  cache: AnswerCacheReader,
  now: SteadySeconds,
): boolean {
  const checkingDisabled = (view.bits & FLAG_CD) !== 0
  if (!cache.find(view.octets, HEADER_SIZE, view.qnameEnd, view.qtype, view.dnssecOk, checkingDisabled, now))
    return false
  if (view.hasEdns) {
    if (cache.optionsLength > 0 && !cache.copyOptions(options)) return false
    builder.reserveOpt(options.length)
  }
  if (cache.recordsLength > builder.room) builder.truncate()
  else {
    if (!cache.copyRecords(builder.out, now)) return false
    builder.countRecords(cache.answers, cache.authorities, cache.additionals)
  }
  return true
}

/** Puts an answer to the question of `view`. */
export function putReady(builder: MessageBuilder, options: OctetWriter, view: MessageView, ready: ReadyAnswer): void {
  const { octets } = ready
  if (view.hasEdns) {
    if (ready.options !== undefined) options.bytes(ready.options)
    builder.reserveOpt(options.length)
  }
  const recordsAt = view.qnameEnd + 4
  if (octets.length - recordsAt > builder.room) builder.truncate()
  else {
    builder.out.bytes(octets, recordsAt, octets.length)
    builder.countRecords(readU16(octets, 6), readU16(octets, 8), readU16(octets, 10))
  }
}

/** Of the header of a resolved answer, the bits that a client is told. AD is for those who ask for it (RFC 6840 §5.7, §5.8). */
export function resolvedBits(bits: number, view: MessageView): number {
  const knowsAd = view.dnssecOk || (view.bits & FLAG_AD) !== 0
  return bits & (FLAG_AA | RCODE_MASK | (knowsAd ? FLAG_AD : 0))
}
