/** Ours and its peers as resolvers of the lab, all with the same root hints and trust anchor, each at an address of its own. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ANCHOR_FILE, HINTS_FILE, type Lab } from './build.ts'
import type { Processes } from './processes.ts'

export const RESOLVERS = ['signet', 'unbound', 'bind', 'knot-resolver', 'pdns-recursor'] as const
export type ResolverName = (typeof RESOLVERS)[number]

type Resolver = {
  readonly command: string
  /** Where it is asked. */
  readonly address: string
  /** Writes the configuration; returns the words of the command. */
  configure(place: Place): string[]
}

/** A zone whose names are asked of other resolvers. */
export type ForwardZone = {
  readonly name: string
  readonly addresses: readonly string[]
  /** They are asked over TLS; `authorities`: a file of certificates. */
  readonly tls?: { readonly serverName: string; readonly authorities: string }
}

type ResolverOptions = {
  readonly ipv6?: boolean
  /** BIND and PowerDNS Recursor get only those without TLS: they do not verify certificates. */
  readonly forwardZones?: readonly ForwardZone[]
  /** Settings of our resolver besides those of the lab. */
  readonly settings?: Readonly<Record<string, unknown>>
}

type Place = {
  readonly folder: string
  readonly address: string
  readonly hints: string
  readonly anchorFile: string
  /** `. IN DS …` */
  readonly anchor: string
  /** Servers at IPv6 addresses are asked too. */
  readonly ipv6: boolean
  readonly forwardZones: readonly ForwardZone[]
  readonly settings: Readonly<Record<string, unknown>>
}

const SIGNET = join(import.meta.dirname, '../../bin/signet')

export function addressOf(name: ResolverName): string {
  return TABLE[name].address
}

export function isInstalled(name: ResolverName): boolean {
  return spawnSync('sh', ['-c', `command -v ${TABLE[name].command}`]).status === 0
}

export async function startResolver(
  lab: Pick<Lab, 'folder'>,
  name: ResolverName,
  processes: Processes,
  { ipv6 = false, forwardZones = [], settings = {} }: ResolverOptions = {},
): Promise<void> {
  const { address, configure } = TABLE[name]
  const folder = join(lab.folder, name)
  // Knot Resolver and ours keep things from one run to the next.
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const anchorFile = join(lab.folder, ANCHOR_FILE)
  const anchor = readFileSync(anchorFile, 'utf8').trim()
  const words = configure({
    folder,
    address,
    hints: join(lab.folder, HINTS_FILE),
    anchorFile,
    anchor,
    ipv6,
    forwardZones,
    settings,
  })
  await processes.start(folder, words, address)
}

const TABLE: Readonly<Record<ResolverName, Resolver>> = {
  signet: {
    command: SIGNET,
    address: '127.53.0.1',
    configure({ folder, address, hints, anchorFile, ipv6, forwardZones, settings }) {
      const configuration = {
        data: join(folder, 'state'),
        server: { listen: [`${address}:53`], threads: 1 },
        management: { listen: [] },
        resolver: {
          enabled: true,
          rootHints: hints,
          trustAnchors: [anchorFile],
          ipv6,
          ...settings,
        },
        zones: forwardZones.map(({ name, addresses, tls }) => ({
          name,
          type: 'forward',
          forwarders: addresses.map((server) => (tls === undefined ? server : { address: server, tls })),
        })),
      }
      writeFileSync(join(folder, 'signet.yaml'), JSON.stringify(configuration, undefined, 1))
      return [SIGNET, 'serve', '--config', join(folder, 'signet.yaml')]
    },
  },
  unbound: {
    command: 'unbound',
    address: '127.53.0.2',
    configure({ folder, address, hints, anchorFile, ipv6, forwardZones }) {
      const file = join(folder, 'unbound.conf')
      const bundle = forwardZones.find(({ tls }) => tls !== undefined)?.tls?.authorities
      writeFileSync(
        file,
        `server:
  interface: ${address}
  outgoing-interface: 127.54.0.2
  do-ip6: ${ipv6 ? 'yes\n  outgoing-interface: ::' : 'no'}
  do-not-query-localhost: no
  root-hints: "${hints}"
  trust-anchor-file: "${anchorFile}"
  module-config: "validator iterator"
  ede: yes
  val-log-level: 2
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: ""
  do-daemonize: no
  use-syslog: no
${bundle === undefined ? '' : `  tls-cert-bundle: "${bundle}"\n`}remote-control:
  control-enable: no
${forwardZones.map(unboundForward).join('')}`,
      )
      return ['unbound', '-d', '-c', file]
    },
  },
  bind: {
    command: 'named',
    address: '127.53.0.3',
    configure({ folder, address, hints, anchor, ipv6, forwardZones }) {
      const file = join(folder, 'named.conf')
      const [, tag, algorithm, digestType, digest] = /DS (\d+) (\d+) (\d+) (\w+)/.exec(anchor) ?? []
      writeFileSync(
        file,
        `controls { };
options {
  directory "${folder}"; pid-file none; session-keyfile none; lock-file none;
  listen-on { ${address}; }; listen-on-v6 { none; }; query-source address 127.54.0.3;
  recursion yes; allow-recursion { any; }; empty-zones-enable no; dnssec-validation yes;
};
trust-anchors { . static-ds ${tag} ${algorithm} ${digestType} "${digest}"; };
zone "." { type hint; file "${hints}"; };
${forwardZones.filter(isPlain).map(bindForward).join('')}`,
      )
      return ['named', '-g', ...(ipv6 ? [] : ['-4']), '-n', '1', '-c', file]
    },
  },
  'knot-resolver': {
    command: 'kresd',
    address: '127.53.0.4',
    configure({ folder, address, hints, anchor }) {
      const file = join(folder, 'kresd.conf')
      writeFileSync(
        file,
        `modules.unload('ta_update')
modules.unload('ta_signal_query')
modules.unload('priming')
modules.load('hints > iterate')
net.ipv6 = false
net.listen('${address}', 53, { kind = 'dns' })
net.outgoing_v4('127.54.0.4')
cache.size = 100 * MB
hints.root_file('${hints}')
trust_anchors.remove('.')
trust_anchors.add('${anchor}')
`,
      )
      return ['kresd', '-n', '-c', file, folder]
    },
  },
  'pdns-recursor': {
    command: 'pdns_recursor',
    address: '127.53.0.5',
    configure({ folder, address, hints, anchor, ipv6, forwardZones }) {
      const data = anchor.replace(/^.* DS /, '')
      writeFileSync(join(folder, 'anchors.lua'), `clearTA(".")\naddTA(".", "${data}")\n`)
      writeFileSync(
        join(folder, 'recursor.conf'),
        `local-address=${address}
local-port=53
query-local-address=127.54.0.5${ipv6 ? ',::' : ''}
allow-from=127.0.0.0/8
dont-query=
dnssec=validate
extended-resolution-errors=yes
hint-file=${hints}
lua-config-file=${folder}/anchors.lua
security-poll-suffix=
export-etc-hosts=no
${powerDnsForward(forwardZones.filter(isPlain))}socket-dir=${folder}
setuid=
setgid=
daemon=no
threads=1
`,
      )
      return ['pdns_recursor', `--config-dir=${folder}`]
    },
  },
}

function isPlain({ tls }: ForwardZone): boolean {
  return tls === undefined
}

function unboundForward({ name, addresses, tls }: ForwardZone): string {
  const servers = addresses.map((address) => `  forward-addr: ${address}${tls ? `@853#${tls.serverName}` : ''}\n`)
  return `forward-zone:\n  name: "${name}"\n  forward-tls-upstream: ${tls ? 'yes' : 'no'}\n${servers.join('')}`
}

function bindForward({ name, addresses }: ForwardZone): string {
  return `zone "${name}" { type forward; forward only; forwarders { ${addresses.join('; ')}; }; };\n`
}

function powerDnsForward(zones: readonly ForwardZone[]): string {
  if (zones.length === 0) return ''
  return `forward-zones-recurse=${zones.map(({ name, addresses }) => `${name}=${addresses.join(';')}`).join(', ')}\n`
}
