/**
 * Settings that would have no effect are refused: an operator who gives one relies on it. Those that wait for a part of the server
 * that is not there yet, and those that another setting makes idle. A section that is switched off as a whole may keep its settings.
 */
import type { Contradiction } from './contradictions.ts'
import type { ParsedConfiguration } from './schema.ts'

type Zone = ParsedConfiguration['zones'][number]
type PrimaryZone = Extract<Zone, { type: 'primary' }>

const SIGN_FILE =
  "this release does not sign while it serves: sign the file with 'signet zone sign' and remove this setting"

/** dnstap messages that the server makes. */
const TAPPED: ReadonlySet<string> = new Set(['auth-query', 'auth-response', 'update-query', 'update-response'])

export function findWithoutEffect(configuration: ParsedConfiguration): Contradiction[] {
  const { policies, zones, server, dnstap, resolver } = configuration
  const found: Contradiction[] = []
  if (policies.length > 0) found.push({ path: ['policies'], reason: `has no effect: ${SIGN_FILE}` })
  for (const [i, zone] of zones.entries()) {
    if (zone.type !== 'primary') continue
    for (const [key, reason] of findInZone(zone)) found.push({ path: ['zones', i, key], reason })
  }
  if (server.tls?.clientAuthorities !== undefined) {
    const reason =
      'has no effect: no access list asks for a client certificate yet; use TSIG keys, and remove this setting'
    found.push({ path: ['server', 'tls', 'clientAuthorities'], reason })
  }
  for (const [i, message] of (dnstap?.messages ?? []).entries()) {
    if (TAPPED.has(message)) continue
    const reason = `has no effect: ${message} is not written yet; there are ${[...TAPPED].join(', ')}`
    found.push({ path: ['dnstap', 'messages', i], reason })
  }
  for (const [path, reason] of findInResolver(resolver)) found.push({ path: ['resolver', ...path], reason })
  return found
}

function* findInZone(zone: PrimaryZone): Generator<[key: string, reason: string]> {
  if (zone.policy !== undefined) yield ['policy', `has no effect: ${SIGN_FILE}`]
  if (zone.zonemd !== 'no') {
    yield ['zonemd', "has no effect: make the digest with 'signet zone sign --zonemd' and remove this setting"]
  }
  if (zone.allowUpdate.entries.length > 0) {
    const remedy = "change the file and run 'signet zone reload', and remove this setting"
    yield ['allowUpdate', `has no effect: this release takes no dynamic updates (RFC 2136): ${remedy}`]
  }
  if (zone.catalog === undefined) return
  const why = 'has no effect on a catalog that is made from memberOf: remove it'
  if (zone.file !== undefined) yield ['file', why]
  if (zone.notifyNameservers) yield ['notifyNameservers', `${why}, and list its secondaries in notify`]
}

function* findInResolver(
  resolver: ParsedConfiguration['resolver'],
): Generator<[path: readonly string[], reason: string]> {
  const { enabled, mode, forwarders, forwardFirst, localRoot, privateAddresses, privateDomains, flightRecorder } =
    resolver
  if (privateDomains.length > 0 && privateAddresses.length === 0)
    yield [['privateDomains'], 'has no effect without privateAddresses: give both, or neither']
  if (!flightRecorder.enabled && flightRecorder.maxMemory !== undefined)
    yield [['flightRecorder', 'maxMemory'], 'has no effect with flightRecorder.enabled: off: turn it on, or remove it']
  if (!enabled) {
    for (const key of ['privateAddresses', 'privateDomains'] as const)
      if (resolver[key].length > 0) yield [[key], 'has no effect without resolver.enabled: on']
    return
  }
  const idle = 'has no effect with mode: recursive: give mode: forward, or remove it'
  if (mode === 'recursive' && forwarders.length > 0) yield [['forwarders'], idle]
  if (mode === 'recursive' && forwardFirst) yield [['forwardFirst'], idle]
  if (mode === 'forward' && localRoot.enabled)
    yield [['localRoot', 'enabled'], 'has no effect with mode: forward: give mode: recursive, or turn it off']
}
