/**
 * What the options of a scenario mean for a resolver: a plain value. Options of logging and sizes say nothing here. Defaults are
 * those of the program that the file was written for.
 */
import { Name } from '../../src/dns/name/index.ts'
import { DNSKEY, DS } from '../../src/dns/rr/index.ts'
import type { TrustAnchor } from '../../src/dnssec/index.ts'
import { ROOT_HINTS, type RootHint, type RoutedZone } from '../../src/resolver/index.ts'
import { parseAddress, parseSocketAddress, type SocketAddress } from '../../src/transport/index.ts'
import { TEMPFILE } from './read-configuration.ts'
import { readRecord } from './records.ts'
import { type Configuration, type Option, type Scenario, ScenarioError } from './scenario.ts'

/** A zone that the resolver holds itself. */
export type HeldZoneSettings = {
  readonly zone: Name
  /** The name of the scenario's file. */
  readonly file: string
  readonly lines: readonly string[]
  /** Servers that it is transferred from. */
  readonly masters: readonly string[]
  /** Clients get answers from it, with AA. */
  readonly forClients: boolean
  /** Resolving takes its data from it. */
  readonly forResolving: boolean
  readonly fallback: boolean
  readonly checkZonemd: boolean
  readonly rejectWithoutZonemd: boolean
}

export type ScenarioSettings = {
  readonly hints: readonly RootHint[]
  readonly routed: readonly RoutedZone[]
  readonly zones: readonly HeldZoneSettings[]
  readonly zonemdPermissive: boolean
  readonly validate: boolean
  readonly anchors: readonly TrustAnchor[]
  /** Texts of files of trust points that follow their zone (RFC 5011), by the names of the files. */
  readonly anchorFiles: ReadonlyMap<string, readonly string[]>
  readonly negativeAnchors: readonly Name[]
  /** What signatures are held to; undefined: the loop clock. */
  readonly validationTime: number | undefined
  readonly ignoreTimes: boolean
  readonly skew: { readonly leastSeconds: number; readonly mostSeconds: number }
  readonly maxNsec3Iterations: number
  readonly hardenAlgorithmDowngrade: boolean
  readonly hardenDnssecStripped: boolean
  readonly acceptSha1BesideBetter: boolean
  readonly qnameMinimisation: boolean
  readonly aggressiveNsec: boolean
  readonly takeChildServers: boolean
  readonly ipv4: boolean
  readonly ipv6: boolean
  readonly allowLoopbackServers: boolean
  readonly minimalResponses: boolean
  readonly extendedErrors: boolean
  /** Clients that may ask without RD. */
  readonly snoopers: readonly string[]
  readonly prefetch: boolean
  readonly serveExpired: boolean
  readonly minTtl: number
  readonly maxTtl: number
  readonly maxAliases: number | undefined
}

export function configure({ configuration, dialect }: Scenario): ScenarioSettings {
  const { options } = configuration
  const isDeckard = dialect === 'deckard'
  const lastOption = (name: string): Option | undefined => options.findLast((option) => option.name === name)
  const last = (name: string): string | undefined => lastOption(name)?.values[0]
  const flag = (name: string, otherwise: boolean): boolean => isYes(last(name), otherwise)
  const number = (name: string, otherwise: number): number => {
    const option = lastOption(name)
    return option === undefined ? otherwise : readOption(option, readNumber)
  }
  const each = <T>(name: string, read: (text: string) => T): T[] =>
    options.filter((option) => option.name === name).map((option) => readOption(option, read))
  const all = (name: string): string[] =>
    options.filter((option) => option.name === name).map(({ values }) => values.join(' '))
  const time = [...each('val-override-date', readTime), ...each('val-override-timestamp', readTime)].at(-1)
  const limits = (last('val-nsec3-keysize-iterations') ?? '1024 150').split(/\s+/).map(Number)
  return {
    hints: hintsOf(options),
    routed: routesOf(options),
    zones: zonesOf(configuration),
    zonemdPermissive: flag('zonemd-permissive-mode', false),
    validate: last('module-config')?.includes('validator') ?? true,
    anchors: each('trust-anchor', readAnchor),
    anchorFiles: configuration.anchorFiles,
    negativeAnchors: each('domain-insecure', (text) => Name.parse(text)),
    validationTime: time === -1 ? undefined : time,
    ignoreTimes: time === -1,
    // Deckard's scenarios were made with a resolver that takes times as they stand.
    skew: isDeckard
      ? { leastSeconds: 0, mostSeconds: 0 }
      : { leastSeconds: number('val-sig-skew-min', 3600), mostSeconds: number('val-sig-skew-max', 86400) },
    maxNsec3Iterations: Math.max(...limits.filter((_, i) => i % 2 === 1)),
    hardenAlgorithmDowngrade: flag('harden-algo-downgrade', false),
    hardenDnssecStripped: flag('harden-dnssec-stripped', true),
    acceptSha1BesideBetter: !flag('harden-algo-downgrade', true),
    qnameMinimisation: isDeckard ? flag('query-minimization', true) : flag('qname-minimisation', true),
    aggressiveNsec: flag('aggressive-nsec', true),
    // A resolver that hardens the path of referrals asks a zone for its own NS records. The product takes those that come with answers.
    takeChildServers: !flag('iter-scrub-promiscuous', true) || flag('harden-referral-path', false),
    ipv4: flag('do-ip4', true),
    ipv6: flag('do-ip6', true),
    allowLoopbackServers: !flag('do-not-query-localhost', true),
    minimalResponses: flag('minimal-responses', true),
    extendedErrors: flag('ede', isDeckard),
    snoopers: all('access-control')
      .filter((text) => text.includes('allow_snoop'))
      .map((text) => text.split(/\s+/)[0] ?? ''),
    prefetch: flag('prefetch', false),
    serveExpired: flag('serve-expired', false),
    minTtl: number('cache-min-ttl', 0),
    maxTtl: number('cache-max-ttl', 86400),
    maxAliases: last('max-query-restarts') === undefined ? undefined : number('max-query-restarts', 11),
  }
}

/** What `read` makes of the value of an option; its errors with the line of the option. */
function readOption<T>(option: Option, read: (text: string) => T): T {
  try {
    return read(option.values.join(' '))
  } catch (error) {
    throw new ScenarioError(`${option.name}: ${error instanceof Error ? error.message : error}`, option.line)
  }
}

function readNumber(text: string): number {
  const number = Number(text)
  if (text === '' || !Number.isFinite(number)) throw new Error(`'${text}' is no number`)
  return number
}

function isYes(value: string | undefined, otherwise: boolean): boolean {
  return value === undefined ? otherwise : /^(yes|on|true|1)$/i.test(value)
}

/** `YYYYMMDDHHMMSS`, or seconds since 1970; -1: times are not looked at. */
function readTime(text: string): number {
  const parts = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(text)?.slice(1).map(Number)
  if (parts === undefined) return readNumber(text)
  const [year = 0, month = 1, day = 1, hours = 0, minutes = 0, seconds = 0] = parts
  return Date.UTC(year, month - 1, day, hours, minutes, seconds) / 1000
}

function readAnchor(text: string): TrustAnchor {
  const { owner, type, rdata } = readRecord(text, { origin: '.', ttl: 3600 })
  if (type !== DS.number && type !== DNSKEY.number) throw new Error(`no trust anchor: ${text}`)
  return { zone: owner, kind: type === DS.number ? 'ds' : 'dnskey', rdata }
}

/** Options by clauses of one kind. Flat options are one clause of every kind. */
function clausesOf(options: readonly Option[], kind: string): Option[][] {
  const numbers = new Set(options.filter(({ clause }) => clause === kind).map(({ clauseNumber }) => clauseNumber))
  return [...numbers].map((number) => options.filter(({ clauseNumber }) => clauseNumber === number))
}

function valuesOf(clause: readonly Option[], name: string): string[] {
  return clause.filter((option) => option.name === name).flatMap(({ values }) => values)
}

function readAll<T>(clause: readonly Option[], name: string, read: (text: string) => T): T[] {
  return clause.filter((option) => option.name === name).map((option) => readOption(option, read))
}

function nameOf(clause: readonly Option[]): Name {
  const option = clause.find(({ name }) => name === 'name')
  return option === undefined ? Name.root : readOption(option, (text) => Name.parse(text))
}

const DEFAULT_ROOT_SERVER = Name.parse('k.root-servers.net.')

/** The root servers are those of the stub zone `.`, or the `stub-addr` of a flat file; else those that the product knows. */
function hintsOf(options: readonly Option[]): readonly RootHint[] {
  const flat = options.filter(({ clauseNumber }) => clauseNumber === 0)
  const clauses = [flat, ...clausesOf(options, 'stub-zone').filter((clause) => nameOf(clause).isRoot)]
  const hints = clauses.flatMap((clause) => {
    const names = readAll(clause, 'stub-name', (text) => Name.parse(text))
    return readAll(clause, 'stub-addr', endpointOf).map(({ address }, i) => ({
      name: names[i] ?? names[0] ?? DEFAULT_ROOT_SERVER,
      addresses: [address],
    }))
  })
  return hints.length === 0 ? ROOT_HINTS : hints
}

function routesOf(options: readonly Option[]): RoutedZone[] {
  const stubs = clausesOf(options, 'stub-zone').filter((clause) => !nameOf(clause).isRoot)
  const flat = options.filter(({ clauseNumber }) => clauseNumber === 0)
  const forwards = clausesOf(options, 'forward-zone')
  if (valuesOf(flat, 'forward-addr').length > 0) forwards.push(flat)
  return [...stubs.map((clause) => routeOf(clause, 'stub')), ...forwards.map((clause) => routeOf(clause, 'forward'))]
}

function routeOf(clause: readonly Option[], kind: 'stub' | 'forward'): RoutedZone {
  const isTcp = isYes(valuesOf(clause, `${kind}-tcp-upstream`)[0], false)
  const servers = readAll(clause, `${kind}-addr`, endpointOf).map((endpoint) => ({
    endpoint,
    protocol: isTcp ? ('tcp' as const) : ('udp' as const),
  }))
  return { zone: nameOf(clause), kind, servers, first: isYes(valuesOf(clause, `${kind}-first`)[0], false) }
}

/** `ADDRESS@PORT`; what is none is told with the error of the product. */
function endpointOf(text: string): SocketAddress {
  const [address = '', port = '53'] = text.split('@')
  return { address: parseAddress(address) ?? parseSocketAddress(address, 53).address, port: Number(port) }
}

function zonesOf({ options, files }: Configuration): HeldZoneSettings[] {
  return clausesOf(options, 'auth-zone').map((clause) => {
    const flag = (name: string, otherwise: boolean): boolean => isYes(valuesOf(clause, name)[0], otherwise)
    const file = (valuesOf(clause, 'zonefile')[0] ?? '').replace(TEMPFILE, '')
    return {
      zone: nameOf(clause),
      file,
      lines: files.get(file) ?? [],
      masters: [...valuesOf(clause, 'master'), ...valuesOf(clause, 'primary')],
      forClients: flag('for-downstream', true),
      forResolving: flag('for-upstream', true),
      fallback: flag('fallback-enabled', false),
      checkZonemd: flag('zonemd-check', false),
      rejectWithoutZonemd: flag('zonemd-reject-absence', false),
    }
  })
}
