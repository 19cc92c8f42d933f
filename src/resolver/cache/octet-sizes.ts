/** What objects cost in memory, roughly and rather too much: ceilings of caches are to hold. */
import type { RRset } from '../../dnssec/index.ts'

/** An RRset, its lists, and its name beside the octets. */
const RRSET_OCTETS = 320
/** An array of octets beside what is in it. */
const ARRAY_OCTETS = 120

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
