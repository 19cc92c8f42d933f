/**
 * Puts the digest into a signed zone's ZONEMD records (RFC 8976 §3): the last step of a signing but for their own signatures, since
 * the digest covers every other one.
 */
import { ZONEMD } from '../dns/rr/index.ts'
import { computeZonemd, Zone } from '../zone/index.ts'
import type { SigningPlan } from './signing-plan.ts'

/** Offset of the digest within ZONEMD RDATA: serial, scheme, hash algorithm. */
const DIGEST = 6

/**
 * All other signatures of the plan are there; those over `plan.zonemd` are made after this. Their order stays: two
 * ZONEMD records differ in the hash algorithm, which stands before the digest. Does nothing for a plan without ZONEMD.
 */
export function finishZonemd(plan: SigningPlan): void {
  if (plan.zonemd === undefined) return
  const { table } = plan.zone
  // The order of the digest is the canonical one of the whole signed zone, NSEC3 owners among the others.
  const { records } = Zone.arrange(plan.zone.apex, table)
  for (let position = plan.zonemd.from; position < plan.zonemd.to; position++) {
    const index = plan.order[position]!
    if (table.type[index] !== ZONEMD.number) continue
    const at = table.rdata[index]!
    const hash = table.octets[at + 5] === 2 ? 2 : 1
    table.octets.set(computeZonemd(table, records, plan.zone.apex, hash), at + DIGEST)
  }
}
