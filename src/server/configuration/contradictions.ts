/** What the settings must be to each other: names that are named exist, and nothing is there twice. */
import type { Name } from '../../dns/name/index.ts'
import { formatSocketAddress, isWildcardAddress, type SocketAddress } from '../../transport/index.ts'
import { readTsigAlgorithm } from '../../tsig/index.ts'
import type { AccessList } from '../access-list.ts'
import { findNearest } from './nearest.ts'
import type { ParsedConfiguration } from './schema.ts'
import type { Remote } from './settings.ts'

type Path = readonly (string | number)[]
export type Contradiction = { readonly path: Path; readonly reason: string }
type Report = (path: Path, reason: string) => void
type Zone = ParsedConfiguration['zones'][number]
type Template = ParsedConfiguration['templates'][number]

export function findContradictions(configuration: ParsedConfiguration): Contradiction[] {
  const found: Contradiction[] = []
  const report: Report = (path, reason) => found.push({ path, reason })
  checkListeners(configuration, report)
  checkTsigKeys(configuration, report)
  checkTwice(
    configuration.zones.map(({ name }) => name.toCanonical().toString()),
    'zones',
    'name',
    report,
    'the zone',
  )
  checkTwice(
    configuration.templates.map(({ name }) => name),
    'templates',
    'name',
    report,
    'the template',
  )
  checkReferences(configuration, report)
  checkZones(configuration, report)
  checkRest(configuration, report)
  return found
}

function checkTwice(keys: readonly string[], list: string, key: string, report: Report, what: string): void {
  const first = new Map<string, number>()
  for (const [i, value] of keys.entries()) {
    const before = first.get(value)
    if (before === undefined) first.set(value, i)
    else report([list, i, key], `${what} ${value} is there already, as ${list}[${before}]: remove one of them`)
  }
}

/** UDP and TCP of 0.0.0.0:53 take what 192.0.2.1:53 would listen on, and likewise for IPv6. */
function checkListeners({ server, management }: ParsedConfiguration, report: Report): void {
  const lists: [string[], readonly SocketAddress[]][] = [
    [['server', 'listen'], server.listen],
    [['server', 'tls', 'listen'], server.tls?.listen ?? []],
    [['server', 'https', 'listen'], server.https?.listen ?? []],
    [['management', 'listen'], management.listen],
  ]
  const taken: { socket: SocketAddress; path: Path }[] = []
  for (const [path, sockets] of lists) {
    for (const [i, socket] of sockets.entries()) {
      const { address, port } = socket
      if (port === 0) continue
      const other = taken.find(
        ({ socket: { address: theirs, port: theirPort } }) =>
          port === theirPort &&
          address.length === theirs.length &&
          (isWildcardAddress(address) || isWildcardAddress(theirs) || Buffer.compare(address, theirs) === 0),
      )
      if (other !== undefined) {
        const { path: theirs } = other
        const where = `${theirs.slice(0, -1).join('.')}[${theirs.at(-1)}]`
        report(
          [...path, i],
          `${formatSocketAddress(socket)} is taken by ${where} (${formatSocketAddress(other.socket)}): give one of them another port`,
        )
      }
      taken.push({ socket, path: [...path, i] })
    }
  }
}

function checkTsigKeys({ tsigKeys }: ParsedConfiguration, report: Report): void {
  checkTwice(
    tsigKeys.map(({ name }) => name.toCanonical().toString()),
    'tsigKeys',
    'name',
    report,
    'the key',
  )
  for (const [i, { algorithm, secret, secretFile, allowMd5 }] of tsigKeys.entries()) {
    const path = ['tsigKeys', i]
    if (secret !== undefined && secretFile !== undefined)
      report([...path, 'secretFile'], 'there is a secret already: keep one of the two')
    if (secret === undefined && secretFile === undefined) report(path, 'has no secret: give secret or secretFile')
    if (readTsigAlgorithm(algorithm).algorithm.weak && !allowMd5) {
      report(
        [...path, 'algorithm'],
        `${algorithm} is outdated: use hmac-sha256, or set allowMd5: on for a peer that knows nothing else`,
      )
    }
  }
}

/** Names of keys, templates and catalogues. */
function checkReferences(configuration: ParsedConfiguration, report: Report): void {
  const keys = new Set(configuration.tsigKeys.map(({ name }) => name.key))
  const templates = configuration.templates.map(({ name }) => name)
  const wantKey = (name: Name | undefined, path: Path): void => {
    if (name === undefined || keys.has(name.key)) return
    const nearest = findNearest(
      name.toString(),
      configuration.tsigKeys.map((key) => key.name.toString()),
    )
    report(path, `tsigKeys has no key ${name}${nearest === undefined ? '' : ` (did you mean ${nearest}?)`}`)
  }
  const wantOf = (name: string | undefined, known: readonly string[], list: string, path: Path): void => {
    if (name === undefined || known.includes(name)) return
    const nearest = findNearest(name, known)
    report(
      path,
      `${list} has no '${name}'${nearest === undefined ? ': add it there' : ` (did you mean '${nearest}'?)`}`,
    )
  }
  const wantListKeys = (list: AccessList | undefined, path: Path): void => {
    for (const name of list?.keys ?? []) wantKey(name, path)
  }
  const wantRemoteKeys = (remotes: readonly Remote[], path: Path): void => {
    for (const [i, { tsigKey }] of remotes.entries()) wantKey(tsigKey, [...path, i])
  }
  const wantHeld = (held: Exclude<Zone, { type: 'forward' | 'stub' }> | Template, path: Path): void => {
    wantListKeys(held.allowQuery, [...path, 'allowQuery'])
    wantListKeys(held.allowTransfer, [...path, 'allowTransfer'])
    wantRemoteKeys(held.notify, [...path, 'notify'])
    if (!('primaries' in held)) return
    wantKey(held.tsigKey, [...path, 'tsigKey'])
    wantRemoteKeys(held.primaries, [...path, 'primaries'])
    wantListKeys(held.allowNotify, [...path, 'allowNotify'])
  }
  for (const [i, template] of configuration.templates.entries()) wantHeld(template, ['templates', i])
  for (const [i, zone] of configuration.zones.entries()) {
    const path = ['zones', i]
    if (zone.type !== 'forward' && zone.type !== 'stub') wantHeld(zone, path)
    if (zone.type === 'secondary') {
      wantOf(zone.memberTemplate, templates, 'templates', [...path, 'memberTemplate'])
      for (const [j, { template }] of zone.groupTemplates.entries())
        wantOf(template, templates, 'templates', [...path, 'groupTemplates', j, 'template'])
    }
  }
  wantListKeys(configuration.resolver.allow, ['resolver', 'allow'])
  wantRemoteKeys(configuration.resolver.localRoot.primaries, ['resolver', 'localRoot', 'primaries'])
}

/** What a zone's settings must be to each other, and to its catalogue. */
function checkZones({ zones, templates }: ParsedConfiguration, report: Report): void {
  const producers = new Set(
    zones.filter((zone) => zone.type === 'primary' && zone.catalog === 'producer').map(({ name }) => name.key),
  )
  for (const [i, zone] of zones.entries()) {
    const path = ['zones', i]
    if (zone.type === 'forward' || zone.type === 'stub') continue
    if (zone.type === 'primary' && zone.file === undefined && zone.catalog === undefined) {
      report(
        path,
        `the primary zone ${zone.name} has no file: give its master file, or make it a secondary zone with primaries`,
      )
    }
    if (zone.type === 'primary' && zone.includeFolders.length > 0 && zone.catalog === 'producer')
      report([...path, 'includeFolders'], 'has no effect: the records of a catalogue are made from memberOf')
    if (zone.type === 'primary' && zone.file === undefined && zone.format !== 'auto') {
      report([...path, 'format'], 'has no effect without file: give both, or neither')
    }
    if (zone.memberOf !== undefined && !producers.has(zone.memberOf.key)) {
      report([...path, 'memberOf'], `there is no primary zone ${zone.memberOf} with catalog: producer`)
    }
    if (zone.group !== undefined && zone.memberOf === undefined)
      report([...path, 'group'], 'is for zones of a catalogue: give memberOf as well')
    if (zone.type !== 'secondary') continue
    checkClamps(zone, path, report)
    if (zone.catalog === undefined && zone.memberTemplate !== undefined)
      report([...path, 'memberTemplate'], 'is for catalogues: give catalog: consumer as well')
    if (zone.catalog === undefined && zone.groupTemplates.length > 0)
      report([...path, 'groupTemplates'], 'is for catalogues: give catalog: consumer as well')
  }
  for (const [i, template] of templates.entries()) checkClamps(template, ['templates', i], report)
}

function checkClamps(zone: Extract<Zone, { type: 'secondary' }> | Template, path: Path, report: Report): void {
  for (const what of ['Refresh', 'Retry', 'Expire'] as const) {
    if (zone[`min${what}Seconds`] <= zone[`max${what}Seconds`]) continue
    report([...path, `min${what}Seconds`], `is more than max${what}Seconds`)
  }
}

function checkRest({ dnstap, management, resolver }: ParsedConfiguration, report: Report): void {
  if (management.allowedHosts.length > 0 && management.listen.length === 0)
    report(['management', 'allowedHosts'], 'has no effect without management.listen: give an address there')
  if (dnstap !== undefined && (dnstap.file === undefined) === (dnstap.socket === undefined)) {
    report(['dnstap'], 'goes to one place: give file or socket')
  }
  if (resolver.mode === 'forward' && resolver.enabled && resolver.forwarders.length === 0) {
    report(['resolver', 'mode'], 'forward needs forwarders')
  }
  const { cache, localRoot, validation, ipv4, ipv6 } = resolver
  if (cache.minTtl > cache.maxTtl) report(['resolver', 'cache', 'minTtl'], 'is more than maxTtl')
  if (validation.skew.leastSeconds > validation.skew.mostSeconds)
    report(['resolver', 'validation', 'skew', 'leastSeconds'], 'is more than mostSeconds')
  if (!ipv4 && !ipv6) report(['resolver', 'ipv6'], 'without ipv4 and ipv6 no server can be asked')
  if (localRoot.enabled && (localRoot.file === undefined) === (localRoot.primaries.length === 0))
    report(['resolver', 'localRoot'], 'comes from one place: give file or primaries')
}
