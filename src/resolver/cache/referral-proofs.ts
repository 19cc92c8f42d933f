/**
 * The NSEC and NSEC3 records that came with a referral: perhaps they prove that the zone has no DS (RFC 4035 §3.1.4.1), and then
 * nobody need be asked for it. Nobody has checked them.
 */
import type { Name } from '../../dns/name/index.ts'
import type { SteadySeconds } from '../../dns/presentation/index.ts'
import type { RRset } from '../../dnssec/index.ts'
import { BoundedTable } from './bounded-table.ts'
import { octetsOfRrsets } from './octet-sizes.ts'

export class ReferralProofs {
  readonly #table: BoundedTable<readonly RRset[]>

  constructor(maxOctets: number) {
    this.#table = new BoundedTable(maxOctets, (proofs, now) => endOf(proofs) <= now)
  }

  /** The proofs that came with the referral to `zone`, while all of them are good. */
  find(zone: Name, now: SteadySeconds): readonly RRset[] | undefined {
    const proofs = this.#table.find(zone.key, 0)
    return proofs !== undefined && endOf(proofs) > now ? proofs : undefined
  }

  put(zone: Name, proofs: readonly RRset[], now: SteadySeconds): void {
    this.#table.put(zone.key, 0, proofs, octetsOfRrsets(proofs), now)
  }

  deleteWhere(goes: (rrset: RRset) => boolean): number {
    return this.#table.deleteWhere((proofs) => proofs.some(goes))
  }

  clear(): void {
    this.#table.clear()
  }
}

function endOf(proofs: readonly RRset[]): SteadySeconds {
  return Math.min(...proofs.map(({ expires, security }) => (security === 'bogus' ? 0 : expires)))
}
