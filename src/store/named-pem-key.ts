/**
 * A bare PEM key that is named as a key (`Kexample.+013+12345.pem`): the name tells zone and algorithm, and the tag tells
 * which flags it was made with.
 */
import { DnsError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import { FLAG_REVOKE, FLAG_SEP, FLAG_ZONE, type KeyNameParts, parsePemKey, type SigningKey } from '../dnssec/index.ts'

const FLAGS = [FLAG_ZONE, FLAG_ZONE | FLAG_SEP, FLAG_ZONE | FLAG_REVOKE, FLAG_ZONE | FLAG_SEP | FLAG_REVOKE]

/** Reads it. Throws DnsError `key-invalid` when no flags give the tag in the name. */
export function parseNamedPemKey(text: string, file: string, named: KeyNameParts): SigningKey {
  const zone = readZoneText(named.zoneText)
  const first = parsePemKey(text, file, { zone, algorithm: named.algorithm, flags: FLAG_ZONE })
  for (const flags of FLAGS) {
    const key = first.with({ flags, role: (flags & FLAG_SEP) === 0 ? 'zsk' : 'ksk' })
    if (key.tag === named.tag) return key
  }
  throw new DnsError('key-invalid', `${file}: the key in it does not have the tag ${named.tag} of its name`)
}

/** The zone from its part of a key's name: `%2F` is the octet 0x2F. */
function readZoneText(text: string): Name {
  return Name.parse(text.replaceAll(/%([0-9A-F]{2})/g, (_, hex: string) => `\\${octetText(Number.parseInt(hex, 16))}`))
}

function octetText(octet: number): string {
  return String(octet).padStart(3, '0')
}
