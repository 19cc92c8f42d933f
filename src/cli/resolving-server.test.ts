/** `signet serve` as a resolver that validates, over a small signed DNS of our own. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { describe } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { CLASS_IN, typeNumber } from '../dns/rr/index.ts'
import { encodeMessage, headerOf, type Message, optionOf } from '../dns/wire/index.ts'
import { TestServer } from '../server/servers.fixture.ts'
import { askTcp, askUdp, makeFolder, RunningServer } from './running-server.fixture.ts'
import { buildSignedWorld } from './signed-world.fixture.ts'

const world = await buildSignedWorld()
const folder = makeFolder()
writeFileSync(
  join(folder, 'own.zone'),
  '@ 300 SOA ns h 1 2 3 4 5\n@ 300 NS ns\nns 300 A 127.0.0.1\nout 300 CNAME www.lab.\n',
)
const CONFIGURATION = {
  data: 'state',
  server: { listen: ['127.0.0.1:0'], threads: 1 },
  management: { listen: [] },
  zones: [
    { name: '.', type: 'stub', addresses: [world.address] },
    { name: 'own.lab.', type: 'primary', file: 'own.zone' },
  ],
  resolver: { enabled: true, trustAnchors: [world.anchor] },
}
const server = await RunningServer.start(folder, CONFIGURATION)

type Bits = { readonly do?: boolean; readonly cd?: boolean; readonly ad?: boolean; readonly rd?: boolean }

function query(name: string, type = 'A', bits: Bits = {}): Uint8Array {
  return encodeMessage({
    header: { ...headerOf(1, 0), rd: bits.rd ?? true, ad: bits.ad ?? false, cd: bits.cd ?? false },
    questions: [{ name: Name.parse(name), type: typeNumber(type), class: CLASS_IN }],
    answer: [],
    authority: [],
    additional: [],
    edns: { udpSize: 1232, version: 0, dnssecOk: bits.do ?? false, flags: 0, options: [] },
  })
}

async function ask(name: string, type = 'A', bits: Bits = {}, port = server.port('udp')): Promise<Message> {
  return (await askUdp(query(name, type, bits), port)).message
}

describe('answers', () => {
  test('RFC4035 §3.2: validated, cached, told with AD to those who ask for it', async () => {
    for (let round = 0; round < 2; round++) {
      const { header, answer } = await ask('www.lab.', 'A', { do: true })
      assert.deepEqual([header.rcode, header.ad, header.ra, header.aa], [0, true, true, false])
      assert.deepEqual(
        answer.map(({ type }) => type),
        [1, 46],
      )
    }
    const plain = await ask('www.lab.')
    assert.deepEqual([plain.header.ad, plain.answer.length], [false, 1])
    assert.equal((await ask('www.lab.', 'A', { ad: true })).header.ad, true)
    const byTcp = await askTcp(query('www.lab.', 'A', { do: true }), server.port('tcp'))
    assert.equal(byTcp.header.ad, true)
  })

  test('RFC4035 §5.5, RFC8914 §4.8: bogus data is SERVFAIL with the reason; CD gives it', async () => {
    const bogus = await ask('www.late.lab.', 'A', { do: true })
    assert.deepEqual([bogus.header.rcode, bogus.answer.length], [2, 0])
    const error = optionOf(bogus.edns, 'ede')
    assert.equal(error?.infoCode, 7)
    assert.match(error?.text ?? '', /expired/)
    const unchecked = await ask('www.late.lab.', 'A', { cd: true, do: true })
    assert.deepEqual([unchecked.header.rcode, unchecked.header.ad, unchecked.header.cd], [0, false, true])
    assert.equal(unchecked.answer[0]?.type, 1)
    assert.match(server.log, /www\.late\.lab\. A does not validate: /)
  })

  test('what is not signed is answered without AD', async () => {
    const { header, answer } = await ask('www.open.lab.', 'A', { do: true })
    assert.deepEqual([header.rcode, header.ad, answer.length], [0, false, 1])
  })

  test('RFC6761, RFC6303: special names ask nobody', async () => {
    const local = await ask('localhost.')
    assert.deepEqual(
      [local.header.rcode, local.header.aa, [...(local.answer[0]?.rdata ?? [])]],
      [0, true, [127, 0, 0, 1]],
    )
    assert.equal((await ask('x.onion.')).header.rcode, 3)
    assert.equal((await ask('1.2.168.192.in-addr.arpa.', 'PTR')).header.rcode, 3)
  })

  test('zones of the server are answered from, and resolved through', async () => {
    const own = await ask('ns.own.lab.')
    assert.deepEqual([own.header.aa, own.answer.length], [true, 1])
  })
})

describe('steering', () => {
  const run = (words: string) => world.place.run(`${words} --data ${join(folder, 'state')}`)

  test('signet resolver status and flush', async () => {
    assert.match(await run('resolver status'), /^validation +on$/m)
    assert.match(await run('resolver dump'), /^www\.lab\. \d+ IN A 192\.0\.2\.1 ; secure$/m)
    assert.match(await run('resolver flush lab. --subtree'), /forgotten/)
    assert.doesNotMatch(await run('resolver dump'), /^www\.lab\. /m)
    assert.equal((await ask('www.lab.', 'A', { do: true })).header.ad, true)
  })

  test('RFC7646: a negative trust anchor turns validation off, and its end turns it on', async () => {
    await run('negative-anchor add late.lab --until +1h')
    const off = await ask('www.late.lab.', 'A', { do: true })
    assert.deepEqual([off.header.rcode, off.header.ad], [0, false])
    await run('negative-anchor remove late.lab')
    assert.equal((await ask('www.late.lab.', 'A', { do: true })).header.rcode, 2)
  })

  test('signet trust-point list, refresh, export', async () => {
    assert.match(await run('trust-point refresh'), /the keys verify/)
    assert.match(await run('trust-point list'), /^\. Active$/m)
    // In a process of its own: it writes to standard output as to a file.
    const exported = await world.place.run(`trust-point export --data ${join(folder, 'state')}`, { env: {} })
    assert.match(exported, /^\. IN DNSKEY 257 3 13 /m)
  })

  test('a reload takes up who may ask', async () => {
    const changed = { ...CONFIGURATION.resolver, allow: ['192.0.2.0/24'] }
    writeFileSync(join(folder, 'signet.yaml'), JSON.stringify({ ...CONFIGURATION, resolver: changed }))
    await run('server reload')
    const refused = await ask('www.lab.', 'A', { do: true })
    assert.deepEqual([refused.header.rcode, refused.header.ra], [5, false])
    assert.equal(optionOf(refused.edns, 'ede')?.infoCode, 18)
    assert.equal((await ask('ns.own.lab.')).header.rcode, 0, 'zones are for all')
    writeFileSync(join(folder, 'signet.yaml'), JSON.stringify(CONFIGURATION))
    await run('server reload')
    assert.equal((await ask('www.lab.', 'A', { do: true })).header.ad, true)
  })
})

test('a file of anchors that cannot be read stops the start, and is named', async () => {
  const place = makeFolder()
  writeFileSync(join(place, 'anchors'), 'lab. IN DS 1 2 three 4\n')
  const wrong = RunningServer.launch(place, {
    ...CONFIGURATION,
    zones: [],
    resolver: { enabled: true, trustAnchors: ['anchors'] },
  })
  assert.equal(await wrong.exited, 2)
  assert.match(wrong.log, /anchors:1:\d+: /)
})

describe('RFC8806: a copy of the root zone', () => {
  const zones = [{ name: 'lab.', type: 'stub', addresses: [world.address] }]
  const serve = (localRoot: object): Promise<TestServer> => {
    const resolver = { enabled: true, trustAnchors: [world.anchor], localRoot: { enabled: true, ...localRoot } }
    return TestServer.start({ zones, resolver })
  }
  const file = join(world.place.folder, 'root.zone.signed')

  test('from a file: root servers are asked nothing', async () => {
    const local = await serve({ file })
    assert.match(local.lines.join('\n'), /the root zone is read/)
    const { port } = local
    const denied = await ask('no.such.', 'A', { do: true }, port)
    assert.deepEqual([denied.header.rcode, denied.header.ad], [3, true])
    const found = await ask('www.lab.', 'A', { do: true }, port)
    assert.deepEqual([found.header.rcode, found.header.ad], [0, true])
    assert.equal((await ask('www.late.lab.', 'A', {}, port)).header.rcode, 2)
  })

  test('by transfer', async () => {
    const local = await serve({ primaries: [world.address] })
    const { port } = local
    const deadline = Date.now() + 20_000
    while (!(await ask('no.such.', 'A', { do: true }, port)).header.ad) assert.ok(Date.now() < deadline)
    assert.equal((await ask('www.lab.', 'A', { do: true }, port)).header.ad, true)
  })

  test('RFC8976 §4: one that its digest does not prove is not used', async () => {
    const tampered = join(makeFolder(), 'root.zone')
    writeFileSync(tampered, readFileSync(file, 'utf8').replace(/^(ns\.lab\..*)127\.0\.0\.1$/m, '$1127.0.0.66'))
    assert.notEqual(readFileSync(tampered, 'utf8'), readFileSync(file, 'utf8'))
    const local = await serve({ file: tampered })
    assert.match(local.lines.join('\n'), /the copy of the root zone cannot be used/)
  })
})
