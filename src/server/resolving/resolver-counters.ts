/** What the resolver did, as numbers that only grow. */
import type { Resolution } from '../../resolver/index.ts'

export type ResolverCounts = {
  /** Questions that the answer cache did not have. */
  readonly questions: number
  /** What they came to, by what may be believed of it. */
  readonly secure: number
  readonly insecure: number
  readonly bogus: number
  readonly indeterminate: number
  readonly unchecked: number
  /** Without an answer, bogus ones counted too. */
  readonly failed: number
  /** Answered from data past its TTL. */
  readonly stale: number
  /** Answered without asking anybody: special names. */
  readonly special: number
  /** Not worked on, since there were too many at once. */
  readonly refusedByLimit: number
  /** Records that `privateAddresses` removed from replies. */
  readonly removedAddresses: number
  /** The wall clock was set: everything was judged again. */
  readonly clockJumps: number
}

const RCODE_SERVFAIL = 2

export class ResolverCounters {
  readonly counts: { -readonly [Key in keyof ResolverCounts]: number } = {
    questions: 0,
    secure: 0,
    insecure: 0,
    bogus: 0,
    indeterminate: 0,
    unchecked: 0,
    failed: 0,
    stale: 0,
    special: 0,
    refusedByLimit: 0,
    removedAddresses: 0,
    clockJumps: 0,
  }

  resolved({ security, rcode, isStale }: Resolution): void {
    const { counts } = this
    counts[security]++
    if (rcode === RCODE_SERVFAIL) counts.failed++
    if (isStale) counts.stale++
  }
}
