/** What lists and keys of the configuration decide about requests to a server, over UDP and TCP. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { sumCounters, sumZoneCounters } from '../../authority/index.ts'
import { question } from '../../authority/served.fixture.ts'
import { Name } from '../../dns/name/index.ts'
import {
  decodeMessage,
  type Message,
  MessageView,
  OPCODE_UPDATE,
  RCODE_NOERROR,
  RCODE_NOTIMP,
  RCODE_REFUSED,
} from '../../dns/wire/index.ts'
import { NetworkExchange } from '../../transport/index.ts'
import { newTsigKey, signRequest, type TsigKey, verifyResponse } from '../../tsig/index.ts'
import { TestServer, zoneText } from '../servers.fixture.ts'

const exchange = new NetworkExchange()
const SECRET = new Uint8Array(32).fill(7)
const NAMED = newTsigKey(Name.parse('named.'), 'hmac-sha256', SECRET)
const OTHER = newTsigKey(Name.parse('other.'), 'hmac-sha256', SECRET)
const TRANSPORTS = ['udp', 'tcp'] as const

async function start(zone: object, more: object = {}): Promise<TestServer> {
  const server = new TestServer()
  const file = server.file('zone', zoneText(1))
  const secret = SECRET.toBase64()
  await server.start({
    tsigKeys: ['named.', 'other.'].map((name) => ({ name, algorithm: 'hmac-sha256', secret })),
    zones: [{ name: 'example.', type: 'primary', file, ...zone }],
    ...more,
  })
  return server
}

/** The answer, whose signature is good if the request was signed. */
async function ask(server: TestServer, octets: Uint8Array, key?: TsigKey, transport = 'udp'): Promise<Message> {
  const now = Math.floor(Date.now() / 1000)
  const signed = key === undefined ? undefined : signRequest(octets, key, now)
  const endpoint = { address: Uint8Array.of(127, 0, 0, 1), port: server.port }
  const options = { tcp: transport === 'tcp', timeoutSeconds: 5 }
  const answer = await exchange.query(endpoint, signed?.message ?? octets, options)
  if (signed !== undefined) {
    const view = new MessageView()
    assert.equal(view.parse(answer) ?? view.scan(), undefined)
    assert.equal(verifyResponse(view, signed, now).verdict, 'good')
  }
  return decodeMessage(answer)
}

test('a zone answers the clients of its allowQuery, by address or key, and refuses others', async () => {
  const byKey = await start({ allowQuery: ['key:named.'] })
  const byAddress = await start({ allowQuery: ['127.0.0.1'] })
  const neither = await start({ allowQuery: ['192.0.2.1'] })
  const www = question('www.example.', 'A')
  for (const transport of TRANSPORTS) {
    const rcodes = async (server: TestServer): Promise<number[]> => [
      (await ask(server, www, undefined, transport)).header.rcode,
      (await ask(server, www, NAMED, transport)).header.rcode,
      (await ask(server, www, OTHER, transport)).header.rcode,
    ]
    assert.deepEqual(await rcodes(byKey), [RCODE_REFUSED, RCODE_NOERROR, RCODE_REFUSED])
    assert.deepEqual(await rcodes(byAddress), [RCODE_NOERROR, RCODE_NOERROR, RCODE_NOERROR])
    assert.deepEqual(await rcodes(neither), [RCODE_REFUSED, RCODE_REFUSED, RCODE_REFUSED])
  }
})

test('a refusal is counted once as an answer and once as the zone’s', async () => {
  const server = await start({ allowQuery: ['key:named.'] })
  await ask(server, question('www.example.', 'A'), undefined, 'tcp')
  await ask(server, question('www.example.', 'A'), NAMED, 'tcp')
  const { countedBlocks, image } = server.server
  const counted = sumCounters(countedBlocks)
  assert.deepEqual([counted.queries, counted.byRcode.get(RCODE_REFUSED), counted.byRcode.get(RCODE_NOERROR)], [2, 1, 1])
  const slot = image.slotAbove(Name.parse('example.').octets, 0)
  assert.ok(slot !== undefined)
  const { queries, refused } = sumZoneCounters(countedBlocks)(slot)
  assert.deepEqual({ queries, refused }, { queries: 2, refused: 1 })
})

test('the resolver answers the clients of resolver.allow, by address or key, and refuses others', async () => {
  const resolver = { enabled: true, validation: { enabled: false } }
  const byKey = await start({}, { resolver: { ...resolver, allow: ['key:named.'] } })
  const byAddress = await start({}, { resolver: { ...resolver, allow: ['127.0.0.0/8'] } })
  const neither = await start({}, { resolver: { ...resolver, allow: [] } })
  const query = question('localhost.', 'A', { bits: 0x0100 })
  for (const transport of TRANSPORTS) {
    const rcodes = async (server: TestServer): Promise<number[]> => [
      (await ask(server, query, undefined, transport)).header.rcode,
      (await ask(server, query, NAMED, transport)).header.rcode,
      (await ask(server, query, OTHER, transport)).header.rcode,
    ]
    assert.deepEqual(await rcodes(byKey), [RCODE_REFUSED, RCODE_NOERROR, RCODE_REFUSED])
    assert.deepEqual(await rcodes(byAddress), [RCODE_NOERROR, RCODE_NOERROR, RCODE_NOERROR])
    assert.deepEqual(await rcodes(neither), [RCODE_REFUSED, RCODE_REFUSED, RCODE_REFUSED])
    // What a zone here has is answered from it, not resolved.
    const own = await ask(byKey, question('www.example.', 'A', { bits: 0x0100 }), NAMED, transport)
    assert.deepEqual([own.header.rcode, own.header.aa], [RCODE_NOERROR, true])
  }
})

test('UPDATE is refused and TKEY is not implemented, signed or not', async () => {
  const server = await start({})
  const update = question('example.', 'SOA')
  update[2] = OPCODE_UPDATE << 3
  for (const transport of TRANSPORTS) {
    for (const key of [undefined, NAMED]) {
      assert.equal((await ask(server, update, key, transport)).header.rcode, RCODE_REFUSED)
      assert.equal((await ask(server, question('example.', 249), key, transport)).header.rcode, RCODE_NOTIMP)
    }
  }
})
