/** How NSD, Knot DNS and BIND are told to serve some zones on one port of loopback, quietly and with all state in one folder. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

export type ServerSetup = {
  readonly folder: string
  readonly address: string
  readonly port: number
  readonly zones: readonly { readonly name: string; readonly file: string }[]
  /** Lines of NSD's `server:` clause. */
  readonly nsd?: readonly string[]
  /** Lines of BIND's `options` clause. */
  readonly bind?: readonly string[]
  /** Keys of our `server:`. */
  readonly signet?: Readonly<Record<string, unknown>>
}

export type PeerServer = {
  readonly command: string
  arguments(file: string): string[]
  /** The text of its configuration file. */
  configuration(setup: ServerSetup): string
}

export const PEERS: ReadonlyMap<string, PeerServer> = new Map([
  ['nsd', { command: 'nsd', arguments: (file: string) => ['-d', '-c', file], configuration: nsdConfiguration }],
  ['knot', { command: 'knotd', arguments: (file: string) => ['-c', file], configuration: knotConfiguration }],
  [
    'bind',
    { command: 'named', arguments: (file: string) => ['-n', '1', '-g', '-c', file], configuration: bindConfiguration },
  ],
])

function nsdConfiguration({ folder, address, port, zones, nsd = ['rrl-ratelimit: 0'] }: ServerSetup): string {
  const server = [
    `ip-address: ${address}@${port}`,
    'server-count: 1',
    'username: ""',
    'database: ""',
    `pidfile: "${join(folder, 'nsd.pid')}"`,
    `xfrdfile: "${join(folder, 'xfrd.state')}"`,
    `zonelistfile: "${join(folder, 'zone.list')}"`,
    `xfrdir: "${folder}"`,
    'minimal-responses: yes',
    ...nsd,
  ]
  const clauses = zones.map(({ name, file }) => `zone:\n  name: "${name}"\n  zonefile: "${file}"\n`)
  return `server:\n${server.map((line) => `  ${line}\n`).join('')}remote-control:\n  control-enable: no\n${clauses.join('')}`
}

function knotConfiguration({ folder, address, port, zones }: ServerSetup): string {
  const storage = join(folder, 'knot')
  mkdirSync(storage, { recursive: true })
  const clauses = zones.map(
    ({ name, file }) =>
      `  - domain: ${name}\n    file: ${file}\n    semantic-checks: off\n    journal-content: none\n    zonefile-sync: -1\n`,
  )
  return `server:\n  listen: ${address}@${port}\n  rundir: ${folder}\ndatabase:\n  storage: ${storage}\nzone:\n${clauses.join('')}`
}

function bindConfiguration({ folder, address, port, zones, bind = ['minimal-responses yes'] }: ServerSetup): string {
  const options = [
    `directory "${folder}"`,
    `listen-on port ${port} { ${address}; }`,
    'listen-on-v6 { none; }',
    `pid-file "${join(folder, 'named.pid')}"`,
    `session-keyfile "${join(folder, 'session.key')}"`,
    'recursion no',
    ...bind,
    'dnssec-validation no',
    'notify no',
    'empty-zones-enable no',
  ]
  const lenient = ['names', 'mx', 'integrity', 'mx-cname', 'srv-cname', 'sibling']
    .map((check) => `check-${check} ${check === 'integrity' || check === 'sibling' ? 'no' : 'ignore'};`)
    .join(' ')
  const clauses = zones.map(({ name, file }) => `zone "${name}" { type primary; file "${file}"; ${lenient} };\n`)
  return `options {\n${options.map((line) => `  ${line};\n`).join('')}};\ncontrols {};\n${clauses.join('')}`
}
