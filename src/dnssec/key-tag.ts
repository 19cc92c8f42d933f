/**
 * Key tags (RFC 4034 Appendix B): 16 bits that let a validator choose among DNSKEYs. Not unique; a check, not an identity.
 */

/** The tag of DNSKEY (or KEY) rdata in `octets[at, end)`; 0 when it is too short to have one. */
export function computeKeyTag(rdata: Uint8Array, at = 0, end = rdata.length): number {
  if (end - at < 4) return 0
  if (rdata[at + 3] === 1) {
    // RSA/MD5: the most significant 16 of the least significant 24 bits of the modulus (B.1).
    return end - at < 7 ? 0 : (rdata[end - 3]! << 8) | rdata[end - 2]!
  }
  let sum = 0
  let i = at
  for (; i + 1 < end; i += 2) sum += (rdata[i]! << 8) | rdata[i + 1]!
  if (i < end) sum += rdata[i]! << 8
  return (sum + (sum >>> 16)) & 0xffff
}
