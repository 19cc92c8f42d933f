/** Answers while the wall clock is set: what ages does so by the steady clock; cookies, whose times are the wall clock's, recover. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeMessage, FLAG_RD, type Message, optionOf } from '../dns/wire/index.ts'
import { ServerCookies } from '../tsig/index.ts'
import { RANDOM, readyAnswer } from './answer-cache/ready-answer.fixture.ts'
import { AnswerCacheReader, AnswerCacheWriter, ClientList, RATE_LIMIT_DEFAULTS, RateLimit, TRANSPORT } from './index.ts'
import { NOW, question, Served, zoneFrom } from './served.fixture.ts'

const DAY = 86_400
const STEPS = [DAY, -DAY, 3650 * DAY, -3650 * DAY, 3, -3]
const TXT = 16
const zone = zoneFrom('example.', 'www A 192.0.2.2')
const client = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)

test('a cached answer is as old as the steady clock says, and ends by it', () => {
  const cache = AnswerCacheWriter.create(1 << 16, RANDOM)
  const clients = new ClientList([{ includes: true, prefix: Uint8Array.of(192, 0, 2, 0), bits: 24 }])
  const server = new Served([zone], { resolving: { cache: new AnswerCacheReader(cache.buffer), clients } })
  assert.ok(cache.put(readyAnswer('one.test.', TXT, { now: NOW }), NOW))
  const packet = question('one.test.', TXT, { bits: FLAG_RD })
  for (const step of STEPS) {
    const answered = server.send(packet, TRANSPORT.udp4, { wall: NOW + step, steady: NOW + 30 })
    assert.ok(answered instanceof Uint8Array, `${step}`)
    assert.equal(decodeMessage(answered).answer[0]?.ttl, 270)
    assert.equal(server.send(packet, TRANSPORT.udp4, { wall: NOW + step, steady: NOW + 300 }), 'control')
  }
})

test('a client over its limit stays over it, and is under it again after the same time', () => {
  const options = { ...RATE_LIMIT_DEFAULTS, size: 1000, perSecond: 1, slip: 0 }
  const packet = question('www.example.', 'A')
  for (const step of STEPS) {
    const server = new Served([zone], { rateLimit: new RateLimit(RateLimit.share(options, new Uint8Array(16))) })
    for (let i = 0; i < 20; i++) server.send(packet)
    assert.equal(server.send(packet, TRANSPORT.udp4, { wall: NOW + step, steady: NOW }), undefined, `${step}`)
    assert.ok(server.send(packet, TRANSPORT.udp4, { wall: NOW + step, steady: NOW + 60 }) instanceof Uint8Array)
  }
})

test('RFC9018 §4.3: a cookie of another time is answered all the same, with one that is good', () => {
  const server = new Served([zone], { cookies: new ServerCookies([new Uint8Array(16).fill(3)]) })
  const ask = (wall: number, cookie?: Uint8Array): { message: Message; cookie: Uint8Array } => {
    const option = { kind: 'cookie', client, ...(cookie !== undefined && { server: cookie }) } as const
    const packet = question('www.example.', 'A', { options: [option] })
    const answered = server.send(packet, TRANSPORT.udp4, { wall, steady: NOW })
    const message = answered instanceof Uint8Array ? decodeMessage(answered) : assert.fail('no answer')
    const found = optionOf(message.edns, 'cookie')?.server
    return { message, cookie: found ?? assert.fail('no cookie') }
  }
  let wall = NOW
  let { cookie } = ask(wall)
  for (const step of STEPS) {
    wall += step
    const first = ask(wall, cookie)
    assert.deepEqual([first.message.header.rcode, first.message.answer.length], [0, 1], `${step}`)
    const second = ask(wall, first.cookie)
    assert.deepEqual(second.cookie, first.cookie, 'it is good, and comes back')
    cookie = second.cookie
  }
})
