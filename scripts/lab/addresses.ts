/** Which address of loopback is whose. All ask and answer at port 53, in a network namespace of the lab. */
import type { Host, ZonePlan } from './zone-plan.ts'

/** The servers: those of the root, of the top-level domains, and of all else, where a zone and its parent may meet on one. */
export type Server = `${'root' | 'top' | 'low'}-${Host}`

const PLACES = 4

const NETS: Readonly<Record<Server, string>> = {
  'root-nsd': '127.0.1',
  'root-knot': '127.0.2',
  'top-nsd': '127.1.0',
  'top-knot': '127.1.1',
  'low-nsd': '127.2.0',
  'low-knot': '127.2.1',
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

/** Everything that name servers answer from. */
export const SERVER_NETS = ['127.0.1.0/24', '127.0.2.0/24', '127.1.0.0/16', '127.2.0.0/16'] as const
