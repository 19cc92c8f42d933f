/**
 * What a validator asks of the records of denial. Each answer names the RRsets that it rests on. A name outside the zone is
 * never proved anything of; nor is the apex itself a name of which the zone could say that there is no DS.
 */
import { countLabels, dropLabels, Name } from '../../dns/name/index.ts'
import { DS } from '../../dns/rr/index.ts'
import { noCloserNameByNsec, noDataByNsec, noDsByNsec, noNameByNsec } from './nsec-proofs.ts'
import { noCloserNameByNsec3, noDataByNsec3, noDsByNsec3, noNameByNsec3 } from './nsec3-proofs.ts'
import type { DenialProof, NoDsOutcome } from './proof.ts'
import { type DenialRecords, firstTelling } from './records.ts'

const UNPROVED = { outcome: 'unproved', used: [] } as const

/** NXDOMAIN: the name does not exist, nor a wildcard for it. */
export function proveNoName(records: DenialRecords, name: Name): DenialProof {
  const { zone } = records
  if (!name.isAtOrBelow(zone)) return UNPROVED
  return firstTelling<DenialProof['outcome']>(
    records,
    (nsec) => noNameByNsec(nsec, name),
    (chain) => noNameByNsec3(chain, zone, name),
  )
}

/**
 * NODATA: no records of the type at the name, which exists, or for which a wildcard stands in (then there is a
 * `closestEncloser`). For DS, only what the parent says counts.
 */
export function proveNoData(records: DenialRecords, name: Name, type: number): DenialProof {
  const { zone } = records
  if (!name.isAtOrBelow(zone)) return UNPROVED
  if (type === DS.number && name.equals(zone) && !name.isRoot) return UNPROVED
  return firstTelling<DenialProof['outcome']>(
    records,
    (nsec) => noDataByNsec(nsec, name, type),
    (chain) => noDataByNsec3(chain, zone, name, type),
  )
}

/** An answer from the wildcard below `closestEncloser` (`SignatureVerdict.wildcardOf`): no closer name exists (RFC 4035 §5.3.4). */
export function proveWildcard(records: DenialRecords, name: Name, closestEncloser: Name): DenialProof {
  const surplus = countLabels(name.octets, 0) - countLabels(closestEncloser.octets, 0)
  if (surplus < 1 || !name.isAtOrBelow(closestEncloser) || !closestEncloser.isAtOrBelow(records.zone)) return UNPROVED
  const nextCloser = Name.fromOctets(name.octets, dropLabels(name.octets, 0, surplus - 1))
  return firstTelling<DenialProof['outcome']>(
    records,
    (nsec) => noCloserNameByNsec(nsec, nextCloser, closestEncloser),
    (chain) => noCloserNameByNsec3(chain, nextCloser, closestEncloser),
  )
}

/** Whether a delegation stands at the name, and that it is an unsigned one (RFC 4035 §5.2, RFC 5155 §8.9). */
export function proveNoDs(records: DenialRecords, name: Name): DenialProof<NoDsOutcome> {
  const { zone } = records
  if (!name.isAtOrBelow(zone) || name.equals(zone)) return UNPROVED
  return firstTelling<NoDsOutcome>(
    records,
    (nsec) => noDsByNsec(nsec, name),
    (chain) => noDsByNsec3(chain, zone, name),
  )
}
