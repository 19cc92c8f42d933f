/** The settings of a resolver that nobody told otherwise. */
import { ROOT_HINTS } from './root-hints.ts'
import { DEFAULT_LIMITS, DEFAULT_UDP_PAYLOAD_SETTING, type ResolverSettings } from './settings.ts'

export const USUAL_RESOLVER_SETTINGS: ResolverSettings = {
  hints: ROOT_HINTS,
  prime: true,
  routed: [],
  validate: true,
  qnameMinimisation: true,
  caseRandomisation: false,
  ipv4: true,
  ipv6: true,
  allowLoopbackServers: false,
  privateAddresses: [],
  privateDomains: [],
  aggressiveNsec: true,
  prefetch: false,
  serveStale: undefined,
  takeChildServers: false,
  keepEvidence: false,
  cookies: true,
  udpPayload: DEFAULT_UDP_PAYLOAD_SETTING,
  limits: DEFAULT_LIMITS,
}
