/** Where a resolution begins: at zones that the configuration names, at the deepest delegation that is known, or at the root. */
import { Name } from '../dns/name/index.ts'
import type { SteadySeconds } from '../dns/presentation/index.ts'
import { A, AAAA, DS, NS } from '../dns/rr/index.ts'
import type { Response, RRset } from '../dnssec/index.ts'
import type { Endpoint } from '../ports/index.ts'
import { type Caches, serverKey } from './cache/index.ts'
import { addAddresses, Delegation, DNS_PORT, serverNames } from './delegation.ts'
import type { ResolverSettings, RoutedZone } from './settings.ts'

/** Stands for this very server: the `Upstream` answers what goes there from the zones that it holds. */
export const OWN_SERVER: Endpoint = { address: new Uint8Array(0), port: 0 }
const OWN_KEY = serverKey(OWN_SERVER)

/** The nearest zone at or above a name that this server holds itself and that may be used for resolving. */
export type OwnZones = (name: Name) => Name | undefined

export class Routes {
  readonly #settings: ResolverSettings
  readonly #caches: Caches
  readonly #ownZone: OwnZones
  readonly #isOwnWord: (zone: Name) => boolean
  readonly #routed = new Map<string, RoutedZone>()
  readonly #own = new WeakSet<Response>()

  constructor(
    settings: ResolverSettings,
    caches: Caches,
    ownZone: OwnZones = () => undefined,
    isOwnWord: (zone: Name) => boolean = () => false,
  ) {
    this.#settings = settings
    this.#caches = caches
    this.#ownZone = ownZone
    this.#isOwnWord = isOwnWord
    for (const route of settings.routed) this.#routed.set(route.zone.key, route)
  }

  /**
   * Whether this server said so itself, of a zone that it speaks for. That is neither validated, as where it is asked directly, nor
   * kept: what changes in the zone shows at once.
   */
  isOwnWord(zone: Name, server: string): boolean {
    return server === OWN_KEY && this.#isOwnWord(zone)
  }

  /** Notes links of zones of our own. */
  noteOwn(link: Response, rest: readonly Response[]): void {
    this.#own.add(link)
    for (const other of rest) this.#own.add(other)
  }

  /** Whether the link is what a zone of our own says. */
  isOwn(link: Response): boolean {
    return this.#own.has(link)
  }

  /** The zone of the configuration that names are asked by, be it one that is held here. */
  routeOf(name: Name): RoutedZone | undefined {
    const route = this.#configured(name)
    const own = this.#ownZone(name)
    if (own === undefined || (route !== undefined && own.labelCount < route.zone.labelCount)) return route
    return { zone: own, kind: 'stub', servers: [{ endpoint: OWN_SERVER, protocol: 'tcp' }], first: true }
  }

  #configured(name: Name): RoutedZone | undefined {
    if (this.#routed.size === 0) return undefined
    for (let at = name; ; at = at.parent) {
      const route = this.#routed.get(at.key)
      if (route !== undefined) return route
      if (at.isRoot) return undefined
    }
  }

  /**
   * Where to ask for (name, type) first. `below`: only delegations of fewer labels than this count; `withoutRoute`: the zones of
   * the configuration do not.
   */
  start(
    name: Name,
    type: number,
    now: SteadySeconds,
    below = Number.POSITIVE_INFINITY,
    withoutRoute = false,
  ): Delegation {
    // A DS RRset is its parent's (RFC 4035 §3.1.4.1).
    const from = type === DS.number && !name.isRoot ? name.parent : name
    const route = withoutRoute ? undefined : this.routeOf(from)
    if (route?.kind === 'forward') return routeDelegation(route)
    for (let at = from; ; at = at.parent) {
      const labels = at.labelCount
      if (route !== undefined && labels <= route.zone.labelCount) return routeDelegation(route)
      if (labels < below) {
        const ns = this.#caches.rrsets.find(at, NS.number, now)
        if (ns !== undefined && ns.rrset.security !== 'bogus') {
          const delegation = this.fromNs(ns.rrset, [], at.isRoot ? 'root' : 'cache', now)
          if (delegation.servers.length > 0 || (!at.isRoot && delegation.targets.length > 0)) return delegation
        }
      }
      if (at.isRoot) return this.hints()
    }
  }

  /**
   * Whether (name, type), which is within the zone of `from`, is known to belong to a zone below it: by a delegation, or by the
   * configuration. Servers of `from` are not authoritative for it then (RFC 2181 §5.4.1).
   */
  isBelowCut(name: Name, type: number, { zone, kind }: Delegation, now: SteadySeconds): boolean {
    const highest = zone.labelCount
    let at = type === DS.number && !name.isRoot ? name.parent : name
    if (at.labelCount <= highest) return false
    const route = this.routeOf(at)
    if (route !== undefined && route.zone.labelCount > highest) return true
    // A forwarder resolves names of all zones.
    if (kind === 'forward') return false
    for (; at.labelCount > highest; at = at.parent) {
      // Unlike `find`, this is not counted as a question to the cache.
      const ns = this.#caches.rrsets.findStale(at, NS.number, now, 0)
      if (ns !== undefined && ns.rrset.security !== 'bogus') return true
    }
    return false
  }

  /** The root as the hints know it. */
  hints(): Delegation {
    const delegation = new Delegation(Name.root, 'root')
    for (const { addresses } of this.#settings.hints) {
      for (const address of addresses) {
        if (address.length === 4 ? this.#settings.ipv4 : this.#settings.ipv6) {
          delegation.add({ address, port: DNS_PORT })
        }
      }
    }
    return delegation
  }

  /** The servers of an NS RRset, with the addresses that came along or are known. */
  fromNs(ns: RRset, glue: readonly RRset[], kind: 'root' | 'cache' | 'referral', now: SteadySeconds): Delegation {
    const delegation = new Delegation(ns.owner, kind, kind === 'root' ? undefined : ns.expires)
    for (const name of serverNames(ns)) {
      delegation.names.push(name)
      let isKnown = false
      for (const type of [A.number, AAAA.number]) {
        const given = glue.find((set) => set.type === type && set.owner.equals(name))
        const rrset = given ?? this.#caches.rrsets.find(name, type, now)?.rrset
        if (rrset === undefined || rrset.security === 'bogus') continue
        const before = delegation.servers.length
        addAddresses(delegation, rrset, this.#settings)
        isKnown ||= delegation.servers.length > before
      }
      if (!isKnown) delegation.addTarget(name)
    }
    return delegation
  }
}

function routeDelegation({ zone, kind, servers }: RoutedZone): Delegation {
  const delegation = new Delegation(zone, kind)
  for (const { endpoint, protocol } of servers) delegation.add(endpoint, protocol)
  return delegation
}
