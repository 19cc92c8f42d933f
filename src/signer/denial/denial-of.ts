/** How a zone denies what it does not have, by what it holds: its own NSEC3PARAM, and the chain. */
import type { Name } from '../../dns/name/index.ts'
import { equalNames } from '../../dns/name/index.ts'
import { readU16 } from '../../dns/octets.ts'
import { NSEC, NSEC3, NSEC3PARAM } from '../../dns/rr/index.ts'
import type { RecordTable, ZoneView } from '../../zone/index.ts'
import type { Denial, Nsec3Parameters } from '../options.ts'
import { NSEC3_FLAGS, Nsec3Writer, OPT_OUT_FLAG } from './nsec3.ts'

/** What the NSEC3PARAM at the apex of an unordered table says, when there is one that can be followed; else NSEC. */
export function denialOfZone(table: RecordTable, apex: Name): Denial {
  const { octets, owner, type } = table
  for (let i = 0; i < table.count; i++) {
    if (type[i] !== NSEC3PARAM.number || !equalNames(octets, owner[i]!, apex.octets, 0)) continue
    const parameters = readNsec3Param(table.rdataOf(i))
    if (parameters !== undefined) return { kind: 'nsec3', ...parameters, optOut: hasOptOut(table) }
  }
  return { kind: 'nsec' }
}

/** The chain that a signed zone has; undefined when it has none that NSEC3PARAM announces, and no NSEC at the apex. */
export function denialOfView(view: ZoneView): Denial | undefined {
  const apex = view.node(view.apex)
  for (const { rdata } of apex?.rrsets.find(({ type }) => type === NSEC3PARAM.number)?.records ?? []) {
    const parameters = readNsec3Param(rdata)
    if (parameters === undefined) continue
    const chain = view.nsec3(new Nsec3Writer(view.apex, { ...parameters, optOut: false }).hashOf(view.apex))
    const flags = chain?.records[0]?.rdata[NSEC3_FLAGS]
    if (flags !== undefined) return { kind: 'nsec3', ...parameters, optOut: (flags & OPT_OUT_FLAG) !== 0 }
  }
  return view.has(view.apex, NSEC.number) ? { kind: 'nsec' } : undefined
}

/** Undefined for a hash algorithm other than SHA-1, the only one (RFC 5155 §11). */
function readNsec3Param(rdata: Uint8Array): Omit<Nsec3Parameters, 'optOut'> | undefined {
  if (rdata[0] !== 1) return undefined
  return { iterations: readU16(rdata, 2), salt: rdata.slice(5) }
}

/** Whether the NSEC3 records of the zone have the opt-out flag: NSEC3PARAM does not say so (RFC 5155 §4.1.2). */
function hasOptOut(table: RecordTable): boolean {
  for (let i = 0; i < table.count; i++) {
    if (table.type[i] === NSEC3.number) return (table.octets[table.rdata[i]! + NSEC3_FLAGS]! & OPT_OUT_FLAG) !== 0
  }
  return false
}
