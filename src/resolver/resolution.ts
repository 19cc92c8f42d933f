/** What the resolver is asked, and what it comes to. */
import type { Name } from '../dns/name/index.ts'
import type { SteadySeconds } from '../dns/presentation/index.ts'
import type { RRset } from '../dnssec/index.ts'
import type { Status, Verdict } from '../validator/index.ts'
import type { Exhausted } from './budget.ts'
import type { Attempt } from './exchange-ring.ts'

export type ResolverQuery = {
  readonly name: Name
  readonly type: number
  /** The class is IN: others never come here. */
  /** The client does its own validation (CD, RFC 4035 §3.2.2): data that does not validate is given to it. */
  readonly checkingDisabled: boolean
  /** False: answer from the cache or not at all (RD is 0). */
  readonly recursionDesired: boolean
  /** The answer is as good as no answer after this time: stale data may be given from then on (RFC 8767 §5). */
  readonly patienceMilliseconds?: number
}

/** Something to tell the client beside the RCODE (RFC 8914). */
export type Remark = { readonly code: number; readonly text: string }

export type ResolutionFailure = {
  /** The zone whose servers were of no use. */
  readonly zone: Name
  /** No server replied. */
  readonly isSilence: boolean
}

export type JudgedAlias = {
  readonly name: Name
  readonly security: Status | 'unchecked'
  readonly verdict?: Verdict | undefined
}

/** What a resolution that failed had found until then, and what it exchanged. */
export type FailedAttempt = {
  /** The aliases that were followed. */
  readonly aliases: readonly JudgedAlias[]
  /** The name that failed: that of the question, or the one that the aliases lead to. */
  readonly name: Name
  readonly exchanges: Attempt
  readonly exhausted: Exhausted | undefined
  readonly milliseconds: number
}

export type Resolution = {
  /** 12 bits. */
  readonly rcode: number
  /** The chain of aliases in its order, then the data. TTLs count from `expires` of each RRset; signatures are there. */
  readonly answer: readonly RRset[]
  /** SOA and proofs of a negative answer, proofs of expanded wildcards. */
  readonly authority: readonly RRset[]
  readonly additional: readonly RRset[]
  /** `unchecked`: validation is off, or the client turned it off. Only of a secure one AD may be told. */
  readonly security: Status | 'unchecked'
  readonly verdict?: Verdict
  readonly remarks: readonly Remark[]
  /** Of a resolution that failed: where the way ended. */
  readonly failure?: ResolutionFailure
  /** Of a resolution that failed, where exchanges are noted. */
  readonly attempt?: FailedAttempt
  /** Until then the same answer may be given again. */
  readonly expires: SteadySeconds
  /** Data older than its TTL (RFC 8767). */
  readonly isStale: boolean
}
