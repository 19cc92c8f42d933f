/**
 * The clients of others at a server of ours: kdig, drill and dig by each transport, and delv, which validates what it gets with the
 * zone's own keys as its anchor.
 */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import test, { before, describe } from 'node:test'
import { TestAuthority } from '../../src/transport/certificates.fixture.ts'
import { SIGNET, TransferServer } from './transfer-servers.fixture.ts'

const HOST = 'ns.signet.test'
const DENIALS = ['nsec', 'nsec3'] as const
type Denial = (typeof DENIALS)[number]

/** Ports of the one server that all ask, and the files that its clients trust. */
let server: TransferServer
let [tlsPort, httpsPort] = [0, 0]
let authorityFile = ''
const anchorFiles: Record<Denial, string> = { nsec: '', nsec3: '' }

before(async () => {
  server = await TransferServer.prepare('signet')
  ;[tlsPort, httpsPort] = [await freePort(), await freePort()]
  const authority = await TestAuthority.make()
  const pair = await authority.sign([HOST, '127.0.0.1'])
  authorityFile = server.file('authority.pem', authority.pem)
  const certificate = server.file('certificate.pem', pair.certificate)
  const key = server.file('key.pem', pair.key, 0o600)
  const zones = DENIALS.flatMap((denial) => makeZones(server, denial))
  await server.start(
    JSON.stringify({
      data: join(server.folder, 'state'),
      server: {
        listen: [`127.0.0.1:${server.port}`],
        threads: 1,
        tls: { listen: [`127.0.0.1:${tlsPort}`], certificate, key },
        https: { listen: [`127.0.0.1:${httpsPort}`], certificate, key, path: '/dns-query' },
      },
      management: { listen: [] },
      zones,
    }),
  )
})

/** A signed zone with a signed and an unsigned zone below it, all served here. */
function makeZones(at: TransferServer, denial: Denial): object[] {
  const folder = join(at.folder, denial)
  mkdirSync(folder)
  const zone = `${denial}.test.`
  const soa = '@ SOA ns admin 1 3600 900 604800 300\n@ NS ns\nns A 127.0.0.1\n'
  const write = (name: string, text: string): string => {
    const file = join(folder, `${name}unsigned`)
    writeFileSync(file, `$ORIGIN ${name}\n$TTL 300\n${text}`)
    return file
  }
  const below = sign(folder, `signed.${zone}`, write(`signed.${zone}`, `${soa}www A 192.0.2.8\n`), denial)
  const plain = write(`plain.${zone}`, `${soa}www A 192.0.2.9\n`)
  const cuts = `signed NS ns.signed\nns.signed A 127.0.0.1\n${below.ds}plain NS ns.plain\nns.plain A 127.0.0.1\n`
  const hosts = 'www A 192.0.2.1\nwww AAAA 2001:db8::1\nalias CNAME www\n*.wild TXT "any"\nempty.below TXT "x"\n'
  const texts = Array.from({ length: 30 }, (_, i) => `long TXT "${'x'.repeat(100)}${i}"\n`).join('')
  const own = sign(folder, zone, write(zone, soa + hosts + texts + cuts), denial)
  const anchors = own.ds.replaceAll(
    /^(\S+)\s.*\sDS\s+(\d+) (\d+) (\d+) (.*)$/gm,
    (_, name, tag, algorithm, digest, hex) => {
      return `  ${name} static-ds ${tag} ${algorithm} ${digest} "${hex.replaceAll(/\s/g, '')}";`
    },
  )
  anchorFiles[denial] = join(folder, 'anchors')
  writeFileSync(anchorFiles[denial], `trust-anchors {\n${anchors}};\n`)
  return [
    { name: zone, type: 'primary', file: own.file, allowTransfer: ['127.0.0.0/8'] },
    { name: `signed.${zone}`, type: 'primary', file: below.file },
    { name: `plain.${zone}`, type: 'primary', file: plain },
  ]
}

/** The signed file, and the DS records as text. */
function sign(folder: string, zone: string, file: string, denial: Denial): { file: string; ds: string } {
  const keys = join(folder, 'keys')
  const out = join(folder, `${zone}signed`)
  run(SIGNET, ['key', 'generate', '--zone', zone, '--algorithm', 'ECDSAP256SHA256', '--role', 'csk', '--keys', keys])
  run(SIGNET, ['zone', 'sign', file, '--zone', zone, '--keys', keys, '--out', out, '--denial', denial])
  return { file: out, ds: readFileSync(join(folder, `dsset-${zone}`), 'utf8') }
}

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000 })
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${stderr}${stdout}`)
  return stdout
}

/** What a client prints; it runs beside this process, in which nothing may stand still meanwhile. */
function ask(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 20_000 })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString('utf8')
      })
    }
    child.once('error', reject)
    child.once('close', () => resolve(said))
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const listener = createServer().on('error', reject)
    listener.listen(0, '127.0.0.1', () => {
      const address = listener.address()
      listener.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error()),
      )
    })
  })
}

function lackingCommand(command: string): string | false {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0 ? false : `${command} not installed`
}

const at = (port: number): string[] => ['@127.0.0.1', '-p', String(port)]

describe('kdig', { skip: lackingCommand('kdig') }, () => {
  const strict = (): string[] => [`+tls-ca=${authorityFile}`, `+tls-hostname=${HOST}`]

  test('RFC7858 §3: over TLS, the certificate checked', async () => {
    const said = await ask('kdig', [...at(tlsPort), '+tls', ...strict(), '+dnssec', 'www.nsec.test', 'A'])
    assert.match(said, /status: NOERROR.*192\.0\.2\.1\n.*RRSIG/s, said)
    assert.match(said, /^;; TLS session \(TLS1\.3\)/m, said)
  })

  test('RFC7858 §3.2: a certificate of another name is refused by the client', async () => {
    const said = await ask('kdig', [
      ...at(tlsPort),
      `+tls-ca=${authorityFile}`,
      '+tls-hostname=other.test',
      'www.nsec.test',
    ])
    assert.doesNotMatch(said, /192\.0\.2\.1/, said)
  })

  test('RFC7830: what asks with padding over TLS is answered with padding', async () => {
    const said = await ask('kdig', [...at(tlsPort), '+tls', '+padding', 'www.nsec.test', 'A'])
    assert.match(said, /PADDING: /, said)
    assert.match(said, /192\.0\.2\.1/)
  })

  for (const method of ['+https', '+https-get']) {
    test(`RFC8484 §4.1: ${method}`, async () => {
      const https = method === '+https' ? ['+https=/dns-query'] : ['+https=/dns-query', '+https-get']
      const said = await ask('kdig', [...at(httpsPort), ...https, ...strict(), '+dnssec', 'absent.nsec3.test', 'A'])
      assert.match(said, /status: NXDOMAIN.*NSEC3/s, said)
      assert.match(said, method === '+https' ? /HTTP\/2-POST/ : /HTTP\/2-GET/, said)
    })
  }

  test('RFC7766 §6.2.1: two questions on one connection', async () => {
    const said = await ask('kdig', [
      ...at(server.port),
      '+tcp',
      '+keepopen',
      'www.nsec.test',
      'A',
      'www.nsec3.test',
      'AAAA',
    ])
    assert.match(said, /192\.0\.2\.1.*2001:db8::1/s, said)
    const ports = [...said.matchAll(/From 127\.0\.0\.1@(\d+)\(TCP\)/g)]
    assert.equal(ports.length, 2, said)
  })

  test('RFC7766 §5: what does not fit into a datagram is asked again by TCP', async () => {
    const said = await ask('kdig', [...at(server.port), 'long.nsec.test', 'TXT'])
    assert.equal([...said.matchAll(/\bTXT\t"x/g)].length, 30, said)
    assert.match(said, /\(TCP\)/, said)
  })

  test('RFC9103 §5: a transfer over TLS', async () => {
    const said = await ask('kdig', [...at(tlsPort), '+tls', ...strict(), 'nsec.test', 'AXFR'])
    assert.equal([...said.matchAll(/\tSOA\t/g)].length, 2, said)
  })
})

describe('drill', { skip: lackingCommand('drill') }, () => {
  test('an answer, with and without DO', async () => {
    const plain = await ask('drill', ['-p', String(server.port), '@127.0.0.1', 'www.nsec.test', 'A'])
    assert.match(plain, /rcode: NOERROR.*192\.0\.2\.1/s, plain)
    assert.doesNotMatch(plain, /RRSIG/)
    const signed = await ask('drill', ['-D', '-p', String(server.port), '@127.0.0.1', 'www.nsec.test', 'A'])
    assert.match(signed, /192\.0\.2\.1.*RRSIG/s, signed)
  })

  test('by TCP, a name that is not there', async () => {
    const said = await ask('drill', ['-t', '-D', '-p', String(server.port), '@127.0.0.1', 'absent.nsec3.test', 'A'])
    assert.match(said, /rcode: NXDOMAIN.*NSEC3/s, said)
  })
})

const digHelp = spawnSync('dig', ['-h'], { encoding: 'utf8' }).stdout ?? ''
describe('dig', { skip: digHelp.includes('no]https') ? false : 'no dig with TLS and HTTPS' }, () => {
  const strict = (): string[] => [`+tls-ca=${authorityFile}`, `+tls-hostname=${HOST}`]

  for (const [title, port, words] of [
    ['RFC7858: over TLS', () => tlsPort, ['+tls']],
    ['RFC8484 §4.1: over HTTPS by POST', () => httpsPort, ['+https']],
    ['RFC8484 §4.1: over HTTPS by GET', () => httpsPort, ['+https-get']],
  ] as const) {
    test(title, async () => {
      const said = await ask('dig', [...at(port()), ...words, ...strict(), '+dnssec', 'www.nsec3.test', 'AAAA'])
      assert.match(said, /status: NOERROR.*2001:db8::1.*RRSIG/s, said)
    })
  }
})

/** What is asked below the zone, and what delv says of it. */
const VALIDATED: readonly (readonly [title: string, name: string, type: string, said: RegExp])[] = [
  ['RFC4035 §3.1.1: a positive answer', 'www', 'A', /; fully validated.*192\.0\.2\.1/s],
  ['RFC4035 §3.1.1: through a CNAME', 'alias', 'AAAA', /; fully validated.*CNAME.*2001:db8::1/s],
  ['RFC4035 §3.1.1: too long for a datagram', 'long', 'TXT', /; fully validated.*TXT/s],
  ['RFC4035 §3.1.3.2: NXDOMAIN', 'absent', 'A', /ncache nxdomain.*; negative response, fully validated/s],
  ['RFC4035 §3.1.3.1: NODATA', 'www', 'MX', /ncache nxrrset.*; negative response, fully validated/s],
  [
    'RFC4035 §3.1.3.1: NODATA at an empty non-terminal',
    'below',
    'A',
    /ncache nxrrset.*; negative response, fully validated/s,
  ],
  ['RFC4035 §3.1.3.3: a wildcard', 'any.wild', 'TXT', /; fully validated.*"any"/s],
  [
    'RFC4035 §3.1.3.4: a wildcard without the type',
    'any.wild',
    'A',
    /ncache nxrrset.*; negative response, fully validated/s,
  ],
  ['RFC4035 §3.1.4: DS of a signed zone below', 'signed', 'DS', /; fully validated.*\tDS\t/s],
  [
    'RFC4035 §3.1.4: no DS of an unsigned zone below',
    'plain',
    'DS',
    /ncache nxrrset.*; negative response, fully validated/s,
  ],
  ['RFC4035 §5.2: into a signed zone below', 'www.signed', 'A', /; fully validated.*192\.0\.2\.8/s],
  ['RFC4035 §5.2: into an unsigned zone below', 'www.plain', 'A', /; unsigned answer.*192\.0\.2\.9/s],
]

for (const denial of DENIALS) {
  describe(`delv, a zone with ${denial.toUpperCase()}`, { skip: lackingCommand('delv') }, () => {
    for (const [title, name, type, expected] of VALIDATED) {
      test(title, async () => {
        const anchor = ['-a', anchorFiles[denial], `+root=${denial}.test.`]
        const said = await ask('delv', [...at(server.port), ...anchor, `${name}.${denial}.test.`, type])
        assert.match(said, expected, said)
      })
    }
  })
}
