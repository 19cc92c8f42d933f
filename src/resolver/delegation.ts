/**
 * Whom to ask for names of a zone: the servers whose addresses are known, and the names of those whose addresses would have to be
 * looked up. One object serves one resolution, which notes in it what it tried.
 */
import { Name } from '../dns/name/index.ts'
import type { SteadySeconds } from '../dns/presentation/index.ts'
import { A, AAAA } from '../dns/rr/index.ts'
import type { RRset } from '../dnssec/index.ts'
import type { Endpoint, Protocol } from '../ports/index.ts'
import { serverKey } from './cache/index.ts'

export type Server = {
  readonly endpoint: Endpoint
  readonly protocol: Protocol
  /** Address and port, as a key. */
  readonly key: string
  /** How often this resolution asked it in vain. */
  failures: number
  /** It is not asked again in this resolution. */
  isOut: boolean
  /** It answers from a cache: the last resort. */
  isLastResort: boolean
}

/** The name of a server whose addresses are not known, or not all. */
export type Target = {
  readonly name: Name
  wasTried: boolean
  /** Types of addresses that were looked up. */
  readonly lookedUp: number[]
  /** Finding its address needs itself. */
  isCircle: boolean
}

/**
 * One resolution at servers of which all are silent: `full` waits as long as anywhere, `brief` asks one of them and does not wait
 * long, `over` has done so.
 */
export type Probe = 'none' | 'full' | 'brief' | 'over'

export type DelegationKind = 'root' | 'cache' | 'referral' | 'stub' | 'forward'

/** Names of servers and addresses that are taken from what servers say: more than zones have, and few enough to be gone through. */
const MOST_NAMES = 32
const MOST_SERVERS = 64

export class Delegation {
  readonly zone: Name
  readonly kind: DelegationKind
  readonly servers: Server[] = []
  readonly targets: Target[] = []
  /** All names of its servers. */
  readonly names: Name[] = []
  /** Whether names of its servers were looked up in the address family that is missing. */
  soughtOtherFamily = false
  /** The same for servers within the zone. */
  soughtWithin = false
  /** How its servers are asked that are known to be silent. */
  probe: Probe = 'none'
  /** When the delegation ends. What is learned through it about delegations ends no later (ghost domains, phoenix domains). */
  readonly expires: SteadySeconds
  /** Addresses that came with the referral for names out of its reach: for this zone the parent may name any, if nothing else helps. */
  readonly spare: RRset[] = []

  /** Without `expires` it has no end: the root, and zones of the configuration. */
  constructor(zone: Name, kind: DelegationKind, expires: SteadySeconds = Number.POSITIVE_INFINITY) {
    this.zone = zone
    this.kind = kind
    this.expires = expires
  }

  add(endpoint: Endpoint, protocol: Protocol = 'udp'): void {
    if (this.servers.length >= MOST_SERVERS) return
    const key = serverKey(endpoint)
    if (this.servers.some((server) => server.key === key)) return
    this.servers.push({ endpoint, protocol, key, failures: 0, isOut: false, isLastResort: false })
  }

  addTarget(name: Name): void {
    this.targets.push({ name, wasTried: false, lookedUp: [], isCircle: false })
  }
}

export const DNS_PORT = 53

/** Which learned addresses may be asked. */
export type AddressRules = { readonly ipv4: boolean; readonly ipv6: boolean; readonly allowLoopbackServers: boolean }

export function mayAsk(address: Uint8Array, rules: AddressRules): boolean {
  if (address.length === 4 ? !rules.ipv4 : !rules.ipv6) return false
  return isUnicast(address) && (rules.allowLoopbackServers || !isLoopback(address))
}

function isLoopback(address: Uint8Array): boolean {
  if (address.length === 4) return address[0] === 127
  return address.subarray(0, 15).every((octet) => octet === 0) && address[15] === 1
}

/** No server has such an address: "this network", multicast, the unspecified address, addresses of IPv4 in those of IPv6. */
function isUnicast(address: Uint8Array): boolean {
  if (address.length === 4) return address[0] !== 0 && (address[0] ?? 0) < 224
  if (address[0] === 0xff) return false
  const zeros = address.findIndex((octet) => octet !== 0)
  const isMapped = zeros === 10 && address[10] === 0xff && address[11] === 0xff
  return zeros >= 0 && !isMapped
}

/** Adds the addresses of an RRset of A or AAAA. */
export function addAddresses(delegation: Delegation, rrset: RRset, rules: AddressRules): void {
  const size = rrset.type === A.number ? 4 : rrset.type === AAAA.number ? 16 : 0
  for (const address of rrset.rdatas.slice(0, MOST_SERVERS)) {
    if (address.length === size && mayAsk(address, rules)) delegation.add({ address, port: DNS_PORT })
  }
}

/** The names in an NS RRset, the first of them where there are very many. */
export function serverNames(ns: RRset): Name[] {
  return ns.rdatas.slice(0, MOST_NAMES).map((rdata) => Name.fromOctets(rdata))
}
