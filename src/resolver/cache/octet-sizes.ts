/**
 * What objects cost in memory beside their octets: measured with Node.js 26 on 64 bits, rounded up. What two caches share is
 * counted by both: ceilings are to hold.
 */
import type { RRset } from '../../dnssec/index.ts'
import type { Verdict } from '../../validator/index.ts'

/** An RRset, its lists, and its name. */
const RRSET_OCTETS = 480
/** An array of octets. */
const ARRAY_OCTETS = 220
/** A verdict with what it needs to find its words. */
const VERDICT_OCTETS = 480

export function octetsOfRrset({ owner, rdatas, signatures, withheld }: RRset): number {
  let octets = RRSET_OCTETS + owner.octets.length + (rdatas.length + signatures.length) * ARRAY_OCTETS
  for (const rdata of rdatas) octets += rdata.length
  for (const signature of signatures) octets += signature.length
  if (withheld !== undefined) for (const rdata of withheld) octets += ARRAY_OCTETS + rdata.length
  return octets
}

export function octetsOfRrsets(sets: readonly RRset[]): number {
  let octets = 0
  for (const set of sets) octets += octetsOfRrset(set)
  return octets
}

/** A verdict finds its words and its evidence when it is asked for them: to weigh it is no reason to ask. */
export function octetsOfVerdict(verdict: Verdict | undefined): number {
  return verdict === undefined ? 0 : VERDICT_OCTETS
}
