/**
 * A private key whose file is named as a key (`Kexample.+013+12345.pem`, or such a `.private` file without its `.key` file):
 * the name tells zone and algorithm, and the tag tells which flags it was made with.
 */
import { DnsError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import {
  FLAG_REVOKE,
  FLAG_SEP,
  FLAG_ZONE,
  type KeyNameParts,
  parsePemKey,
  parsePrivateFile,
  type SigningKey,
} from '../dnssec/index.ts'

const FLAGS = [FLAG_ZONE, FLAG_ZONE | FLAG_SEP, FLAG_ZONE | FLAG_REVOKE, FLAG_ZONE | FLAG_SEP | FLAG_REVOKE]

/** Reads a PEM key. Throws DnsError `key-invalid` when no flags give the tag in the name. */
export function parseNamedPemKey(text: string, file: string, named: KeyNameParts): SigningKey {
  const zone = readZoneText(named.zoneText)
  const { algorithm } = named
  return withTag(parsePemKey(text, file, { zone, algorithm, flags: FLAG_ZONE }), file, named)
}

/** Reads a private file. Throws DnsError `key-invalid` when it is of another algorithm, or no flags give the tag in the name. */
export function parseNamedPrivateFile(text: string, file: string, named: KeyNameParts): SigningKey {
  const first = parsePrivateFile({ file, text }, { zone: readZoneText(named.zoneText), flags: FLAG_ZONE })
  if (first.algorithm === named.algorithm) return withTag(first, file, named)
  throw new DnsError('key-invalid', `${file}: the key in it is of algorithm ${first.algorithm}, unlike its name`)
}

/** The key with the flags that give the tag of the name. */
function withTag(first: SigningKey, file: string, { tag }: KeyNameParts): SigningKey {
  for (const flags of FLAGS) {
    const key = first.with({ flags, role: (flags & FLAG_SEP) === 0 ? 'zsk' : 'ksk' })
    if (key.tag === tag) return key
  }
  throw new DnsError('key-invalid', `${file}: the key in it does not have the tag ${tag} of its name`)
}

/** The zone from its part of a key's name: `%2F` is the octet 0x2F. */
function readZoneText(text: string): Name {
  return Name.parse(text.replaceAll(/%([0-9A-F]{2})/g, (_, hex: string) => `\\${octetText(Number.parseInt(hex, 16))}`))
}

function octetText(octet: number): string {
  return String(octet).padStart(3, '0')
}
