/**
 * A clock that is plainly wrong: DNSSEC needs the time to within hours, and a machine without a battery wakes up in 1970. It is
 * told from an attack, and named as the reason, so that nobody looks for broken signatures.
 */
import type { UnixSeconds } from '../../dns/presentation/index.ts'
import type { TrustAnchor } from '../../dnssec/index.ts'
import { isAnchorValid } from '../../dnssec/index.ts'
import { ROOT_ANCHORS_SINCE } from './root-anchors.ts'

export type ClockDoubt = {
  readonly kind: 'behind-known' | 'before-program' | 'before-anchors' | 'far-ahead'
  /** A sentence for people. */
  readonly text: string
}

export type ClockFacts = {
  /** The last time that this server knew, from its state; undefined on a first start. */
  readonly lastKnown: UnixSeconds | undefined
  readonly anchors: readonly TrustAnchor[]
}

/** Clocks are set back by this much without anybody being wrong. */
const TOLERANCE_SECONDS = 3600
/** Nobody's server rests for so long and then knows the time. */
const FAR_SECONDS = 20 * 366 * 86_400

/**
 * Whether `now` cannot be. While it is so, signatures prove nothing: what fails only by its times is to be answered as if it were
 * insecure (never with AD), so that the machine can find its time servers; timers of RFC 5011 rest.
 */
export function findClockDoubt(now: UnixSeconds, facts: ClockFacts): ClockDoubt | undefined {
  const { lastKnown } = facts
  const said = `the clock says ${textOf(now)}`
  if (lastKnown !== undefined && now + TOLERANCE_SECONDS < lastKnown) {
    return { kind: 'behind-known', text: `${said}, but this server has already seen ${textOf(lastKnown)}` }
  }
  if (now < ROOT_ANCHORS_SINCE) {
    return { kind: 'before-program', text: `${said}, before the root keys in this program were made` }
  }
  const future = facts.anchors.filter(({ validFrom }) => validFrom !== undefined && now < validFrom)
  if (future.length > 0 && !facts.anchors.some((anchor) => isAnchorValid(anchor, now))) {
    const first = Math.min(...future.map(({ validFrom = 0 }) => validFrom))
    return { kind: 'before-anchors', text: `${said}, but no trust anchor counts before ${textOf(first)}` }
  }
  if (lastKnown !== undefined && now > lastKnown + FAR_SECONDS) {
    return { kind: 'far-ahead', text: `${said}, decades after ${textOf(lastKnown)}, when this server last ran` }
  }
  return undefined
}

function textOf(time: UnixSeconds): string {
  const date = new Date(time * 1000)
  return Number.isNaN(date.getTime()) ? `${time}` : date.toISOString().replace('.000Z', 'Z')
}
