/**
 * Plans a signing: every record of the signed zone, in the order of the output, the signatures still blank.
 *
 * The plan walks the zone once. Each RRset is followed by its RRSIG records, whose RDATA is complete but for the signature's
 * octets; the chain of denial comes with the names (NSEC) or after them (NSEC3). `PlanSigner` then makes the signatures,
 * any part of the plan in any thread.
 *
 * What it does not do: sign, print.
 */
import { DnsError } from '../dns/errors.ts'
import type { Name } from '../dns/name/index.ts'
import { SOA, ZONEMD } from '../dns/rr/index.ts'
import { type RecordTable, Zone } from '../zone/index.ts'
import { prepareApex } from './apex.ts'
import { denialOfZone } from './denial/denial-of.ts'
import { chainNodes, NsecChain } from './denial/nsec-chain.ts'
import { addNsec3Chain } from './denial/nsec3-chain.ts'
import { isChained } from './node-rules.ts'
import { type Denial, denialWarnings, type SigningOptions } from './options.ts'
import { Planner, type SigningCounts } from './planner.ts'
import { refuseUnsignable } from './refusals.ts'
import { chooseSigners, type SignerSet } from './signers.ts'
import { findTimeFault } from './signing-times.ts'
import type { ZoneDnskey } from './zone-dnskeys.ts'

export type SigningPlan = {
  readonly zone: Zone
  /** Serial of the SOA. */
  readonly serial: number
  readonly denial: Denial
  /** Indices of all records of the signed zone, in the order of the output; shared memory. */
  readonly order: Uint32Array
  /** Positions in `order` at which it may be divided: each part holds whole RRsets with their signatures. */
  readonly parts: Uint32Array
  readonly signers: SignerSet
  /** All DNSKEY records of the signed zone, and whose they are. */
  readonly dnskeys: readonly ZoneDnskey[]
  /** What the one who signs should know of the keys and the way of denial. */
  readonly warnings: readonly string[]
  /** Positions of the ZONEMD RRset and its signatures; the digest is made last. */
  readonly zonemd: { readonly from: number; readonly to: number } | undefined
  readonly counts: SigningCounts
}

/**
 * From the records of a zone to the plan of its signing: which key signs what, what the apex gets, which records there will
 * be. The table is changed. Throws DnsError `zone-invalid`, `signing-refused` or `key-missing` before anything is signed.
 */
export function planSigning(table: RecordTable, apex: Name, options: SigningOptions): SigningPlan {
  const timeFault = findTimeFault(options)
  if (timeFault !== undefined) throw new DnsError('signing-refused', timeFault)
  const denial = options.denial ?? denialOfZone(table, apex)
  const signers = chooseSigners(options.signWith, options.publish, denial.kind === 'nsec3')
  const { serial, negativeTtl, dnskeys, warnings: ofApex } = prepareApex(table, apex, options, signers, denial)
  const warnings = [...signers.warnings, ...denialWarnings(denial), ...ofApex]
  const zone = Zone.arrange(apex, table)
  refuseUnsignable(zone)
  return { serial, denial, dnskeys, warnings, ...layOut(zone, signers, options, denial, negativeTtl) }
}

/** Adds the records of signing to the zone's table, in the order of the output. */
function layOut(
  zone: Zone,
  signers: SignerSet,
  options: SigningOptions,
  denial: Denial,
  negativeTtl: number,
): Omit<SigningPlan, 'serial' | 'denial' | 'dnskeys' | 'warnings'> {
  const planner = new Planner(zone, signers, options, negativeTtl)
  const nodes = chainNodes(zone)
  const nsec = denial.kind === 'nsec' ? new NsecChain(planner, nodes) : undefined
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
    if (isChained(zone.kinds[node]!)) nsec?.addFor(node)
  }
  if (denial.kind === 'nsec3') addNsec3Chain(planner, nodes, denial)
  return { zone, ...planner.finish(), signers, zonemd }
}
