/** NSEC and NSEC3 records that are known of a zone, as a chain keeps them: in order, with what is asked of them there. */
import type { Name } from '../../dns/name/index.ts'
import type { SteadySeconds } from '../../dns/presentation/index.ts'
import type { RRset } from '../../dnssec/index.ts'
import type { DenialRecords } from '../../validator/index.ts'
import type { SortedRuns } from './sorted-runs.ts'

export type ProofSpan = {
  /** Place in the chain: a string whose order is that of the chain. */
  readonly order: string
  /** What it is found by among those of all zones: names end with their root label, so that no two pairs make the same string. */
  readonly key: string
  readonly zone: Name
  readonly set: RRset
  /** When it was kept. */
  readonly since: SteadySeconds
}

/** What a chain has around one name, for the provers of `validator/denial/` to judge. */
export type ProofSelection<Span extends ProofSpan> = {
  readonly records: DenialRecords
  readonly spans: readonly Span[]
  /** When the name itself has no record: its nearest ancestor that exists, as far as these records know. */
  readonly encloser: Name | undefined
}

/** The record at this place or last before it; undefined when its time is over, or a validator has thought better of it since. */
export function findGood<Span extends ProofSpan>(
  runs: SortedRuns<Span>,
  order: string,
  now: SteadySeconds,
): Span | undefined {
  // Before the first place of all comes the last one: chains are rings.
  const span = runs.floor(order) ?? runs.last()
  return span !== undefined && isGood(span, now) ? span : undefined
}

export function isGood({ set }: ProofSpan, now: SteadySeconds): boolean {
  return set.expires > now && set.security === 'secure'
}

/** Octets as a string of the same order. */
export function orderString(octets: Uint8Array, length: number): string {
  let order = ''
  for (let i = 0; i < length; i++) order += String.fromCharCode(octets[i]!)
  return order
}
