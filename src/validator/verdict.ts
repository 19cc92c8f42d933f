/**
 * What validation comes to: a value. `evidence` is the chain link by link, for whoever asks why (`signet explain`, the API).
 */
import type { Name } from '../dns/name/index.ts'
import type { UnixSeconds } from '../dns/presentation/index.ts'
import type { Security } from '../dnssec/index.ts'
import type { Reason } from './reasons.ts'

export type Status = Exclude<Security, 'unchecked'>

/** One step from an anchor towards the answer. */
export type Link = {
  readonly kind: 'anchor' | 'dnskey' | 'ds' | 'no-ds' | 'negative-anchor' | 'answer' | 'denial'
  /** The zone that it speaks of; of an answer, the owner. */
  readonly name: Name
  readonly type: number
  readonly status: Status
  readonly reason?: Reason
  /** What was found, in words: the signature, its key and times, the proof that was used. */
  readonly detail: string
}

export type Verdict = {
  readonly status: Status
  /** Why it is not secure. */
  readonly reason?: Reason
  /** The reason as a sentence with the names, keys and times of this case. */
  readonly detail?: string
  /** The zone that is to blame, or at which security ends. */
  readonly zone?: Name
  readonly evidence: readonly Link[]
  /** The verdict holds no longer than this. */
  readonly expires?: UnixSeconds
}
