/** The zones of a simulated internet: given as text, delegated by each other, signed. */
import { Name } from '../../src/dns/name/index.ts'
import type { SigningKey } from '../../src/dnssec/index.ts'
import { fixedPair } from '../../src/signer/fixed-keys.fixture.ts'
import { type SignTextOptions, signText } from '../../src/signer/signing.fixture.ts'

export type ZoneOptions = {
  /** Records beside the SOA, the NS at the apex and what delegates the other zones. */
  readonly text?: string
  /** Addresses of its servers; without them it gets one of its own. */
  readonly at?: readonly string[]
  /** Those of them that the parent gives as glue; all of them by default. */
  readonly glue?: readonly string[]
  /** By default Ed25519 and NSEC, and the digest of the key in the parent. */
  readonly signing?: Omit<SignTextOptions, 'zone'> | 'unsigned'
  /** What the parent has instead of NS, addresses and DS; empty: nothing. */
  readonly delegation?: string
  /** DS RDATA as text, instead of the digests of the keys. */
  readonly ds?: readonly string[]
}

export type Zone = { readonly name: Name; readonly addresses: readonly string[]; readonly text: string }

/** Builds the zones, from the leaves to the root. `zones` maps names to what they are. */
export function buildZones(zones: Readonly<Record<string, ZoneOptions>>): Zone[] {
  const plans = Object.entries(zones).map(([apex, options], index) => {
    const name = Name.parse(apex)
    const { at = [name.isRoot ? '198.41.0.4' : `192.${100 + (index >> 8)}.${index & 255}.53`] } = options
    return { name, options, addresses: at, delegations: [] as string[] }
  })
  const byName = new Map(plans.map((plan) => [plan.name.key, plan]))
  for (const { name, options, addresses } of plans) {
    if (name.isRoot) continue
    let above = name.parent
    while (!above.isRoot && !byName.has(above.key)) above = above.parent
    byName
      .get(above.key)
      ?.delegations.push(options.delegation ?? delegate(name, options.glue ?? addresses, dsOf(name, options)))
  }
  return plans.map(({ name, options, addresses, delegations }) => {
    const { text = '', signing = {} } = options
    const records = [
      `$ORIGIN ${name}`,
      '$TTL 300',
      `@ SOA ${server(name)} host.invalid. 1 7200 3600 1209600 300`,
      servers(name, addresses),
      ...delegations,
      text,
      '',
    ].join('\n')
    return {
      name,
      addresses,
      text: signing === 'unsigned' ? records : signText(records, { ...signing, zone: name }).text,
    }
  })
}

/** The keys that a zone is signed with. */
export function keysOf(name: Name, { signing = {} }: ZoneOptions): readonly SigningKey[] {
  return signing === 'unsigned' ? [] : (signing.signWith ?? fixedPair(15, name))
}

function dsOf(name: Name, options: ZoneOptions): readonly string[] {
  if (options.ds !== undefined) return options.ds
  return keysOf(name, options)
    .filter((key) => key.signsKeys)
    .map((key) => {
      const rdata = key.dsRdata(2)
      const digest = rdata === 'unsupported' ? '' : rdata.subarray(4).toHex()
      return `${key.tag} ${key.algorithm} 2 ${digest}`
    })
}

function server(zone: Name): string {
  return zone.isRoot ? 'ns.' : `ns.${zone}`
}

function servers(zone: Name, addresses: readonly string[]): string {
  const glue = addresses.map((address) => `${server(zone)} ${address.includes(':') ? 'AAAA' : 'A'} ${address}`)
  return [`${zone} NS ${server(zone)}`, ...glue].join('\n')
}

function delegate(zone: Name, addresses: readonly string[], ds: readonly string[]): string {
  return [servers(zone, addresses), ...ds.map((rdata) => `${zone} DS ${rdata}`)].join('\n')
}
