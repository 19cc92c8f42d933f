/** What a proof of denial comes to. */
import type { Name } from '../../dns/name/index.ts'
import type { RRset } from '../../dnssec/index.ts'

/**
 * - `proved`: what was asked is so.
 * - `unproved`: the records do not tell.
 * - `contradicted`: they tell that it is otherwise: the name or the type is there.
 * - `opt-out`: it is so for all that is signed, but an unsigned delegation may stand there (RFC 5155 §6): insecure, no AD (§9.2).
 * - `iterations`: only NSEC3 records of more iterations than are accepted would tell (RFC 9276 §3.2): insecure.
 * - `work-exceeded`: the budget for hashes ended first.
 */
export type DenialOutcome = 'proved' | 'unproved' | 'contradicted' | 'opt-out' | 'iterations' | 'work-exceeded'

export type DenialProof<Outcome extends string = DenialOutcome> = {
  readonly outcome: Outcome
  /** The RRsets that the outcome rests on, each once. */
  readonly used: readonly RRset[]
  /** The nearest ancestor that exists, where the proof needed one. */
  readonly closestEncloser?: Name
  /** The name itself does not exist, though a NODATA was asked for: NXNAME (RFC 9824 §3.4). */
  readonly isCompact?: boolean
}

/**
 * - `no-ds`: a delegation without DS: what is below is insecure.
 * - `not-a-cut`: no delegation at the name, which has other data, is an empty non-terminal, or does not exist: the zone goes on.
 * - `opt-out`: an unsigned delegation may stand there: what is below is insecure.
 * - `contradicted`: there is a DS.
 */
export type NoDsOutcome = 'no-ds' | 'not-a-cut' | Exclude<DenialOutcome, 'proved'>
