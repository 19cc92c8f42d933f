/** Which address is whose. All ask and answer at port 53, in a network namespace of the lab. */
import type { Host, ZonePlan } from './zone-plan.ts'

/** The servers: those of the root, of the top-level domains, and of all else, where a zone and its parent may meet on one. */
export type Server = `${'root' | 'top' | 'low'}-${Host}`

const PLACES = 4

const NETS: Readonly<Record<Server, string>> = {
  'root-nsd': '198.18.1',
  'root-knot': '198.18.2',
  'top-nsd': '198.18.16',
  'top-knot': '198.18.17',
  'low-nsd': '198.18.32',
  'low-knot': '198.18.33',
}

export const SERVERS: readonly Server[] = ['root-nsd', 'root-knot', 'top-nsd', 'top-knot', 'low-nsd', 'low-knot']

/** Where a server listens. */
export function listenAddresses(server: Server): string[] {
  return Array.from({ length: PLACES }, (_, i) => `${NETS[server]}.${i + 1}`)
}

export function serversOf({ level, hosts }: ZonePlan): Server[] {
  const height = level === 'root' || level === 'top' ? level : 'low'
  return hosts.map((host): Server => `${height}-${host}`)
}

/** The addresses of a zone's name servers. */
export function addressesOf(plan: ZonePlan): string[] {
  const place = 1 + (plan.number % PLACES)
  return serversOf(plan).map((server) => `${NETS[server]}.${place}`)
}

/**
 * Everything that name servers answer from, for tests of networks (RFC 2544) and nobody's: loopback addresses would not do, since
 * Knot Resolver takes none from others. The device of it is the loopback device all the same.
 */
export const SERVER_NET = '198.18.0.0/15'

/** Queries to that net leave from here, unless a resolver says otherwise. */
export const USUAL_SOURCE = '198.18.0.1'
