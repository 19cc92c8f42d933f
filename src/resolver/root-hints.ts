/** Where the root servers are: as built in, or as a file of hints says (RFC 8109 §2). They are asked first who they really are. */
import { TextError } from '../dns/errors.ts'
import { Name } from '../dns/name/index.ts'
import { copyOctets, OctetWriter } from '../dns/octets.ts'
import { addressOctets } from '../dns/rr/index.ts'
import { parseMasterFile, textSource } from '../dns/text/index.ts'
import type { RootHint } from './settings.ts'

const TYPE_A = 1
const TYPE_NS = 2
const TYPE_AAAA = 28

/** a to m: addresses of the root servers, as published by IANA. */
const ADDRESSES: readonly (readonly [string, string])[] = [
  ['198.41.0.4', '2001:503:ba3e::2:30'],
  ['170.247.170.2', '2801:1b8:10::b'],
  ['192.33.4.12', '2001:500:2::c'],
  ['199.7.91.13', '2001:500:2d::d'],
  ['192.203.230.10', '2001:500:a8::e'],
  ['192.5.5.241', '2001:500:2f::f'],
  ['192.112.36.4', '2001:500:12::d0d'],
  ['198.97.190.53', '2001:500:1::53'],
  ['192.36.148.17', '2001:7fe::53'],
  ['192.58.128.30', '2001:503:c27::2:30'],
  ['193.0.14.129', '2001:7fd::1'],
  ['199.7.83.42', '2001:500:9f::42'],
  ['202.12.27.33', '2001:dc3::35'],
]

export const ROOT_HINTS: readonly RootHint[] = ADDRESSES.map((texts, i) => ({
  name: Name.parse(`${String.fromCharCode(0x61 + i)}.root-servers.net.`),
  addresses: texts.flatMap((text) => addressOctets(text) ?? []),
}))

/**
 * Reads a file of hints: NS records of the root, and A and AAAA records of the names in them. Throws TextError at what is no
 * record, and when no server of the root has an address.
 */
export function parseRootHints(text: string, file: string): RootHint[] {
  const servers = new Map<string, { name: Name; addresses: Uint8Array[] }>()
  const addresses: { owner: Name; address: Uint8Array }[] = []
  const out = new OctetWriter(4096)
  const record = (ownerAt: number, type: number, _ttl: number, rdataAt: number, rdataLength: number): void => {
    const owner = Name.fromOctets(out.octets, ownerAt)
    if (type === TYPE_NS && owner.isRoot) {
      const name = Name.fromOctets(out.octets, rdataAt)
      servers.set(name.key, { name, addresses: [] })
    } else if (type === TYPE_A || type === TYPE_AAAA) {
      addresses.push({ owner, address: copyOctets(out.octets, rdataAt, rdataAt + rdataLength) })
    }
  }
  parseMasterFile(textSource(text, file), { out, record }, { origin: Name.root, defaultTtl: 0, maxGenerated: 0 })
  for (const { owner, address } of addresses) servers.get(owner.key)?.addresses.push(address)
  const hints = [...servers.values()].filter((server) => server.addresses.length > 0)
  if (hints.length === 0) {
    throw new TextError('there is no NS record of the root whose name has an address', { file, line: 1, column: 1 })
  }
  return hints
}
