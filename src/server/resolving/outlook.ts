/** What of a configuration decides over the content of the resolver's answers: when it changes, nothing that is cached counts. */
import type { Configuration } from '../configuration/index.ts'

/** Of the settings, what decides over the content of answers. */
export function outlookOf({ resolver, zones }: Configuration): unknown {
  const { mode, forwarders, forwardFirst, rootHints, validation, negativeTrustAnchors, ...rest } = resolver
  const { specialNames, emptyZones, allowLoopbackServers, localRoot, privateAddresses, privateDomains } = rest
  const routed = zones.filter(({ type }) => type === 'forward' || type === 'stub')
  return [
    [mode, forwarders, forwardFirst, rootHints, validation, negativeTrustAnchors, routed],
    [specialNames, emptyZones, allowLoopbackServers, localRoot],
    [privateAddresses, privateDomains],
    // Names of our own zones are no special ones.
    zones.map(({ name }) => name),
  ]
}
