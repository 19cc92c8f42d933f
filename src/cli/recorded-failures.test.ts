/** `signet explain --from-server` and `signet resolver failures`: what a resolver that runs recorded of its failures. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { CLASS_IN, typeNumber } from '../dns/rr/index.ts'
import { decodeMessage, encodeMessage, headerOf, optionOf } from '../dns/wire/index.ts'
import { askUdp, makeFolder, RunningServer } from './running-server.fixture.ts'
import { buildSignedWorld } from './signed-world.fixture.ts'

const world = await buildSignedWorld()
const { place } = world
const folder = makeFolder()

/** A server that sends what its name says, or nothing. */
async function oddServer(reply: (query: Buffer) => Uint8Array | undefined): Promise<string> {
  const socket = createSocket('udp4')
  after(() => socket.close())
  socket.on('message', (octets, from) => {
    const said = reply(octets)
    if (said !== undefined) socket.send(said, from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return `127.0.0.1:${socket.address().port}`
}

const refusing = await oddServer((octets) => {
  const query = decodeMessage(octets)
  return encodeMessage({ ...query, header: { ...query.header, qr: true, rcode: 5 } })
})
/** An answer whose record is no record, with controls in it. */
const garbage = await oddServer((octets) => {
  const { edns, ...query } = decodeMessage(octets)
  const head = encodeMessage({ ...query, header: { ...query.header, qr: true } })
  head[7] = 1
  return Buffer.concat([head, Buffer.from('\x1b[31m\x84\x00\n\u202e')])
})
const silent = await oddServer(() => undefined)
const configuration = {
  data: 'state',
  server: { listen: ['127.0.0.1:0'], threads: 1 },
  management: { listen: ['127.0.0.1:0'] },
  zones: [
    { name: '.', type: 'stub', addresses: [world.address] },
    { name: 'refused.', type: 'stub', addresses: [refusing] },
    { name: 'forward.', type: 'forward', forwarders: [refusing] },
    { name: 'garbage.', type: 'stub', addresses: [garbage] },
    { name: 'silent.', type: 'stub', addresses: [silent] },
  ],
  resolver: { enabled: true, trustAnchors: [world.anchor], negativeTrustAnchors: [{ name: 'refused.' }] },
}
let server = await RunningServer.start(folder, configuration)

async function ask(name: string | Name, type = 'A', options: { cd?: boolean } = {}) {
  const query = encodeMessage({
    header: { ...headerOf(1, 0), rd: true, cd: options.cd === true },
    questions: [{ name: typeof name === 'string' ? Name.parse(name) : name, type: typeNumber(type), class: CLASS_IN }],
    answer: [],
    authority: [],
    additional: [],
    edns: { udpSize: 1232, version: 0, dnssecOk: true, flags: 0, options: [] },
  })
  return (await askUdp(query, server.port('udp'))).message
}

const signet = (...words: string[]) => place.signet([...words, '--data', join(folder, 'state')])
const explain = (...words: string[]) => signet('explain', '--from-server', ...words)

test('nothing failed: the list is empty, and a name is not recorded', async () => {
  assert.equal((await ask('www.lab.')).header.rcode, 0)
  assert.equal((await signet('resolver', 'failures')).stdout, 'no failure is recorded\n')
  const { status, stdout, stderr } = await explain('www.lab')
  assert.deepEqual([status, stdout], [2, ''])
  assert.equal(
    stderr,
    "signet: no failure of www.lab. is recorded\n  'signet resolver failures' lists those of other zones\n",
  )
})

test('a signed zone that is bogus: the link that fails, why, what its servers sent, and what to do', async () => {
  const failed = await ask('www.late.lab.')
  assert.deepEqual([failed.header.rcode, optionOf(failed.edns, 'ede')?.infoCode], [2, 7])
  const { status, stdout } = await explain('www.late.lab')
  assert.equal(status, 1)
  assert.match(stdout, /^www\.late\.lab\. A: bogus, SERVFAIL$/m)
  assert.match(stdout, /^ {2}\. +trust anchor +secure /m)
  assert.match(stdout, /^ {2}└ lab\. +DS +secure +signed by key \d+/m)
  assert.match(stdout, /^ {4}└ late\.lab\. +DS +secure /m)
  assert.match(
    stdout,
    /^ +keys +bogus +the keys of late\.lab\.: the signature by key \d+ \(ECDSAP256SHA256\) expired at \d{14}, (29|30) days ago$/m,
  )
  assert.match(stdout, /^ {2}=> All signatures over the data have expired\. \(signature-expired\)$/m)
  assert.match(stdout, new RegExp(`^ {2}${world.address} +late\\.lab\\. DNSKEY +NOERROR, AA, answer 2 `, 'm'))
  assert.match(stdout, /^what to do\n {2}The owner of late\.lab\. has to repair it: /m)
  assert.match(stdout, /^ {2}signet explain www\.late\.lab\. A +shows whether it still fails$/m)
  assert.match(stdout, /^ {2}signet resolver flush --subtree late\.lab\. +after a repair/m)
  assert.match(stdout, /^ {2}signet negative-anchor add --until \+1d late\.lab\. +meanwhile/m)
  assert.match(stdout, /^1 question failed in the zone late\.lab\. for this cause \(signature-expired\)$/m)
  assert.match(stdout, /^recorded by the server \d{4}-\d\d-\d\d [\d:]+ UTC: \d+ messages, \d+ ms$/m)
})

test('the caches know already that it is bogus: the chain is shown all the same', async () => {
  await ask('none.late.lab.')
  const { stdout } = await explain('none.late.lab')
  assert.match(stdout, /^ +keys +bogus +the keys of late\.lab\.: the signature by key \d+ .* expired/m)
  assert.match(stdout, /^2 questions failed in the zone late\.lab\./m)
  assert.doesNotMatch(stdout, /late\.lab\. DNSKEY +NOERROR/, 'they were not asked for again')
})

test('an alias that leads to bogus data', async () => {
  await ask('to-late.lab.')
  const { stdout } = await explain('to-late.lab')
  assert.match(stdout, /^to-late\.lab\. CNAME: secure$/m)
  assert.match(stdout, /^www\.late\.lab\. A: bogus$/m)
  assert.match(stdout, /^ {4}└ to-late\.lab\. +CNAME +secure /m)
})

test('it is shown as it was judged, also when the zone is good or gone since', async () => {
  await signet('negative-anchor', 'add', 'late.lab', '--until', '+1h')
  assert.equal((await ask('www.late.lab.')).header.rcode, 0)
  assert.equal((await explain('www.late.lab')).status, 1)
  assert.match((await signet('resolver', 'flush', 'late.lab', '--subtree')).stdout, /forgotten/)
  assert.equal((await explain('www.late.lab')).status, 1, 'a flush is of caches')
  await signet('negative-anchor', 'remove', 'late.lab')
})

test('servers that refuse, send garbage or nothing: what each did', async () => {
  await ask('www.refused.')
  const refused = await explain('www.refused', 'A')
  assert.equal(refused.status, 3)
  assert.match(refused.stdout, /^www\.refused\. A: indeterminate, SERVFAIL$/m)
  assert.match(refused.stdout, /no server of refused\. gives a usable answer: 127\.0\.0\.1@\d+ returned REFUSED/)
  assert.match(refused.stdout, new RegExp(`^ {2}${refusing} +www\\.refused\\. A +REFUSED, empty`, 'm'))
  assert.match(refused.stdout, /\(no-usable-answer\)$/m)
  await ask('www.silent.')
  const { stdout } = await explain('www.silent')
  assert.match(stdout, new RegExp(`^ {2}${silent} +www\\.silent\\. A +no reply +`, 'm'))
  assert.match(stdout, /^ {2}No server of silent\. replies: /m)
  assert.match(stdout, /^above the failure, \. DNSKEY: secure$/m)
  await ask('www.garbage.')
  assert.match((await explain('www.garbage')).stdout, /returned a message that does not parse/)
  await ask('www.forward.', 'AAAA')
  const forwarded = await explain('www.forward')
  assert.ok(forwarded.stdout.includes(`  signet explain --server ${refusing} www.forward. AAAA `), forwarded.stdout)
})

test('names that strangers choose steer no terminal, and are one word in the commands', async () => {
  const label = Buffer.from("\x1b[31m\x07$(id)'\n\u202ex")
  const name = Name.parse('refused.').child(label)
  await ask(name)
  const { stdout } = await explain('refused', '--json').then(() => explain(name.toString()))
  assert.doesNotMatch(stdout, /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
  assert.match(stdout, /^\\027\[31m\\007.*refused\. A: indeterminate, SERVFAIL$/m)
  assert.ok(stdout.includes(`signet explain '${name.toString().replaceAll("'", "'\\''")}' A`), stdout)
  for (const words of [
    ['resolver', 'failures'],
    ['resolver', 'status'],
    ['explain', '--from-server', 'other.refused'],
  ]) {
    const { stdout: out, stderr } = await signet(...words)
    assert.doesNotMatch(out + stderr, /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u, words.join(' '))
  }
})

test('a name that is not recorded: what is recorded in its zone', async () => {
  const { status, stderr } = await explain('other.late.lab', 'TXT')
  assert.equal(status, 2)
  assert.match(stderr, /^signet: no failure of other\.late\.lab\. TXT is recorded$/m)
  assert.match(
    stderr,
    /^ {2}recorded in the zone late\.lab\. \(signature-expired\): to-late\.lab\. A, none\.late\.lab\. A, www\.late\.lab\. A$/m,
  )
  assert.match(stderr, /^ {2}'signet resolver failures' lists all of them$/m)
  assert.match((await explain('www.late.lab', 'TXT')).stderr, /www\.late\.lab\. A$/m)
})

test('signet resolver failures and status', async () => {
  const { stdout } = await signet('resolver', 'failures')
  assert.match(stdout, /^ZONE +CAUSE +QUESTIONS +LAST +NEWEST$/m)
  assert.match(stdout, /^late\.lab\. +signature-expired +3 +\d{4}-\d\d-\d\d [\d:]+ UTC +to-late\.lab\. A$/m)
  assert.match(stdout, /^silent\. +no-reply +1 /m)
  const limited = await signet('resolver', 'failures', '--limit', '2')
  assert.match(limited.stdout, /^and \d more: --limit lists them$/m)
  const { failures, more } = JSON.parse((await signet('resolver', 'failures', '--limit', '2', '--json')).stdout)
  assert.deepEqual([failures.length, more > 0], [2, true])
  assert.match((await signet('resolver', 'status')).stdout, /^recorded failures +\d+, \d+\.\d MiB$/m)
  for (const limit of ['0', 'x', '10001'])
    assert.equal((await signet('resolver', 'failures', '--limit', limit)).status, 2)
})

test('over the network, as the status of the resolver; and as metrics', async () => {
  const base = `http://127.0.0.1:${server.port('management')}`
  const one = await fetch(`${base}/api/v1/resolver/failures/www.late.lab.?type=A`)
  assert.match(one.headers.get('content-type') ?? '', /^application\/json/)
  const found = JSON.parse(await one.text())
  assert.deepEqual(
    [found.format, found.version, found.name, found.cause],
    ['signet-evidence', 2, 'www.late.lab.', 'signature-expired'],
  )
  const none = await fetch(`${base}/api/v1/resolver/failures/www.none.`)
  assert.deepEqual([none.status, JSON.parse(await none.text()).code], [404, 'failure-unknown'])
  const list = JSON.parse(await (await fetch(`${base}/api/v1/resolver/failures?limit=1`)).text())
  assert.equal(list.failures.length, 1)
  assert.equal((await fetch(`${base}/api/v1/resolver/failures?limit=0`)).status, 400)
  const metrics = await (await fetch(`${base}/metrics`)).text()
  assert.match(metrics, /^signet_resolver_recorded_failures [1-9]\d*$/m)
  assert.match(metrics, /^signet_resolver_recorded_failures_bytes [1-9]\d*$/m)
})

test('--save, and the same once more without a server; --json, --dot', async () => {
  const shown = await explain('www.late.lab', '--save', 'late.json')
  const again = await place.signet('explain ./late.json')
  assert.deepEqual([again.status, again.stdout], [shown.status, shown.stdout])
  const at = await place.signet('explain ./late.json --at -1d')
  assert.deepEqual([at.status, at.stdout], [2, ''])
  assert.match(at.stderr, /^signet: --at: a failure that a server recorded is shown as it was judged/)
  const json = JSON.parse((await explain('www.late.lab', '--json')).stdout)
  assert.deepEqual([json.status, json.recorded.zone, json.recorded.cause], ['bogus', 'late.lab.', 'signature-expired'])
  assert.match((await explain('www.late.lab', '--dot')).stdout, /^digraph "www\.late\.lab\. A" \{$/m)
})

test('wrong use', async () => {
  for (const words of [
    ['explain', '--from-server', 'www.late.lab', '--server', '127.0.0.1'],
    ['explain', '--from-server', 'www.late.lab', '--at', '-1d'],
    ['explain', '--from-server', 'www.late.lab', 'NOTYPE'],
    ['explain', '--from-server', 'a..b'],
    ['explain', 'www.late.lab'],
  ]) {
    const { status, stdout, stderr } = await signet(...words)
    assert.deepEqual([status, stdout], [2, ''], words.join(' '))
    assert.match(stderr, /^signet: /)
  }
  const nobody = await place.signet('explain --from-server www.late.lab --data ./nowhere')
  assert.equal(nobody.status, 3)
})

test('a reload with it off forgets all of it, and a restart too: nothing is stored', async () => {
  const off = { ...configuration, resolver: { ...configuration.resolver, flightRecorder: { enabled: false } } }
  const reload = async (settings: object): Promise<void> => {
    writeFileSync(join(folder, 'signet.yaml'), JSON.stringify(settings))
    assert.equal((await signet('server', 'reload')).status, 0)
  }
  await reload(off)
  for (const words of [
    ['explain', '--from-server', 'www.late.lab'],
    ['resolver', 'failures'],
  ]) {
    const { status, stderr } = await signet(...words)
    assert.deepEqual(
      [status, stderr],
      [2, 'signet: no failures are recorded: resolver.flightRecorder.enabled is off\n'],
    )
  }
  assert.match((await signet('resolver', 'status')).stdout, /^recorded failures +off$/m)
  await reload(configuration)
  await ask('again.late.lab.')
  assert.equal((await explain('again.late.lab')).status, 1)
  assert.equal((await explain('www.late.lab')).status, 2)
  await server.stop()
  for (const file of readdirSync(join(folder, 'state'), { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, 'state', file)
    try {
      assert.equal(readFileSync(path).includes('signet-evidence'), false, path)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error
    }
  }
  // The line of the first start says that it is ready.
  rmSync(join(folder, 'log'))
  server = await RunningServer.start(folder, configuration)
  const { stdout, stderr } = await signet('resolver', 'failures')
  assert.deepEqual([stdout, stderr], ['no failure is recorded\n', ''])
})
