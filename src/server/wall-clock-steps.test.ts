/** A wall clock that is set while a server runs, as its threads have it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Name } from '../dns/name/index.ts'
import { decodeMessage, encodeMessage, headerOf, optionOf } from '../dns/wire/index.ts'
import { makeSecondaryQuery } from '../transfer/index.ts'
import { NetworkExchange } from '../transport/index.ts'
import { newTsigKey, signRequest } from '../tsig/index.ts'
import { TestServer, zoneText } from './servers.fixture.ts'

const HOUR = 3600
/** Within which a step takes effect in all threads: half a second, and a busy machine. */
const EFFECT_MILLISECONDS = 1500
const NOTAUTH = 9
const SECRET = new Uint8Array(32).fill(7)
const apex = Name.parse('example.')
const exchange = new NetworkExchange()

async function start(): Promise<TestServer> {
  const server = new TestServer()
  const zones = [{ name: 'example.', type: 'primary', file: server.file('zone', zoneText(1)) }]
  const secret = Buffer.from(SECRET).toString('base64')
  await server.start({ tsigKeys: [{ name: 'k1.', algorithm: 'hmac-sha256', secret }], zones })
  return server
}

const seconds = (): number => Math.floor(Date.now() / 1000)

function send({ port }: TestServer, message: Uint8Array): Promise<Uint8Array> {
  return exchange.query({ address: Uint8Array.of(127, 0, 0, 1), port }, message, { timeoutSeconds: 5 })
}

/** The time in the cookie that a worker makes (RFC 9018 §4.3). */
async function cookieTime(server: TestServer): Promise<number> {
  const answer = await send(
    server,
    encodeMessage({
      header: headerOf(1, 0),
      questions: [{ name: apex, type: 6, class: 1 }],
      answer: [],
      authority: [],
      additional: [],
      edns: {
        udpSize: 1232,
        version: 0,
        dnssecOk: false,
        flags: 0,
        options: [{ kind: 'cookie', client: new Uint8Array(8).fill(1) }],
      },
    }),
  )
  const { server: made } = optionOf(decodeMessage(answer).edns, 'cookie') ?? {}
  return Buffer.from(made ?? assert.fail('there is no cookie')).readUInt32BE(4)
}

test('a worker makes cookies by the new time soon after a step of an hour, forward and back', async () => {
  const server = await start()
  for (const ahead of [0, HOUR, -HOUR, 0]) {
    server.clockAhead = ahead
    await sleep(EFFECT_MILLISECONDS)
    const late = (await cookieTime(server)) - seconds() - ahead
    assert.ok(Math.abs(late) <= 1, `${late} s at ${ahead}`)
  }
})

test('a signed request is judged by the time that the clock shows when it comes, before any timer', async () => {
  const server = await start()
  const key = newTsigKey(Name.parse('k1.'), 'hmac-sha256', SECRET)
  const rcodeOf = async (signedAt: number): Promise<number> => {
    const { message } = signRequest(makeSecondaryQuery(1, apex, { form: 'soa' }), key, signedAt)
    return ((await send(server, message))[3] ?? 0) & 15
  }
  for (const ahead of [HOUR, 0, -HOUR]) {
    server.clockAhead = ahead
    assert.equal(await rcodeOf(seconds() + ahead), 0)
    assert.equal(await rcodeOf(seconds() + ahead + HOUR), NOTAUTH)
  }
})
