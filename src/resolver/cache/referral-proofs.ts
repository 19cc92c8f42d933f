/**
 * The NSEC and NSEC3 records that came with a referral or an alias: perhaps they prove that a zone has no DS (RFC 4035 §3.1.4.1),
 * so that its DS need not be asked for. They are not validated when they are put.
 */
import { equalNames, type Name, nameEnd } from '../../dns/name/index.ts'
import type { SteadySeconds } from '../../dns/presentation/index.ts'
import { RRSIG_SIGNER, type RRset } from '../../dnssec/index.ts'
import { findSigner } from '../../validator/index.ts'
import { BoundedTable } from './bounded-table.ts'
import { octetsOfRrsets } from './octet-sizes.ts'

/** Records that one zone has signed. */
export type SignedProofs = { readonly signer: Name; readonly records: readonly RRset[] }

/** An entry beside its records. */
const ENTRY_OCTETS = 100

export class ReferralProofs {
  readonly #table: BoundedTable<SignedProofs>

  constructor(maxOctets: number) {
    this.#table = new BoundedTable(maxOctets, (proofs, now) => endOf(proofs) <= now)
  }

  /** The proofs that came with the referral to `zone`, while all of them are good. */
  find(zone: Name, now: SteadySeconds): SignedProofs | undefined {
    const proofs = this.#table.find(zone.key, 0)
    return proofs !== undefined && endOf(proofs) > now ? proofs : undefined
  }

  /** Keeps those of the records that may be evidence for `zone`: of the deepest signer above it. Those of others say nothing of it. */
  put(zone: Name, records: readonly RRset[], now: SteadySeconds): void {
    const signer = zone.isRoot ? undefined : findSigner(records, zone.parent)
    if (signer === undefined) return
    const isOfSigner = (set: RRset): boolean => isSignedBy(set, signer)
    const kept = records.every(isOfSigner) ? records : records.filter(isOfSigner)
    this.#table.put(zone.key, 0, { signer, records: kept }, ENTRY_OCTETS + octetsOfRrsets(kept), now)
  }

  deleteWhere(goes: (rrset: RRset) => boolean): number {
    return this.#table.deleteWhere(({ records }) => records.some(goes))
  }

  clear(): void {
    this.#table.clear()
  }
}

function isSignedBy({ signatures }: RRset, { octets }: Name): boolean {
  return signatures.some(
    (rrsig) => nameEnd(rrsig, RRSIG_SIGNER, rrsig.length) >= 0 && equalNames(rrsig, RRSIG_SIGNER, octets, 0),
  )
}

function endOf({ records }: SignedProofs): SteadySeconds {
  let end = Number.POSITIVE_INFINITY
  for (const { expires, security } of records) end = Math.min(end, security === 'bogus' ? 0 : expires)
  return end
}
