/**
 * What a name owns that cannot stand there, or cannot stand together: no server can answer for such a name in one right way.
 * `zone check` reports it, and a zone with most of it is not signed.
 */
import { isWildcard } from '../../dns/name/index.ts'
import { CNAME, DNAME, DS, NS, NSEC, RRSIG, SOA, typeMnemonic } from '../../dns/rr/index.ts'
import { FaultList, type Severity } from '../faults.ts'
import { DELEGATION, OCCLUDED, type Zone } from '../zone.ts'

export const STRUCTURE_SEVERITIES = {
  'soa-not-at-apex': 'error',
  'ds-at-apex': 'error',
  'cname-and-other': 'error',
  'cname-several': 'error',
  'dname-several': 'error',
  'dname-and-ns': 'error',
  'wildcard-ns': 'error',
} as const satisfies Record<string, Severity>

export type StructureCode = keyof typeof STRUCTURE_SEVERITIES

const KEY = 25
const NXT = 30
/** What may stand beside a CNAME (RFC 2181 §10.1, RFC 4035 §2.5). */
const BESIDE_CNAME: ReadonlySet<number> = new Set([CNAME.number, RRSIG.number, NSEC.number, KEY, NXT])

/** What a zone is not signed with. The others are odd, but signers and servers take them. */
const UNSIGNABLE: ReadonlySet<StructureCode> = new Set([
  'ds-at-apex',
  'cname-and-other',
  'cname-several',
  'dname-several',
] as const)

/** The faults of all names for which a zone is not signed. */
export function findUnsignable(zone: Zone): FaultList<StructureCode> {
  const faults = new FaultList<StructureCode>(STRUCTURE_SEVERITIES)
  const add: typeof faults.add = (code, place, message) => {
    if (UNSIGNABLE.has(code)) faults.add(code, place, message)
  }
  for (let node = 0; node < zone.nodeCount; node++) checkNodeStructure(zone, node, { add })
  return faults
}

/** Adds the faults of one name. */
export function checkNodeStructure(zone: Zone, node: number, faults: Pick<FaultList<StructureCode>, 'add'>): void {
  const kind = zone.kinds[node]!
  const end = zone.nodes[node + 1]!
  const fault = (code: StructureCode, type: number, message: string): void =>
    faults.add(code, { octets: zone.table.octets, owner: zone.ownerOf(node), type }, message)
  let cnames = 0
  let dnames = 0
  let beside = 0
  for (let position = zone.nodes[node]!; position < end; ) {
    const type = zone.typeAt(position)
    const next = position + 1 === end ? end : zone.rrsetEnd(position, end)
    if (type === CNAME.number) cnames = next - position
    else if (type === DNAME.number) dnames = next - position
    else if (type === SOA.number && node > 0 && kind !== OCCLUDED) {
      fault('soa-not-at-apex', type, 'an SOA record below the apex: it belongs into a zone of its own')
    } else if (type === DS.number && node === 0) {
      fault('ds-at-apex', type, DS_AT_APEX)
    } else if (type === NS.number && kind !== OCCLUDED && isWildcard(zone.table.octets, zone.ownerOf(node))) {
      fault('wildcard-ns', type, WILDCARD_NS)
    }
    if (beside === 0 && !BESIDE_CNAME.has(type)) beside = type
    position = next
  }
  if (cnames > 1) {
    const message = `there are ${cnames} CNAME records; a name is the alias of one other: take the others out`
    fault('cname-several', CNAME.number, message)
  }
  if (dnames > 1) {
    const message = `there are ${dnames} DNAME records; a name has one at the most (RFC 6672 §2.4): take the others out`
    fault('dname-several', DNAME.number, message)
  }
  if (cnames > 0 && beside !== 0) {
    const message = `a CNAME stands beside ${typeMnemonic(beside)} records; an alias has no other data (RFC 2181 §10.1): take one of them out`
    fault('cname-and-other', CNAME.number, message)
  }
  if (dnames > 0 && kind === DELEGATION) fault('dname-and-ns', DNAME.number, DNAME_AT_CUT)
}

const DS_AT_APEX =
  'DS records stand at the apex; those of this zone belong into its parent (RFC 4035 §2.4): take them out'
const WILDCARD_NS = 'a wildcard owns NS records: a delegation cannot be one (RFC 4592 §4.2); write out the names'
const DNAME_AT_CUT = 'a DNAME stands beside NS records at a zone cut (RFC 6672 §2.3): take one of them out'
