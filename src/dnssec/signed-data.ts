/**
 * Parts of what a signature covers (RFC 4034 §3.1.8.1), on octets: the RRSIG's own RDATA without the signature, and the owner
 * of the records. Signer, verifier and validator write the records themselves, each from the form in which it has them.
 */
import { countLabels, dropLabels, LOWER, skipName } from '../dns/name/index.ts'
import type { OctetWriter } from '../dns/octets.ts'

/** Offsets within RRSIG RDATA (RFC 4034 §3.1). */
export const RRSIG_ALGORITHM = 2
export const RRSIG_LABELS = 3
export const RRSIG_ORIGINAL_TTL = 4
export const RRSIG_EXPIRATION = 8
export const RRSIG_INCEPTION = 12
export const RRSIG_KEY_TAG = 16
export const RRSIG_SIGNER = 18

/** Appends the RDATA of the well-formed RRSIG at `at` up to its signature, the signer's name in lower case. */
export function writeSignedHead(octets: Uint8Array, at: number, out: OctetWriter): void {
  const signer = at + RRSIG_SIGNER
  out.bytes(octets, at, signer)
  lowerName(octets, signer, skipName(octets, signer), out)
}

/**
 * Appends the owner of the signed records: the name at `at` in lower case or, where the RRSIG counts fewer labels, the wildcard
 * that was expanded (RFC 4035 §5.3.2).
 */
export function writeSignedOwner(octets: Uint8Array, at: number, labels: number, out: OctetWriter): void {
  const own = countLabels(octets, at)
  // A leading `*` is not counted (RFC 4034 §3.1.3), so the wildcard itself comes out as it stands.
  const drop = own - labels
  if (drop <= 0) {
    lowerName(octets, at, skipName(octets, at), out)
    return
  }
  out.u8(1)
  out.u8(0x2a)
  const rest = dropLabels(octets, at, drop)
  lowerName(octets, rest, skipName(octets, rest), out)
}

/** Appends the name at `at` in lower case. */
export function lowerName(octets: Uint8Array, at: number, end: number, out: OctetWriter): void {
  out.ensure(end - at)
  const target = out.octets
  let to = out.length
  for (let i = at; i < end; i++) target[to++] = LOWER[octets[i]!]!
  out.length = to
}
