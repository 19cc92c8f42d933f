/**
 * Which key signs which octets of a plan, and where the signature belongs. `PlanSigner` gives that to a key store; `fillSignatures`
 * signs at once with keys whose private half is in this thread: the lab's, those of tests.
 */
import { skipName } from '../dns/name/index.ts'
import { OctetWriter } from '../dns/octets.ts'
import { RRSIG } from '../dns/rr/index.ts'
import type { Signer } from '../dnssec/index.ts'
import { RRSIG_SIGNER } from '../dnssec/index.ts'
import { type RecordTable, writeSignedData } from '../zone/index.ts'
import { isKeyRrset, type SignerSet } from './signers.ts'

/** Opened keys of a plan, ready to sign, in its order. */
export type SignerPair = { readonly keys: readonly Signer[]; readonly zone: readonly Signer[] }

/** Throws DnsError `key-missing` when the private half of one was not opened. */
export function readySigners(signers: SignerSet): SignerPair {
  return { keys: signers.keys.map((key) => key.signer()), zone: signers.zone.map((key) => key.signer()) }
}

const RRSIG_TYPE = RRSIG.number
const data = new OctetWriter(4096)

/**
 * Fills the blank signatures of `order[from, to)`, which holds whole RRsets, each followed by its RRSIG records in the order
 * of the signers. `apexAt` is any offset at which the apex is the owner: key RRsets elsewhere are signed as all else.
 */
export function fillSignatures(
  table: RecordTable,
  order: Uint32Array,
  from: number,
  to: number,
  signers: SignerPair,
  apexAt: number,
): void {
  const { octets } = table
  visitSignatures(table, order, from, to, signers, apexAt, (signer, data, at) => signer.sign(data, octets, at))
}

/** Makes the signature of one key over `data`, which belongs at offset `at` of the table. `data` is good until the visit returns. */
export type VisitSignature<Key> = (key: Key, data: Uint8Array, at: number) => void

/** Calls `visit` for each signature of `order[from, to)`, with `keys` in the order of the plan's signers. */
export function visitSignatures<Key>(
  table: RecordTable,
  order: Uint32Array,
  from: number,
  to: number,
  keys: { readonly keys: readonly Key[]; readonly zone: readonly Key[] },
  apexAt: number,
  visit: VisitSignature<Key>,
): void {
  const { type, owner, rdata, octets } = table
  let rrset = from
  while (rrset < to) {
    const first = order[rrset]!
    let end = rrset + 1
    while (end < to && type[order[end]!] === type[first] && owner[order[end]!] === owner[first]) end++
    const chosen = isKeyRrset(type[first]!) && owner[first] === apexAt ? keys.keys : keys.zone
    let next = end
    for (let i = 0; next < to && type[order[next]!] === RRSIG_TYPE; i++, next++) {
      const at = rdata[order[next]!]!
      writeSignedData(table, order, rrset, end, at, data)
      const key = chosen[i]
      if (key === undefined) throw new Error('the plan has more signatures than signers')
      visit(key, data.octets.subarray(0, data.length), skipName(octets, at + RRSIG_SIGNER))
    }
    rrset = next
  }
}
