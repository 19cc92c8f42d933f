import assert from 'node:assert/strict'
import test from 'node:test'
import { Name } from '../dns/name/index.ts'
import { makeSecondaryQuery } from '../transfer/index.ts'
import { NetworkExchange } from '../transport/index.ts'
import { newTsigKey, signRequest } from '../tsig/index.ts'
import { TestServer, zoneText } from './servers.fixture.ts'

test('RFC8945 §10: a signed request that is sent a second time is answered and counted', async () => {
  const secret = Buffer.alloc(32, 7)
  const server = new TestServer()
  const zones = [{ name: 'example.', type: 'primary', file: server.file('zone', zoneText(1)) }]
  const keys = [{ name: 'k1.', algorithm: 'hmac-sha256', secret: secret.toString('base64') }]
  await server.start({ tsigKeys: keys, zones })
  const key = newTsigKey(Name.parse('k1.'), 'hmac-sha256', Uint8Array.from(secret))
  const now = Math.floor(Date.now() / 1000)
  const signed = (id: number): Uint8Array =>
    signRequest(makeSecondaryQuery(id, Name.parse('example.'), { form: 'soa' }), key, now).message
  const exchange = new NetworkExchange()
  const endpoint = { address: Uint8Array.of(127, 0, 0, 1), port: server.port }
  const counts: number[] = []
  for (const [message, tcp] of [
    [signed(1), false],
    [signed(2), false],
    [signed(1), false],
    [signed(1), true],
  ] as const) {
    const answer = await exchange.query(endpoint, message, { tcp })
    assert.equal((answer[3] ?? 0) & 15, 0)
    counts.push(server.server.replays.count)
  }
  assert.deepEqual(counts, [0, 0, 1, 2])
})
