/** What names look like: those of hosts (RFC 952, RFC 1123 §2.1), and addresses that were written in place of a name. */
import { isWildcard } from '../../dns/name/index.ts'

const HYPHEN = 0x2d

/** 1: letter or digit; 2: hyphen; 0: neither. */
const KINDS: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) => {
  if (octet === HYPHEN) return 2
  const lower = octet | 0x20
  return (octet >= 0x30 && octet <= 0x39) || (lower >= 0x61 && lower <= 0x7a) ? 1 : 0
})

/** Whether each label has letters, digits and hyphens only, and begins and ends without hyphen. A wildcard's `*` is let pass. */
export function isHostName(octets: Uint8Array, at: number): boolean {
  if (isWildcard(octets, at)) at += 2
  for (let length = octets[at]!; length !== 0; length = octets[at]!) {
    if (KINDS[octets[at + 1]!] !== 1 || KINDS[octets[at + length]!] !== 1) return false
    for (let i = at + 2; i < at + length; i++) if (KINDS[octets[i]!] === 0) return false
    at += length + 1
  }
  return true
}

/** Whether the name begins with four labels that make an IPv4 address, or its one label has the colons of an IPv6 address. */
export function isAddressText(octets: Uint8Array, at: number): boolean {
  if (octets[at] === 0) return false
  let colons = 0
  for (let i = at + 1; i <= at + octets[at]!; i++) if (octets[i] === 0x3a) colons++
  if (colons > 1) return true
  for (let label = 0; label < 4; label++) {
    const length = octets[at]!
    if (length === 0 || length > 3) return false
    let value = 0
    for (let i = at + 1; i <= at + length; i++) {
      const digit = octets[i]! - 0x30
      if (digit < 0 || digit > 9) return false
      value = value * 10 + digit
    }
    if (value > 255) return false
    at += length + 1
  }
  return true
}
