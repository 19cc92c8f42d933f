/** What no zone here has, when there is a resolver: the answer cache answers, or the resolver is asked; not everybody may. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { decodeMessage, FLAG_AD, FLAG_CD, FLAG_RD, type Message, optionOf } from '../dns/wire/index.ts'
import { ServerCookies } from '../tsig/index.ts'
import { STATE_RESOLVED } from '../zone/index.ts'
import { RANDOM, readyAnswer } from './answer-cache/ready-answer.fixture.ts'
import { AnswerCacheReader, AnswerCacheWriter, ClientList, RateLimit, TRANSPORT } from './index.ts'
import { NOW, question, SERVING, Served, zoneFrom } from './served.fixture.ts'

const { udp4, tcp4 } = TRANSPORT
const TXT = 16
const EDE = Uint8Array.of(0, 15, 0, 2, 0, 22)
const zone = zoneFrom(
  'example.',
  `www A 192.0.2.2
child NS ns.child
in CNAME www
out CNAME one.test.
round CNAME round
through CNAME x.child
old DNAME test.
*.wild CNAME one.test.
gone CNAME none`,
)

function served(settings: ConstructorParameters<typeof Served>[1] = {}, prefix = [192, 0, 2]) {
  const cache = AnswerCacheWriter.create(1 << 16, RANDOM)
  const clients = new ClientList([{ includes: true, prefix: Uint8Array.from([...prefix, 0]), bits: 24 }])
  const resolving = { cache: new AnswerCacheReader(cache.buffer), clients }
  const server = new Served([zone], { ...settings, resolving })
  return { server, cache }
}

function put(cache: AnswerCacheWriter, name: string, more: Parameters<typeof readyAnswer>[2] = {}): void {
  assert.ok(cache.put(readyAnswer(name, TXT, { now: NOW, ...more }), NOW))
}

function edeOf(message: Message): number | undefined {
  return optionOf(message.edns, 'ede')?.infoCode
}

test('a resolved answer carries the ID and spelling of whoever asks, and RA', () => {
  const { server, cache } = served()
  put(cache, 'one.test.')
  const answer = server.ask('oNe.TEST.', TXT, { bits: FLAG_RD })
  const { header } = answer
  assert.deepEqual([header.id, header.rd, header.ra, header.aa, header.rcode], [0x1234, true, true, false, 0])
  assert.equal(answer.questions[0]?.name.toString(), 'oNe.TEST.')
  assert.equal(answer.answer[0]?.owner.toString(), 'oNe.TEST.')
  assert.equal(answer.answer[0]?.ttl, 300)
})

test('what is not cached is for the resolver, and so is what comes without RD', () => {
  const { server, cache } = served()
  put(cache, 'one.test.')
  assert.equal(server.send(question('two.test.', TXT, { bits: FLAG_RD })), 'control')
  assert.equal(server.send(question('one.test.', TXT)), 'control')
  assert.equal(server.send(question('one.test.', TXT, { bits: FLAG_RD, dnssec: true })), 'control')
  assert.equal(server.send(question('one.test.', TXT, { bits: FLAG_RD | FLAG_CD })), 'control')
  assert.equal(server.send(question('one.test.', TXT, { bits: FLAG_RD }), udp4, NOW + 300), 'control')
})

test('zones of ours answer themselves, with RA; a DS of their apex is asked for above', () => {
  const { server } = served()
  const answer = server.ask('www.example.', 'A', { bits: FLAG_RD })
  assert.deepEqual([answer.header.aa, answer.header.ra], [true, true])
  assert.equal(server.send(question('example.', 'DS', { bits: FLAG_RD })), 'control')
  assert.equal(server.ask('example.', 'DS').header.aa, true)
  assert.equal(server.ask('child.example.', 'DS', { bits: FLAG_RD }).header.aa, true)
})

test('RFC1034 §4.3.2: where an alias or a delegation leads out of our zones, the resolver has the whole answer', () => {
  const { server, cache } = served()
  const names = ['out', 'through', 'one.old', 'a.wild', 'child', 'x.child', 'ns.child']
  for (const name of names) {
    assert.equal(server.send(question(`${name}.example.`, TXT, { bits: FLAG_RD })), 'control', name)
    const plain = server.ask(`${name}.example.`, TXT)
    assert.equal(plain.header.ra, true)
    assert.ok(plain.answer.length + plain.authority.length > 0, name)
  }
  for (const name of ['in', 'round', 'gone', 'www']) {
    assert.equal(server.ask(`${name}.example.`, TXT, { bits: FLAG_RD }).header.aa, true, name)
  }
  assert.equal(server.ask('out.example.', 'CNAME', { bits: FLAG_RD }).answer.length, 1)
  put(cache, 'out.example.')
  put(cache, 'x.child.example.')
  for (const name of ['out', 'x.child']) {
    const { header, answer, authority, additional } = server.ask(`${name}.example.`, TXT, { bits: FLAG_RD })
    assert.deepEqual([header.rcode, header.aa, header.ra], [0, false, true])
    assert.deepEqual([answer.length, authority.length, additional.length], [1, 0, 0], name)
  }
})

test('an alias that leads out of our zones ends there for those who may not use the resolver', () => {
  const { server, cache } = served({}, [198, 51, 100])
  put(cache, 'out.example.')
  const { header, answer } = server.ask('out.example.', TXT, { bits: FLAG_RD })
  assert.deepEqual([header.rcode, header.aa, header.ra, answer[0]?.type], [0, true, false, 5])
  assert.equal(server.ask('x.child.example.', TXT, { bits: FLAG_RD }).authority[0]?.type, 2)
})

test('a zone that is resolved lies within one of ours', () => {
  const { server, cache } = served()
  server.writer.setZone(Name.parse('sub.example.'), { ...SERVING, state: STATE_RESOLVED })
  server.writer.publish()
  assert.equal(server.send(question('a.sub.example.', TXT, { bits: FLAG_RD })), 'control')
  put(cache, 'a.sub.example.')
  assert.equal(server.ask('a.sub.example.', TXT, { bits: FLAG_RD }).answer.length, 1)
})

test('RFC8914 §4.19: clients that may not use the resolver are refused as prohibited', () => {
  const { server, cache } = served({}, [198, 51, 100])
  put(cache, 'one.test.')
  const answer = server.ask('one.test.', TXT, { bits: FLAG_RD, udpSize: 1232 })
  assert.deepEqual([answer.header.rcode, answer.header.ra, edeOf(answer)], [5, false, 18])
  assert.equal(server.ask('www.example.', 'A', { bits: FLAG_RD }).header.ra, false)
})

test('RFC6840 §5.7, §5.8: AD is told to those who set AD or DO', () => {
  const { server, cache } = served()
  put(cache, 'one.test.')
  put(cache, 'one.test.', { dnssecOk: true })
  const ad = (bits: number, dnssec: boolean): boolean =>
    server.ask('one.test.', TXT, { bits: bits | FLAG_RD, dnssec }).header.ad
  assert.deepEqual([ad(0, false), ad(FLAG_AD, false), ad(0, true)], [false, true, true])
})

test('options of the answer come with those of the server, and only with EDNS', () => {
  const { server, cache } = served({ nsid: Uint8Array.of(1, 2) })
  put(cache, 'one.test.', { options: EDE })
  const nsid = { kind: 'nsid', identifier: new Uint8Array(0) } as const
  const answer = server.ask('one.test.', TXT, { bits: FLAG_RD, options: [nsid] })
  assert.equal(edeOf(answer), 22)
  assert.deepEqual(optionOf(answer.edns, 'nsid')?.identifier, Uint8Array.of(1, 2))
  assert.equal(server.ask('one.test.', TXT, { bits: FLAG_RD }).edns, undefined)
})

test('RFC2181 §9: what does not fit is truncated to nothing, and is whole over TCP', () => {
  const { server, cache } = served()
  put(cache, 'one.test.', { size: 600 })
  const answer = server.ask('one.test.', TXT, { bits: FLAG_RD })
  assert.deepEqual([answer.header.tc, answer.answer.length], [true, 0])
  assert.equal(server.ask('one.test.', TXT, { bits: FLAG_RD, udpSize: 1232 }).answer.length, 1)
  assert.equal(server.ask('one.test.', TXT, { bits: FLAG_RD, transport: tcp4 }).answer.length, 1)
})

test('the resolver’s own answer goes the same way as a cached one', () => {
  const { server, cache } = served({ cookies: new ServerCookies([new Uint8Array(16)]) })
  const client = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
  const packet = question('oNE.test.', TXT, { bits: FLAG_RD, options: [{ kind: 'cookie', client }] })
  assert.equal(server.send(packet), 'control')
  const ready = readyAnswer('one.test.', TXT, { now: NOW, options: EDE })
  const length = server.responder.respondWith(packet, packet.length, server.asker, { wall: NOW, steady: NOW }, ready)
  const answered = server.responder.builder.octets.slice(0, length)
  const message = decodeMessage(answered)
  assert.deepEqual([message.header.ra, message.header.ad, edeOf(message)], [true, false, 22])
  assert.equal(message.answer[0]?.owner.toString(), 'oNE.test.')
  assert.ok(optionOf(message.edns, 'cookie') !== undefined)
  cache.put(ready, NOW)
  assert.deepEqual(server.send(packet), answered)
})

test('an answer that is nearly over is given, and asks to be refreshed', () => {
  const { server, cache } = served()
  put(cache, 'one.test.', { refreshFrom: NOW + 270 })
  const packet = question('one.test.', TXT, { bits: FLAG_RD })
  const wants = (now: number): boolean => {
    assert.ok(server.send(packet, udp4, now) instanceof Uint8Array)
    return server.responder.wantsRefresh
  }
  assert.deepEqual([wants(NOW), wants(NOW + 270), wants(NOW + 271)], [false, true, false])
})

test('resolved answers by UDP have a rate', () => {
  const options = {
    size: 1024,
    perSecond: 5,
    whitelistedPerSecond: 5,
    slip: 1,
    ipv4PrefixLength: 24,
    ipv6PrefixLength: 64,
  }
  const { server, cache } = served({ rateLimit: new RateLimit(RateLimit.share(options, new Uint8Array(16))) })
  put(cache, 'one.test.')
  const truncated = Array.from({ length: 30 }, () => server.ask('one.test.', TXT, { bits: FLAG_RD }).header.tc)
  assert.deepEqual([truncated[0], truncated.at(-1)], [false, true])
})
