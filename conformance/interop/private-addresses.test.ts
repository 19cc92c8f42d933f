/**
 * `signet serve` beside Unbound with the same settings against DNS rebinding: the same answers, but for signed RRsets that lose
 * records. Unbound fails those as bogus; ours validates them as they came and returns the rest, not as secure.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeFolder, RunningServer } from '../../src/cli/running-server.fixture.ts'
import { Name } from '../../src/dns/name/index.ts'
import { CLASS_IN, rdataText, typeMnemonic, typeNumber } from '../../src/dns/rr/index.ts'
import { decodeMessage, encodeMessage, headerOf } from '../../src/dns/wire/index.ts'
import { signText } from '../../src/signer/signing.fixture.ts'
import { dsText } from '../../src/validator/world.fixture.ts'
import { askUdp, freePort } from './name-servers.fixture.ts'

const lacking = spawnSync('sh', ['-c', 'command -v unbound']).status === 0 ? false : 'unbound not installed'
const NETWORKS = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fd00::/8']
const DOMAINS = ['lan.plain.lab.', 'lan.signed.lab.']
const HEAD = '@ 300 SOA ns h 1 7200 3600 1209600 60\n@ 300 NS ns\nns 300 A 127.0.0.1\n'
const DATA = `${HEAD}public 300 A 192.0.2.1
mixed 300 A 10.0.0.1
mixed 300 A 192.0.2.1
mixed 300 A 172.31.255.255
near 300 A 172.32.0.0
only 300 A 10.0.0.1
only 300 TXT "10.0.0.1"
six 300 AAAA fd00::1
six 300 AAAA 2001:db8::1
six0 300 AAAA fdff::1
*.wild 300 A 192.168.1.1
host.lan 300 A 10.0.0.1
alias 300 CNAME mixed
tolan 300 CNAME host.lan
toonly 300 CNAME only
hints 300 HTTPS 1 . ipv4hint=10.0.0.1
lan2 300 A 10.0.0.1
`
/** The same answers: name without its zone, type. */
const SAME: readonly [string, string][] = [
  ['public', 'A'],
  ['near', 'A'],
  ['host.lan', 'A'],
  ['tolan', 'A'],
  ['only', 'TXT'],
  ['only', 'AAAA'],
  ['hints', 'HTTPS'],
  ['absent', 'A'],
]
/** Of names that lose records: in the unsigned zone the same; in the signed one SERVFAIL by Unbound, and this by ours. */
const REDUCED: readonly [string, string, string][] = [
  ['mixed', 'A', '0 mixed A 192.0.2.1'],
  ['only', 'A', '0'],
  ['six', 'AAAA', '0 six AAAA 2001:db8::1'],
  ['six0', 'AAAA', '0'],
  ['x.wild', 'A', '0'],
  ['alias', 'A', '0 alias CNAME mixed, mixed A 192.0.2.1'],
  ['toonly', 'A', '0 toonly CNAME only'],
  ['lan2', 'A', '0'],
]

let unbound: ChildProcess | undefined
let unboundPort = 0
let ourPort = 0
after(async () => {
  if (unbound === undefined || unbound.exitCode !== null) return
  const exited = new Promise((resolve) => unbound?.once('exit', resolve))
  unbound.kill('SIGTERM')
  await Promise.race([exited, sleep(5000, undefined, { ref: false })])
})

/** RCODE, AD and the records, in words. */
async function ask(port: number, name: string, type: string): Promise<string> {
  const query = encodeMessage({
    header: { ...headerOf(1, 0), rd: true, ad: true },
    questions: [{ name: Name.parse(name), type: typeNumber(type), class: CLASS_IN }],
    answer: [],
    authority: [],
    additional: [],
  })
  const { header, answer } = decodeMessage(await askUdp(port, query))
  const records = answer.map(({ owner, type, rdata }) => `${owner} ${typeMnemonic(type)} ${rdataText(type, rdata)}`)
  return [`${header.rcode}`, header.ad ? 'AD' : '', records.sort().join(', ')].filter((word) => word !== '').join(' ')
}

async function startAll(): Promise<void> {
  const now = Math.floor(Date.now() / 1000)
  const authorityFolder = makeFolder()
  const signed = signText(`$ORIGIN signed.lab.\n${DATA}`, {
    zone: 'signed.lab.',
    inception: now - 86_400,
    expiration: now + 864_000,
  })
  writeFileSync(join(authorityFolder, 'signed'), signed.text)
  writeFileSync(join(authorityFolder, 'plain'), DATA)
  const [authorityPort, ours, theirs] = [await freePort(), await freePort(), await freePort()]
  const common = { data: 'state', management: { listen: [] } }
  await RunningServer.start(authorityFolder, {
    ...common,
    server: { listen: [`127.0.0.1:${authorityPort}`], threads: 1 },
    zones: ['signed', 'plain'].map((file) => ({ name: `${file}.lab.`, type: 'primary', file })),
  })
  const folder = makeFolder()
  writeFileSync(join(folder, 'anchor'), `signed.lab. IN DS ${dsText('signed.lab.')}\n`)
  await RunningServer.start(folder, {
    ...common,
    server: { listen: [`127.0.0.1:${ours}`], threads: 1 },
    zones: ['signed.lab.', 'plain.lab.'].map((name) => ({
      name,
      type: 'stub',
      addresses: [`127.0.0.1:${authorityPort}`],
    })),
    resolver: {
      enabled: true,
      rootTrustAnchors: false,
      trustAnchors: ['anchor'],
      privateAddresses: NETWORKS,
      privateDomains: DOMAINS,
    },
  })
  const stub = (zone: string): string =>
    `stub-zone:\n  name: "${zone}"\n  stub-addr: 127.0.0.1@${authorityPort}\n  stub-prime: no\n`
  writeFileSync(
    join(folder, 'unbound.conf'),
    `server:
  interface: 127.0.0.1@${theirs}
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: ""
  do-daemonize: no
  use-syslog: no
  do-not-query-localhost: no
  aggressive-nsec: yes
  trust-anchor-file: "${folder}/anchor"
${NETWORKS.map((network) => `  private-address: ${network}\n`).join('')}${DOMAINS.map((name) => `  private-domain: "${name}"\n`).join('')}${stub('signed.lab.')}${stub('plain.lab.')}remote-control:
  control-enable: no
`,
  )
  unbound = spawn('unbound', ['-d', '-c', join(folder, 'unbound.conf')], { stdio: 'ignore' })
  for (let tries = 0; tries < 100; tries++) {
    if ((await ask(theirs, 'public.plain.lab.', 'A').catch(() => '')) !== '') break
    await sleep(50)
  }
  unboundPort = theirs
  ourPort = ours
}

if (lacking === false) await startAll()

describe('privateAddresses, beside Unbound', { skip: lacking }, () => {
  for (const zone of ['plain.lab.', 'signed.lab.']) {
    for (const [name, type] of SAME) {
      test(`${name}.${zone} ${type}: the same answer`, async () => {
        for (let round = 0; round < 2; round++) {
          const ours = await ask(ourPort, `${name}.${zone}`, type)
          assert.equal(ours, await ask(unboundPort, `${name}.${zone}`, type))
          assert.equal(ours.includes('AD'), zone === 'signed.lab.')
        }
      })
    }
  }

  for (const [name, type, expected] of REDUCED) {
    test(`${name}.plain.lab. ${type}: the same answer, without the private addresses`, async () => {
      for (let round = 0; round < 2; round++) {
        assert.equal(await ask(ourPort, `${name}.plain.lab.`, type), wordsOf(expected, 'plain.lab.'))
        assert.equal(await ask(unboundPort, `${name}.plain.lab.`, type), wordsOf(expected, 'plain.lab.'))
      }
    })
    test(`${name}.signed.lab. ${type}: Unbound fails it as bogus, ours returns the rest without AD`, async () => {
      for (let round = 0; round < 2; round++) {
        assert.equal(await ask(ourPort, `${name}.signed.lab.`, type), wordsOf(expected, 'signed.lab.'))
        assert.equal(await ask(unboundPort, `${name}.signed.lab.`, type), '2')
      }
    })
  }
})

/** The expectation with the names of a zone. */
function wordsOf(expected: string, zone: string): string {
  return expected.replace(/(\w+) (A|AAAA|CNAME) /g, `$1.${zone} $2 `).replace(/CNAME (\w+)/g, `CNAME $1.${zone}`)
}
