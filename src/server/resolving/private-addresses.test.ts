/** A server whose resolver removes addresses of private networks: what clients, log and counters see, and what a reload changes. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { Name } from '../../dns/name/index.ts'
import { A, rdataText, typeMnemonic, typeNumber } from '../../dns/rr/index.ts'
import { decodeMessage, encodeMessage, headerOf, type Message, optionOf } from '../../dns/wire/index.ts'
import { NetworkExchange } from '../../transport/index.ts'
import { RunningControl } from '../running-control.ts'
import { TestServer } from '../servers.fixture.ts'
import { RemovalLog } from './removal-log.ts'

const SOA = '@ 300 SOA ns h 1 7200 3600 1209600 60\n@ 300 NS ns\nns 300 A 127.0.0.1\n'
const exchange = new NetworkExchange()
const server = new TestServer()
let configuration: Parameters<TestServer['start']>[0] & { readonly resolver: object }

async function ask(name: string, type = 'A'): Promise<Message> {
  const query = encodeMessage({
    header: { ...headerOf(1, 0), rd: true },
    questions: [{ name: Name.parse(name), type: typeNumber(type), class: 1 }],
    answer: [],
    authority: [],
    additional: [],
    edns: { udpSize: 1232, version: 0, dnssecOk: false, flags: 0, options: [] },
  })
  const endpoint = { address: Uint8Array.of(127, 0, 0, 1), port: server.port }
  return decodeMessage(await exchange.query(endpoint, query, { timeoutSeconds: 5 }))
}

async function records(name: string, type = 'A'): Promise<string> {
  const { answer } = await ask(name, type)
  return answer.map(({ type, rdata }) => `${typeMnemonic(type)} ${rdataText(type, rdata)}`).join()
}

before(async () => {
  const authority = new TestServer()
  const text = `${SOA}mixed 300 A 10.0.0.1\nmixed 300 A 192.0.2.1\nonly 300 A 10.0.0.1\nhost.lan 300 A 10.0.0.1\n`
  await authority.start({ zones: [{ name: 'else.lab.', type: 'primary', file: authority.file('zone', text) }] })
  configuration = {
    zones: [
      {
        name: 'own.lab.',
        type: 'primary',
        file: server.file('own', `${SOA}www 300 A 10.0.0.5\nout 300 CNAME only.else.lab.\n`),
      },
      { name: 'else.lab.', type: 'stub', addresses: [`127.0.0.1:${authority.port}`] },
    ],
    resolver: {
      enabled: true,
      rootTrustAnchors: false,
      ipv6: false,
      privateAddresses: ['10.0.0.0/8'],
      privateDomains: ['lan.else.lab.'],
    },
  }
  await server.start(configuration)
})

test('privateAddresses: clients, log and counters', async () => {
  for (const round of ['fetched', 'cached']) {
    assert.equal(await records('mixed.else.lab.'), 'A 192.0.2.1', round)
    assert.equal(await records('host.lan.else.lab.'), 'A 10.0.0.1', round)
    const only = await ask('only.else.lab.')
    assert.deepEqual([only.header.rcode, only.answer.length], [0, 0], round)
    const remark = optionOf(only.edns, 'ede')
    assert.equal(remark?.infoCode, 15, round)
    assert.equal(remark?.text, 'only.else.lab. A 10.0.0.1 is in the private network 10.0.0.0/8', round)
  }
  assert.equal(await records('www.own.lab.'), 'A 10.0.0.5', 'a zone of this server')
  assert.equal(await records('out.own.lab.'), 'CNAME only.else.lab.', 'an alias that leads out of it')
  const logged = server.lines.filter((line) => line.includes('only.else.lab.'))
  assert.equal(logged.length, 1)
  assert.match(logged[0] ?? '', /^info only\.else\.lab\. A 10\.0\.0\.1 is removed: it is in 10\.0\.0\.0\/8 /)
  const { resolver } = new RunningControl(server.server, () => {})
  assert.equal(resolver?.status().counts.removedAddresses, 2)
})

test('privateAddresses: a reload that changes networks or domains counts for what is cached', async () => {
  const { resolver } = configuration
  const reload = async (settings: object): Promise<void> => {
    server.write({ ...configuration, resolver: { ...resolver, ...settings } })
    await server.server.reload()
  }
  assert.equal(await records('mixed.else.lab.'), 'A 192.0.2.1')
  await reload({ privateDomains: ['else.lab.'] })
  assert.match(await records('mixed.else.lab.'), /10\.0\.0\.1/)
  await reload({ privateAddresses: ['10.0.0.0/8', '192.0.2.0/24'], privateDomains: [] })
  assert.equal(await records('mixed.else.lab.'), '')
  assert.equal(await records('host.lan.else.lab.'), '')
  await reload({ privateAddresses: [], privateDomains: [] })
  assert.match(await records('mixed.else.lab.'), /10\.0\.0\.1/)
  await reload({})
  assert.equal(await records('mixed.else.lab.'), 'A 192.0.2.1')
})

test('removed records are logged: an owner seldom, all of them slowly', () => {
  const lines: string[] = []
  const skip = (): void => {}
  const info = (_: object, text: string): void => void lines.push(text)
  const log = new RemovalLog({ debug: skip, info, warn: skip, error: skip })
  const removed = (name: string) => ({
    owner: Name.parse(name),
    type: A.number,
    text: '10.0.0.1',
    network: '10.0.0.0/8',
  })
  for (let i = 0; i < 100; i++) log.saw(removed('a.example.'), 6000 + i)
  assert.deepEqual(lines, ['a.example. A 10.0.0.1 is removed: it is in 10.0.0.0/8 (resolver.privateAddresses)'])
  log.endMinute()
  log.saw(removed('a.example.'), 6300)
  assert.equal(lines.length, 2)
  log.endMinute()
  for (let i = 0; i < 5000; i++) log.saw(removed(`a${i}.example.`), 6600)
  assert.equal(lines.length, 32)
  log.endMinute()
  assert.match(lines[32] ?? '', /^4970 more lines about records of private networks are left out$/)
})
