/** From the words of the configuration to the settings that the pure floors take: whom to ask, what to keep, how to judge. */
import { Name } from '../../dns/name/index.ts'
import type { Endpoint, Protocol } from '../../ports/index.ts'
import {
  type CachesSettings,
  defaultCachesSettings,
  type Forwarder,
  parseRootHints,
  type ResolverSettings,
  ROOT_HINTS,
  type RoutedZone,
  USUAL_RESOLVER_SETTINGS,
} from '../../resolver/index.ts'
import { readTextFile } from '../../store/index.ts'
import { USUAL_VALIDATOR_SETTINGS, type ValidatorSettings } from '../../validator/index.ts'
import type { AskedServer, Configuration } from '../configuration/index.ts'

/** Most octets of a file of hints, or of certificates. */
const MAX_FILE = 4 << 20
/** What is known of servers is good for so long (seconds). */
const SERVER_SECONDS = 900
const MEBI = 2 ** 20

/** Whom to ask, and how. Reads the files that are named; throws DnsError when one cannot be used. */
export function resolverSettingsOf(configuration: Configuration, own: readonly RoutedZone[] = []): ResolverSettings {
  const { resolver, server } = configuration
  const { rootHints, validation, serveStale } = resolver
  return {
    ...USUAL_RESOLVER_SETTINGS,
    hints: rootHints === undefined ? ROOT_HINTS : parseRootHints(readTextFile(rootHints, MAX_FILE), rootHints),
    routed: [...own, ...routedZones(configuration)],
    validate: validation.enabled,
    qnameMinimisation: resolver.qnameMinimisation,
    caseRandomisation: resolver.caseRandomisation,
    ipv4: resolver.ipv4,
    ipv6: resolver.ipv6,
    allowLoopbackServers: resolver.allowLoopbackServers,
    privateAddresses: resolver.privateAddresses,
    privateDomains: resolver.privateDomains,
    aggressiveNsec: resolver.aggressiveNsec,
    takeChildServers: false,
    keepEvidence: false,
    cookies: resolver.cookies,
    prefetch: resolver.prefetch,
    serveStale: serveStale.enabled
      ? { maxSeconds: serveStale.maxSeconds, clientMilliseconds: serveStale.clientMilliseconds }
      : undefined,
    udpPayload: server.maxUdpPayload,
  }
}

/** Zones whose names are asked of servers that the configuration names. */
function routedZones({ resolver, zones }: Configuration): RoutedZone[] {
  const routed: RoutedZone[] = []
  for (const zone of zones) {
    if (zone.type === 'stub') {
      routed.push({ zone: zone.name, kind: 'stub', servers: zone.addresses.map(forwarderOf), first: false })
    } else if (zone.type === 'forward') {
      const servers = zone.forwarders.map(forwarderOf)
      routed.push({ zone: zone.name, kind: 'forward', servers, first: zone.forwardFirst })
    }
  }
  if (resolver.mode === 'forward' && !routed.some(({ zone }) => zone.isRoot)) {
    const servers = resolver.forwarders.map(forwarderOf)
    routed.push({ zone: Name.root, kind: 'forward', servers, first: resolver.forwardFirst })
  }
  return routed
}

/** Throws DnsError when its file of authorities cannot be read. */
export function forwarderOf({ address, port, tls, httpsPath }: AskedServer): Forwarder {
  const protocol: Protocol = httpsPath !== undefined ? 'https' : tls !== undefined ? 'tls' : 'udp'
  const endpoint: Endpoint = {
    address,
    port,
    ...(httpsPath !== undefined && { path: httpsPath }),
    ...(tls !== undefined && {
      tls: {
        verify: tls.verify,
        ...(tls.serverName !== undefined && { serverName: tls.serverName }),
        ...(tls.authorities !== undefined && { authorities: readTextFile(tls.authorities, MAX_FILE) }),
      },
    }),
  }
  return { endpoint, protocol }
}

/** What is kept. `secret` has 16 octets that nobody knows. */
export function cachesSettingsOf({ resolver }: Configuration, secret: Uint8Array): CachesSettings {
  const { cache, validation, serveStale } = resolver
  const staleSeconds = serveStale.enabled ? serveStale.maxSeconds : 0
  const { minTtl, maxTtl, maxNegativeTtl } = cache
  return {
    ...defaultCachesSettings(secret),
    rrsets: { maxOctets: cache.rrsetOctets, minTtl, maxTtl, staleSeconds },
    messages: {
      maxOctets: cache.messageOctets,
      maxNegativeTtl,
      bogusSeconds: validation.bogusSeconds,
      staleSeconds,
    },
    failures: { maxOctets: Math.max(MEBI, cache.messageOctets >>> 3), firstSeconds: cache.failureSeconds },
    denials: {
      maxOctets: Math.max(MEBI, cache.rrsetOctets >>> 2),
      maxNsec3Iterations: validation.maxNsec3Iterations,
      maxNegativeTtl,
    },
    infrastructure: {
      maxOctets: Math.max(MEBI, cache.rrsetOctets >>> 3),
      rememberSeconds: SERVER_SECONDS,
      secret,
    },
  }
}

/** How signatures and proofs are judged. */
export function validatorSettingsOf(validation: Configuration['resolver']['validation']): ValidatorSettings {
  const { skew, maxNsec3Iterations, hardenAlgorithmDowngrade, maxKeySeconds, bogusSeconds } = validation
  const { sharePercent, leastSeconds, mostSeconds } = skew
  return {
    ...USUAL_VALIDATOR_SETTINGS,
    maxNsec3Iterations,
    hardenAlgorithmDowngrade,
    skew: { share: sharePercent / 100, leastSeconds, mostSeconds },
    maxKeySeconds,
    bogusSeconds,
  }
}
