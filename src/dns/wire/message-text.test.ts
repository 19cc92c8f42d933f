import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Name } from '../name/index.ts'
import { FLAG_AA, FLAG_QR, FLAG_RD, headerOf } from './header.ts'
import { messageText, optionText, recordText } from './message-text.ts'
import { anyMessage } from './messages.fixture.ts'

const www = Name.parse('www.example.')

test('a message as people read it', () => {
  const text = messageText({
    header: headerOf(4711, FLAG_QR | FLAG_AA | FLAG_RD | 3, 0),
    questions: [{ name: www, type: 28, class: 1 }],
    answer: [],
    authority: [{ owner: www, type: 1, class: 1, ttl: 60, rdata: Uint8Array.of(192, 0, 2, 1) }],
    additional: [],
    edns: {
      udpSize: 1232,
      version: 0,
      dnssecOk: true,
      flags: 0,
      options: [{ kind: 'ede', infoCode: 6, text: 'a\u001bb' }],
    },
  })
  assert.deepEqual(text.split('\n'), [
    ';; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 4711',
    ';; flags: qr aa rd; QUESTION: 1, ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 1',
    '',
    ';; OPT PSEUDOSECTION:',
    '; EDNS: version: 0, flags: do; udp: 1232',
    '; EDE: 6 (DNSSEC Bogus): a?b',
    '',
    ';; QUESTION SECTION:',
    ';www.example.\tIN\tAAAA',
    '',
    ';; AUTHORITY SECTION:',
    'www.example.\t60\tIN\tA\t192.0.2.1',
    '',
    '',
  ])
})

test('an UPDATE names its own sections', () => {
  const header = headerOf(1, 5 << 11)
  const empty = { owner: www, type: 1, class: 255, ttl: 0, rdata: new Uint8Array(0) }
  const text = messageText({ header, questions: [], answer: [empty], authority: [], additional: [] })
  assert.match(text, /ZONE: 0, PREREQUISITE: 1, UPDATE: 0, ADDITIONAL: 0/)
  assert.match(text, /^www\.example\.\t0\tANY\tA$/m)
})

test('unknown and malformed RDATA is shown in the generic form', () => {
  const record = { owner: www, type: 65280, class: 1, ttl: 0, rdata: Uint8Array.of(1, 2) }
  assert.equal(recordText(record), 'www.example.\t0\tIN\tTYPE65280\t\\# 2 0102')
  assert.equal(recordText({ ...record, type: 1 }), 'www.example.\t0\tIN\tA\t\\# 2 0102')
  assert.equal(recordText({ ...record, rdata: new Uint8Array(0) }), 'www.example.\t0\tIN\tTYPE65280\t\\# 0')
})

test('options in a line each', () => {
  const client = Uint8Array.fromHex('0102030405060708')
  assert.equal(optionText({ kind: 'cookie', client, server: client }), 'COOKIE: 0102030405060708 0102030405060708')
  assert.equal(
    optionText({ kind: 'client-subnet', family: 2, source: 32, scope: 0, address: Uint8Array.fromHex('20010db8') }),
    'CLIENT-SUBNET: 2001:db8::/32/0',
  )
  assert.equal(optionText({ kind: 'nsid', identifier: new TextEncoder().encode('ns1') }), 'NSID: 6e7331 ("ns1")')
  const version = Uint8Array.fromHex('78ba5a2d')
  assert.equal(
    optionText({ kind: 'zoneversion', zone: { labels: 2, type: 0, version } }),
    'ZONEVERSION: SOA-SERIAL 2025478701, zone of 2 labels',
  )
  assert.equal(optionText({ kind: 'keepalive', deciseconds: 105 }), 'TCP-KEEPALIVE: 10.5 s')
  assert.equal(optionText({ kind: 'raw', code: 65001, data: Uint8Array.of(0) }), 'OPT65001: 00')
})

test('the text of any message has no control characters', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      assert.doesNotMatch(messageText(message).replaceAll(/[\n\t]/g, ''), /\p{Cc}/u)
    }),
  )
})
