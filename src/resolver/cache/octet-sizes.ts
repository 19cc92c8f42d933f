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
const VERDICT_OCTETS = 160
const LINK_OCTETS = 160

export function octetsOfRrset({ owner, rdatas, signatures }: RRset): number {
  let octets = RRSET_OCTETS + owner.octets.length + (rdatas.length + signatures.length) * ARRAY_OCTETS
  for (const rdata of rdatas) octets += rdata.length
  for (const signature of signatures) octets += signature.length
  return octets
}

export function octetsOfRrsets(sets: readonly RRset[]): number {
  let octets = 0
  for (const set of sets) octets += octetsOfRrset(set)
  return octets
}

export function octetsOfVerdict(verdict: Verdict | undefined): number {
  if (verdict === undefined) return 0
  let octets = VERDICT_OCTETS + (verdict.detail?.length ?? 0)
  for (const { detail } of verdict.evidence) octets += LINK_OCTETS + detail.length
  return octets
}
