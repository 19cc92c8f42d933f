/** Which record a proof of absence lacks, in words: made when somebody reads them, from what the proof has hashed already. */
import type { Name } from '../../dns/name/index.ts'
import type { NsecRecord } from './nsec.ts'
import { encloserOf } from './nsec-proofs.ts'
import { MAX_CANDIDATES } from './nsec3-proofs.ts'
import { type DenialRecords, type Nsec3Chain, wildcardBelow } from './records.ts'

/**
 * The record that is missing to prove that a name (`name`) or a type at it (`data`) is not there; undefined where nothing
 * simple is missing, such as a record that says otherwise. A response has records of one chain.
 */
export function findGap(
  { nsec, chains, zone }: DenialRecords,
  name: Name,
  denied: 'name' | 'data',
): string | undefined {
  const [chain] = chains
  if (chain !== undefined) return findNsec3Gap(chain, zone, name, denied)
  return nsec.length === 0 ? undefined : findNsecGap(nsec, name, denied)
}

function findNsecGap(records: readonly NsecRecord[], name: Name, denied: 'name' | 'data'): string | undefined {
  if (records.some((record) => record.matches(name) || record.showsEmptyNonTerminal(name))) return undefined
  const cover = records.find((record) => record.deniesName(name))
  if (cover === undefined) return `no NSEC record ${denied === 'name' ? 'covers' : 'matches or covers'} ${name}`
  const wildcard = wildcardBelow(encloserOf(name, cover))
  return wildcard && `no NSEC record ${denied === 'name' ? 'covers' : 'matches'} ${wildcard}`
}

function findNsec3Gap(chain: Nsec3Chain, zone: Name, name: Name, denied: 'name' | 'data'): string | undefined {
  let nextCloser: Name | undefined
  let candidate = name
  for (let n = 0; n < MAX_CANDIDATES; n++) {
    const hash = chain.hash(candidate)
    if (hash === undefined) return undefined
    if (chain.findMatch(hash) !== undefined) {
      const nextHash = nextCloser && chain.hash(nextCloser)
      if (nextHash === undefined) return undefined
      if (chain.findCover(nextHash) === undefined) return `no NSEC3 record covers ${nextCloser}`
      const wildcard = wildcardBelow(candidate)
      return wildcard && `no NSEC3 record ${denied === 'name' ? 'covers' : 'matches'} ${wildcard}`
    }
    if (candidate.equals(zone)) break
    nextCloser = candidate
    candidate = candidate.parent
  }
  return `no NSEC3 record matches ${name} or any name above it`
}
