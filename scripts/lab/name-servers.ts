/** NSD and Knot with the zones of the lab. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listenAddresses, SERVERS, serversOf } from './addresses.ts'
import { type Lab, zoneFile } from './build.ts'
import type { Processes } from './processes.ts'

export async function startNameServers(lab: Lab, processes: Processes): Promise<void> {
  for (const server of SERVERS) {
    const folder = join(lab.folder, server)
    mkdirSync(folder, { recursive: true })
    const addresses = listenAddresses(server)
    const zones = lab.zones
      .filter((plan) => serversOf(plan).includes(server) && plan.fault?.lame !== true)
      .map(({ apex }) => ({ apex, file: zoneFile(lab.folder, apex) }))
    const words = server.endsWith('nsd') ? nsd(folder, addresses, zones) : knot(folder, addresses, zones)
    await processes.start(folder, words, addresses[0] ?? '')
  }
}

type Served = readonly { readonly apex: string; readonly file: string }[]

function nsd(folder: string, addresses: readonly string[], zones: Served): string[] {
  const file = join(folder, 'nsd.conf')
  writeFileSync(
    file,
    `server:
${addresses.map((address) => `  ip-address: ${address}\n`).join('')}  server-count: 1
  username: ""
  database: ""
  pidfile: ""
  zonesdir: "${folder}"
  zonelistfile: "${folder}/zone.list"
  xfrdfile: "${folder}/xfrd.state"
  xfrdir: "${folder}"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
${zones.map(({ apex, file }) => `zone:\n  name: "${apex}"\n  zonefile: "${file}"\n`).join('')}`,
  )
  return ['nsd', '-d', '-c', file]
}

function knot(folder: string, addresses: readonly string[], zones: Served): string[] {
  const file = join(folder, 'knot.conf')
  writeFileSync(
    file,
    `server:
  rundir: ${folder}
  listen: [${addresses.map((address) => `${address}@53`).join(', ')}]
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: ${folder}
log:
  - target: stderr
    any: warning
template:
  - id: default
    semantic-checks: off
    zonefile-load: whole
    journal-content: none
zone:
${zones.map(({ apex, file }) => `  - domain: "${apex}"\n    file: "${file}"\n`).join('')}`,
  )
  return ['knotd', '-c', file]
}
