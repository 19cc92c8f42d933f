/** A server with zones of its own and a resolver: what leads out of its zones, what leads into them, and what changes in them. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { Name } from '../../dns/name/index.ts'
import { rdataText, typeMnemonic, typeNumber } from '../../dns/rr/index.ts'
import { decodeMessage, encodeMessage, headerOf, type Message } from '../../dns/wire/index.ts'
import { NetworkExchange } from '../../transport/index.ts'
import { TestServer } from '../servers.fixture.ts'

const SOA = '@ 300 SOA ns h 1 7200 3600 1209600 60\n@ 300 NS ns\nns 300 A 127.0.0.1\n'
const OWN = `${SOA}www 300 A 192.0.2.1
in 300 CNAME www
out 300 CNAME www.else.lab.
tree 300 DNAME else.lab.
child 300 NS ns.else.lab.
`
const exchange = new NetworkExchange()
let authority: TestServer
let server: TestServer
let configuration: Parameters<TestServer['start']>[0]

async function ask(name: string, type = 'A', bits: { readonly rd?: boolean } = {}): Promise<Message> {
  const query = encodeMessage({
    header: { ...headerOf(1, 0), rd: bits.rd ?? true },
    questions: [{ name: Name.parse(name), type: typeNumber(type), class: 1 }],
    answer: [],
    authority: [],
    additional: [],
  })
  const endpoint = { address: Uint8Array.of(127, 0, 0, 1), port: server.port }
  return decodeMessage(await exchange.query(endpoint, query, { timeoutSeconds: 5 }))
}

function told({ answer }: Message): string[] {
  return answer.map(({ owner, type, rdata }) => `${owner} ${typeMnemonic(type)} ${rdataText(type, rdata)}`)
}

before(async () => {
  authority = new TestServer()
  const zone = (name: string, text: string) => ({
    name,
    type: 'primary',
    file: authority.file(`${name}zone`, `${SOA}${text}`),
  })
  await authority.start({
    zones: [
      zone('else.lab.', 'www 300 A 192.0.2.2\nback 300 CNAME www.own.lab.\nhidden 300 CNAME www.some.lab.\n'),
      zone('child.own.lab.', 'www 300 A 192.0.2.3\n'),
      zone('some.lab.', 'www 300 A 192.0.2.4\n'),
    ],
  })
  const addresses = [`127.0.0.1:${authority.port}`]
  server = new TestServer()
  configuration = {
    zones: [
      { name: 'own.lab.', type: 'primary', file: server.file('own', OWN) },
      {
        name: 'some.lab.',
        type: 'primary',
        file: server.file('some', `${SOA}www 300 A 192.0.2.66\n`),
        allowQuery: [],
      },
      { name: '.', type: 'stub', addresses },
      { name: 'child.own.lab.', type: 'stub', addresses },
    ],
    resolver: { enabled: true, rootTrustAnchors: false, ipv6: false },
  }
  await server.start(configuration)
})

test('RFC1034 §4.3.2: aliases and delegations that lead out of our zones are followed with RD, and shown without', async () => {
  for (let round = 0; round < 2; round++) {
    const out = await ask('out.own.lab.')
    assert.deepEqual(told(out), ['out.own.lab. CNAME www.else.lab.', 'www.else.lab. A 192.0.2.2'])
    assert.deepEqual([out.header.rcode, out.header.ra, out.header.ad], [0, true, false])
  }
  assert.deepEqual(told(await ask('www.tree.own.lab.')).slice(1), [
    'www.tree.own.lab. CNAME www.else.lab.',
    'www.else.lab. A 192.0.2.2',
  ])
  assert.deepEqual(told(await ask('www.child.own.lab.')), ['www.child.own.lab. A 192.0.2.3'])
  assert.deepEqual(told(await ask('out.own.lab.', 'A', { rd: false })), ['out.own.lab. CNAME www.else.lab.'])
  const inside = await ask('in.own.lab.')
  assert.deepEqual([inside.header.aa, inside.answer.length], [true, 2])
})

test('an alias of others leads into our zones, but not into those that only some may ask', async () => {
  assert.deepEqual(told(await ask('back.else.lab.')), ['back.else.lab. CNAME www.own.lab.', 'www.own.lab. A 192.0.2.1'])
  assert.doesNotMatch(told(await ask('hidden.else.lab.')).join(), /192\.0\.2\.66/)
})

test('a new version of a zone of ours shows at once', async () => {
  assert.equal((await ask('out.own.lab.')).answer.length, 2)
  server.file('own', OWN.replace('ns h 1', 'ns h 2').replace('out 300 CNAME www.else', 'out 300 CNAME back.else'))
  await server.server.reload()
  assert.deepEqual(told(await ask('out.own.lab.'))[0], 'out.own.lab. CNAME back.else.lab.')
})

test('a zone that is taken out is asked for elsewhere, and the other way round', async () => {
  const [own, ...others] = configuration.zones
  assert.ok(own)
  server.write({ ...configuration, zones: others })
  await server.server.reload()
  assert.notEqual((await ask('www.own.lab.')).header.rcode, 0)
  server.write(configuration)
  await server.server.reload()
  assert.deepEqual(told(await ask('www.own.lab.')), ['www.own.lab. A 192.0.2.1'])
})
