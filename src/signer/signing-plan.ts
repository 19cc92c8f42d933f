/**
 * Plans a signing: every record of the signed zone, in the order of the output, the signatures still blank.
 *
 * The plan walks the zone once. Each RRset is followed by its RRSIG records, whose RDATA is complete but for the signature's
 * octets; the chain of denial comes with the names (NSEC) or after them (NSEC3). `fillSignatures` then makes the signatures,
 * any part of the plan in any thread.
 *
 * What it does not do: choose keys (`signers.ts`), change the apex (`apex.ts`), sign, print.
 */
import { SOA, ZONEMD } from '../dns/rr/index.ts'
import { OCCLUDED, type Zone } from '../zone/index.ts'
import { chainNodes, NsecChain } from './nsec-chain.ts'
import { addNsec3Chain } from './nsec3-chain.ts'
import { Planner, type PlanOptions, type SigningCounts } from './planner.ts'
import type { SignerSet } from './signers.ts'

export type SigningPlan = {
  readonly zone: Zone
  /** Indices of all records of the signed zone, in the order of the output; shared memory. */
  readonly order: Uint32Array
  /** Positions in `order` at which it may be divided: each part holds whole RRsets with their signatures. */
  readonly parts: Uint32Array
  readonly signers: SignerSet
  /** Positions of the ZONEMD RRset and its signatures; the digest is made last. */
  readonly zonemd: { readonly from: number; readonly to: number } | undefined
  readonly counts: SigningCounts
}

/** Adds the records of signing to the zone's table and returns the plan. The zone's apex was prepared. */
export function planSigning(zone: Zone, signers: SignerSet, options: PlanOptions): SigningPlan {
  const planner = new Planner(zone, signers, options)
  const nodes = chainNodes(zone)
  const nsec = options.denial.kind === 'nsec' ? new NsecChain(planner, nodes) : undefined
  let zonemd: SigningPlan['zonemd']
  for (let node = 0; node < zone.nodeCount; node++) {
    planner.divide()
    const end = zone.nodes[node + 1]!
    // The apex's SOA comes before all else: many readers of zone files want it there.
    const soa = node === 0 ? zone.findRrset(0, SOA.number) : -1
    if (soa >= 0) planner.rrset(soa, zone.rrsetEnd(soa, end), 0)
    for (let position = zone.nodes[node]!; position < end; ) {
      const next = zone.rrsetEnd(position, end)
      const from = planner.count
      if (position !== soa) planner.rrset(position, next, node)
      if (node === 0 && zone.typeAt(position) === ZONEMD.number) zonemd = { from, to: planner.count }
      position = next
    }
    if (zone.kinds[node] !== OCCLUDED) nsec?.addFor(node)
  }
  if (options.denial.kind === 'nsec3') addNsec3Chain(planner, nodes, options.denial)
  return { zone, ...planner.finish(), signers, zonemd }
}
