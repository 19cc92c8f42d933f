/** Proofs by NSEC records (RFC 4035 §5.4, RFC 6840 §4). Each is undefined when the records do not tell. */
import { commonLabels, countLabels, dropLabels, Name } from '../../dns/name/index.ts'
import { DS, NS, SOA } from '../../dns/rr/index.ts'
import type { NsecRecord } from './nsec.ts'
import type { DenialProof, NoDsOutcome } from './proof.ts'
import { setsOf, wildcardBelow } from './records.ts'

type Records = readonly NsecRecord[]

/** The name does not exist, nor does a wildcard that would stand in for it. */
export function noNameByNsec(records: Records, name: Name): DenialProof | undefined {
  const match = records.find((record) => record.matches(name))
  if (match?.types.saysNoName === true) return { outcome: 'proved', used: setsOf(match), isCompact: true }
  const parent = records.find((record) => record.showsEmptyNonTerminal(name))
  const witness = match ?? parent
  if (witness !== undefined) return { outcome: 'contradicted', used: setsOf(witness) }
  for (const cover of records) {
    if (!cover.deniesName(name)) continue
    const closestEncloser = encloserOf(name, cover)
    const wildcard = wildcardBelow(closestEncloser)
    if (wildcard === undefined) return { outcome: 'proved', used: setsOf(cover), closestEncloser }
    const standIn = findExisting(records, wildcard)
    if (standIn !== undefined) return { outcome: 'contradicted', used: setsOf(cover, standIn), closestEncloser }
    const denial = records.find((record) => record.deniesName(wildcard))
    if (denial !== undefined) return { outcome: 'proved', used: setsOf(cover, denial), closestEncloser }
  }
  return undefined
}

/** There are no records of the type at the name, which exists, or for which a wildcard without the type stands in. */
export function noDataByNsec(records: Records, name: Name, type: number): DenialProof | undefined {
  const match = records.find((record) => record.matches(name))
  if (match !== undefined) {
    if (match.types.saysNoName) return { outcome: 'proved', used: setsOf(match), isCompact: true }
    const outcome = match.types.judge(type, name.isRoot)
    return outcome === 'unproved' ? undefined : { outcome, used: setsOf(match) }
  }
  const parent = records.find((record) => record.showsEmptyNonTerminal(name))
  if (parent !== undefined) return { outcome: 'proved', used: setsOf(parent) }
  for (const cover of records) {
    if (!cover.deniesName(name)) continue
    const closestEncloser = encloserOf(name, cover)
    const wildcard = wildcardBelow(closestEncloser)
    const standIn = wildcard === undefined ? undefined : findExisting(records, wildcard)
    if (wildcard === undefined || standIn === undefined) continue
    const outcome = standIn.matches(wildcard) ? standIn.types.judge(type, false) : 'proved'
    if (outcome !== 'unproved') return { outcome, used: setsOf(cover, standIn), closestEncloser }
  }
  return undefined
}

/** No name that is closer than the wildcard below `closestEncloser` exists. */
export function noCloserNameByNsec(records: Records, nextCloser: Name, closestEncloser: Name): DenialProof | undefined {
  const witness = findExisting(records, nextCloser)
  if (witness !== undefined) return { outcome: 'contradicted', used: setsOf(witness), closestEncloser }
  const cover = records.find((record) => record.deniesName(nextCloser))
  return cover === undefined ? undefined : { outcome: 'proved', used: setsOf(cover), closestEncloser }
}

/** What stands at a name that is below the apex: a delegation without DS, or none at all. */
export function noDsByNsec(records: Records, name: Name): DenialProof<NoDsOutcome> | undefined {
  const match = records.find((record) => record.matches(name))
  if (match !== undefined) {
    const { types } = match
    if (types.has(SOA.number)) return undefined
    const outcome = types.has(DS.number) ? 'contradicted' : types.has(NS.number) ? 'no-ds' : 'not-a-cut'
    return { outcome, used: setsOf(match) }
  }
  const cover = records.find((record) => record.covers(name))
  return cover === undefined ? undefined : { outcome: 'not-a-cut', used: setsOf(cover) }
}

/** A record by which the name exists. */
function findExisting(records: Records, name: Name): NsecRecord | undefined {
  return records.find(
    (record) => (record.matches(name) && !record.types.saysNoName) || record.showsEmptyNonTerminal(name),
  )
}

/** The nearest ancestor of a name that exists by the record that denies the name: both ends of its span exist. */
export function encloserOf(name: Name, cover: NsecRecord): Name {
  const { octets } = name
  const common = Math.max(commonLabels(octets, 0, cover.owner.octets, 0), commonLabels(octets, 0, cover.next.octets, 0))
  return Name.fromOctets(octets, dropLabels(octets, 0, countLabels(octets, 0) - common))
}
