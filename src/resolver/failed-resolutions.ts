/** Resolutions that end in SERVFAIL, with the extended errors that say why. */
import { RCODE_SERVFAIL } from '../dns/wire/index.ts'
import { REASONS, type Verdict } from '../validator/index.ts'
import type { Budget } from './budget.ts'
import type { CachedMessage } from './cache/index.ts'
import { aliasTarget } from './links.ts'
import type { Remark, Resolution, ResolutionFailure, ResolverQuery } from './resolution.ts'

const EDE_BOGUS = 6

/** What came does not validate: SERVFAIL with the reason. */
export function bogus({ verdict, expires }: CachedMessage): Resolution {
  const code = (verdict?.reason === undefined ? undefined : REASONS[verdict.reason].ede) ?? EDE_BOGUS
  const remarks = [{ code, text: verdict?.detail ?? '' }]
  // Clients that look for the general code find it too (RFC 8914 §3 allows several).
  if (code !== EDE_BOGUS) remarks.push({ code: EDE_BOGUS, text: '' })
  return { ...failed(remarks, verdict), security: 'bogus', expires }
}

/** Nothing came that could be given to the client. */
export function failed(
  remarks: readonly Remark[],
  verdict?: Verdict | undefined,
  failure?: ResolutionFailure | undefined,
): Resolution {
  return {
    rcode: RCODE_SERVFAIL,
    answer: [],
    authority: [],
    additional: [],
    security: verdict?.status ?? 'indeterminate',
    ...(verdict !== undefined && { verdict }),
    remarks,
    ...(failure !== undefined && { failure }),
    expires: 0,
    isStale: false,
  }
}

/** A resolution with what was found and exchanged on the way to its failure. Others are returned as they are. */
export function withAttempt(
  resolution: Resolution,
  query: ResolverQuery,
  messages: readonly CachedMessage[],
  { attempt, exhausted, milliseconds }: Budget,
): Resolution {
  if (attempt === undefined || resolution.rcode !== RCODE_SERVFAIL) return resolution
  const last = messages.at(-1)
  const isLastBogus = resolution.security === 'bogus' && last?.security === 'bogus'
  const target = last === undefined ? undefined : aliasTarget({ ...last, class: 1, isAuthoritative: true })
  const name = isLastBogus ? last.name : (target ?? query.name)
  const aliases = isLastBogus ? messages.slice(0, -1) : messages
  return { ...resolution, attempt: { aliases, name, exchanges: attempt, exhausted, milliseconds } }
}
