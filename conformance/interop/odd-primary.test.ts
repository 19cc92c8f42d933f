/**
 * Secondaries of a primary that answers as it should not: ours, NSD, Knot and BIND side by side. Ours serves a version at least
 * as new as two of them do, at first and after the serial was raised, and none that two of them refuse: after an IXFR that fails
 * BIND and Knot ask by IXFR again for a long time where RFC 1995 §4 lets AXFR follow. The primary is third-party material; each
 * of its zones is named for what it does. Zones of many messages have a primary of their own, since it mixes up zones that are
 * asked for at one time.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import test, { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { findCase } from '../material.ts'
import { freePort, type Kind, lacking, preambleOf, signetText, TransferServer } from './transfer-servers.fixture.ts'

const SCENARIOS = [
  'plain',
  'outofzone',
  'cnameother',
  'unknown',
  'winstype',
  'big',
  'dup',
  'nons',
  'ttlmix',
  'emptytxt',
  'repeatq',
  'ixfrservfail',
  'ixfrnotimp',
  'ixfrrefused',
  'ixfrformerr',
  'ixfrclose',
  'ixfrsoaonly',
  'ixfrwrongchain',
  'ixfrdelmissing',
  'ixfraddexisting',
  'axfrstyle',
  'axfrmoved',
  'axfrserialback',
] as const
/** Zones that are asked for with a key. */
const SIGNED = ['bigtsig']
const ALL = [...SCENARIOS, ...SIGNED]
const KEY = { name: 'transfer.', algorithm: 'hmac-sha256', secret: 'MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=' }
const OTHERS = ['named', 'knotd', 'nsd'] as const
/**
 * The servers are looked at once nothing has changed for the first time and two peers agree on each zone, or after the second:
 * BIND asks again after a minute where its first question for a new zone was lost.
 */
const QUIET_SECONDS = 10
const MOST_SECONDS = 90

const script = findCase('transfer', 'primary.py')
const python = '/usr/bin/python3'
const hasDns = spawnSync(python, ['-c', 'import dns.message']).status === 0
const peers = OTHERS.filter((kind) => lacking(kind) === false)
const skip =
  script === undefined
    ? 'no cases/transfer/primary.py'
    : !hasDns
      ? 'no dnspython'
      : peers.length < 2 && `only ${peers.length} of ${OTHERS.join(', ')} installed`

const zoneOf = (scenario: string): string => `${scenario}.example.`
const isSigned = (scenario: string): boolean => SIGNED.includes(scenario)

type PortOf = (scenario: string) => number

/** The configuration of a secondary of all zones; `portOf` the primary of each. */
const CONFIGURATIONS: Readonly<Record<Kind, (server: TransferServer, portOf: PortOf) => string>> = {
  signet: (server, portOf) => {
    const zones = ALL.map((scenario) => {
      const primaries = [`127.0.0.1:${portOf(scenario)}${isSigned(scenario) ? ' key:transfer.' : ''}`]
      return { name: zoneOf(scenario), type: 'secondary', primaries }
    })
    const text: unknown = JSON.parse(signetText(server, zones))
    return JSON.stringify(
      Object.assign({}, text, { tsigKeys: [KEY], transfers: { idleSeconds: 5, maxInPerPrimary: 16 } }),
    )
  },
  named: (server, portOf) =>
    `${preambleOf(server, 'min-refresh-time 1; min-retry-time 1; max-transfer-idle-in 1; transfers-per-ns 20; transfers-in 40;')}
key "transfer" { algorithm ${KEY.algorithm}; secret "${KEY.secret}"; };
${ALL.map(
  (scenario) =>
    `zone "${zoneOf(scenario)}" { type secondary; file "${scenario}"; primaries { 127.0.0.1 port ${portOf(scenario)}${isSigned(scenario) ? ' key transfer' : ''}; }; };`,
).join('\n')}`,
  knotd: (server, portOf) => {
    const remote = (scenario: string): string =>
      `  - id: ${scenario}\n    address: 127.0.0.1@${portOf(scenario)}\n${isSigned(scenario) ? '    key: transfer\n' : ''}`
    const zone = (scenario: string): string =>
      `  - domain: ${zoneOf(scenario)}\n    file: ${server.folder}/${scenario}\n    master: ${scenario}\n`
    const key = `  - id: transfer\n    algorithm: ${KEY.algorithm}\n    secret: ${KEY.secret}\n`
    return `${preambleOf(server, key)}remote:\n${ALL.map(remote).join('')}zone:\n${ALL.map(zone).join('')}`
  },
  nsd: (server, portOf) => {
    const zone = (scenario: string): string =>
      `zone:\n  name: ${zoneOf(scenario)}\n  zonefile: ${scenario}\n  min-refresh-time: 1\n  min-retry-time: 1
  request-xfr: 127.0.0.1@${portOf(scenario)} ${isSigned(scenario) ? 'transfer' : 'NOKEY'}\n`
    const key = `key:\n  name: transfer\n  algorithm: ${KEY.algorithm}\n  secret: ${KEY.secret}\n`
    return `${preambleOf(server)}${key}${ALL.map(zone).join('')}`
  },
}

const primaries: ChildProcess[] = []
after(() => {
  for (const primary of primaries) primary.kill('SIGKILL')
})

/** Starts a primary and returns its port. */
async function startPrimary(): Promise<number> {
  const port = await freePort()
  primaries.push(spawn(python, [script ?? '', String(port)], { stdio: 'ignore' }))
  return port
}

function raise(port: number, serial: number): Promise<void> {
  const socket = createSocket('udp4')
  return new Promise((resolve) =>
    socket.send(`SET ${serial}`, port, '127.0.0.1', () => {
      socket.close()
      resolve()
    }),
  )
}

/** The serial that a server serves of each zone; 0: none. */
async function serialsOf(server: TransferServer): Promise<Record<string, number>> {
  const serials: Record<string, number> = {}
  for (const scenario of ALL) serials[scenario] = (await server.serial(zoneOf(scenario))) ?? 0
  return serials
}

type Served = ReadonlyMap<Kind, Record<string, number>>

function serialsOfPeers(served: Served, scenario: string): number[] {
  return peers.map((kind) => served.get(kind)?.[scenario] ?? 0)
}

/** The newest version that at least two of the peers serve, be it that one or a newer one. */
function expectedSerial(served: Served, scenario: string): number {
  return serialsOfPeers(served, scenario).sort((a, b) => b - a)[1] ?? 0
}

async function settle(servers: readonly TransferServer[]): Promise<Served> {
  const end = Date.now() + MOST_SECONDS * 1000
  let [served, since, text]: [Served, number, string] = [new Map(), Date.now(), '']
  const agreed = (): boolean => ALL.every((scenario) => new Set(serialsOfPeers(served, scenario)).size < peers.length)
  while (Date.now() < end && (Date.now() < since + QUIET_SECONDS * 1000 || !agreed())) {
    await sleep(500)
    served = new Map(await Promise.all(servers.map(async (server) => [server.kind, await serialsOf(server)] as const)))
    const now = JSON.stringify([...served])
    if (now !== text) [since, text] = [Date.now(), now]
  }
  return served
}

test('RFC1995 §4, RFC5936 §2.2: an odd primary, as NSD, Knot and BIND take it', { skip }, async (t) => {
  const [shared, big, bigSigned] = [await startPrimary(), await startPrimary(), await startPrimary()]
  const portOf: PortOf = (scenario) => (scenario === 'big' ? big : scenario === 'bigtsig' ? bigSigned : shared)
  await sleep(2000)
  const servers = await Promise.all((['signet', ...peers] as const).map((kind) => TransferServer.prepare(kind)))
  for (const server of servers) await server.start(CONFIGURATIONS[server.kind](server, portOf))
  const first = await settle(servers)
  for (const port of [shared, big, bigSigned]) await raise(port, 2)
  const second = await settle(servers)
  for (const [serial, served] of [
    [1, first],
    [2, second],
  ] as const) {
    for (const scenario of ALL) {
      await t.test(`${scenario}, serial ${serial}`, () => {
        const all = JSON.stringify(Object.fromEntries([...served].map(([kind, serials]) => [kind, serials[scenario]])))
        const [ours = 0, expected] = [served.get('signet')?.[scenario], expectedSerial(served, scenario)]
        assert.ok(expected === 0 ? ours === 0 : ours >= expected, all)
        if (scenario.startsWith('ixfr') || scenario === 'outofzone') assert.equal(ours, serial, all)
      })
    }
  }
})
