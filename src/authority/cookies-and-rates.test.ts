/** Who shows a good cookie is no forged address: rate limits are not for that client (RFC 7873 §1), whoever the answer comes from. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeMessage, FLAG_RD, optionOf } from '../dns/wire/index.ts'
import { ServerCookies } from '../tsig/index.ts'
import { RANDOM, readyAnswer } from './answer-cache/ready-answer.fixture.ts'
import { AnswerCacheReader, AnswerCacheWriter, ClientList, RATE_LIMIT_DEFAULTS, RateLimit, TRANSPORT } from './index.ts'
import { NOW, question, Served, zoneFrom } from './served.fixture.ts'

const TXT = 16
const client = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)

/** A server that drops all but the first answers of a second. */
function serve(): Served {
  const cache = AnswerCacheWriter.create(1 << 16, RANDOM)
  assert.ok(cache.put(readyAnswer('one.test.', TXT, { now: NOW }), NOW))
  const clients = new ClientList([{ includes: true, prefix: undefined, bits: 0 }])
  const options = { ...RATE_LIMIT_DEFAULTS, size: 1000, perSecond: 1, slip: 0 }
  return new Served([zoneFrom('example.', 'www A 192.0.2.2')], {
    cookies: new ServerCookies([new Uint8Array(16).fill(3)]),
    rateLimit: new RateLimit(RateLimit.share(options, new Uint8Array(16))),
    resolving: { cache: new AnswerCacheReader(cache.buffer), clients },
  })
}

for (const [from, name, type] of [
  ['of a zone', 'www.example.', 'A'],
  ['of the answer cache', 'one.test.', TXT],
] as const) {
  describe(`RFC7873 §1: a rate limit on answers ${from}`, () => {
    const packet = (server?: Uint8Array): Uint8Array => {
      const cookie = { kind: 'cookie', client, ...(server !== undefined && { server }) } as const
      return question(name, type, { bits: FLAG_RD, options: [cookie] })
    }
    const exhaust = (server: Served): Uint8Array | undefined => {
      let good: Uint8Array | undefined
      for (let i = 0; i < 20; i++) {
        const answer = server.send(packet())
        if (answer instanceof Uint8Array) good ??= optionOf(decodeMessage(answer).edns, 'cookie')?.server
      }
      assert.equal(server.send(packet()), undefined, 'over the limit')
      return good
    }

    it('does not concern a client with a good cookie', () => {
      const server = serve()
      const good = exhaust(server)
      for (let i = 0; i < 5; i++) assert.ok(server.send(packet(good)) instanceof Uint8Array)
    })

    it('concerns one with a cookie of another address, or a bad one', () => {
      const server = serve()
      const good = exhaust(server) ?? assert.fail('no cookie')
      assert.equal(server.send(packet(good.map((octet, i) => (i === 15 ? octet ^ 1 : octet)))), undefined)
      server.asker.octets.set([192, 0, 2, 8])
      assert.equal(server.send(packet(good)), undefined)
    })

    it('does not concern TCP', () => {
      const server = serve()
      exhaust(server)
      assert.ok(server.send(packet(), TRANSPORT.tcp4) instanceof Uint8Array)
    })
  })
}
