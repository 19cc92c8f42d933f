/** Answers held to an expectation: which difference costs which level. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message } from '../../src/dns/wire/index.ts'
import { compareAnchorStates, readAnchorState } from './anchor-state.ts'
import { compareAnswer } from './compare.ts'
import { checkExceptions } from './exceptions.ts'
import { readScenario } from './read-scenario.ts'
import type { Entry } from './scenario.ts'

const EXPECTED = `MATCH all ttl
REPLY QR RD RA AD DO NXDOMAIN
SECTION QUESTION
x.example. IN A
SECTION AUTHORITY
example. 60 IN SOA a. b. 1 2 3 4 5
example. 60 IN NSEC z.example. NS SOA
example. 60 IN NS ns.example.
SECTION ADDITIONAL
ns.example. IN A 192.0.2.1`

function entry(text: string): Entry {
  const { steps } = readScenario(`CONFIG_END\nSTEP 1 CHECK_ANSWER\nENTRY_BEGIN\n${text}\nENTRY_END\nSCENARIO_END\n`)
  const found = steps[0]?.entry
  assert.ok(found)
  return found
}

function levelOf(expected: string, ...changes: [string, string][]): number {
  return compareAnswer(entry(expected), message(expected, changes), 'unbound').level
}

function message(text: string, changes: readonly [string, string][]): Message {
  return entry(changes.reduce((whole, [from, to]) => whole.replace(from, to), text)).packets[0].message
}

test('the same is level 3, in any order and spelling', () => {
  const swapped: [string, string] = [
    'example. 60 IN SOA a. b. 1 2 3 4 5\nexample. 60 IN NSEC z.example. NS SOA',
    'EXAMPLE. 60 IN NSEC z.example. NS SOA\nexample. 60 IN SOA A. b. 1 2 3 4 5',
  ]
  assert.equal(levelOf(EXPECTED), 3)
  assert.equal(levelOf(EXPECTED, swapped), 3)
})

for (const [what, level, from, to] of [
  ['another RCODE', 0, 'NXDOMAIN', 'NOERROR'],
  ['no AD', 0, ' AD', ''],
  ['AA', 0, 'QR', 'QR AA'],
  ['an answer', 0, 'SECTION AUTHORITY', 'SECTION ANSWER\nx.example. A 192.0.2.1\nSECTION AUTHORITY'],
  ['no SOA', 1, 'example. 60 IN SOA a. b. 1 2 3 4 5', ''],
  ['another proof', 1, 'z.example. NS SOA', 'y.example. NS SOA'],
  ['no NS and no additional', 2, 'example. 60 IN NS ns.example.\nSECTION ADDITIONAL\nns.example. IN A 192.0.2.1', ''],
  ['another TTL', 2, 'example. 60 IN SOA', 'example. 61 IN SOA'],
] as const) {
  test(`${what}: level ${level}`, () => {
    assert.equal(levelOf(EXPECTED, [from, to]), level)
  })
}

test('only what is named is compared', () => {
  const rcodeOnly = EXPECTED.replace('all ttl', 'rcode')
  assert.equal(levelOf(rcodeOnly, [' AD', ''], ['z.example. NS SOA', 'y.example. NS SOA']), 3)
})

test('data or AD where SERVFAIL was expected', () => {
  const bogus = 'MATCH all\nREPLY QR RD RA SERVFAIL\nSECTION QUESTION\nx.example. IN A'
  const good = `${bogus.replace('SERVFAIL', 'NOERROR')}\nSECTION ANSWER\nx.example. A 192.0.2.1`
  const { isWrongAd, level } = compareAnswer(entry(bogus), entry(good).packets[0].message, 'unbound')
  assert.deepEqual([isWrongAd, level], [true, 0])
})

test('extended errors that are named', () => {
  const options = '\nHEX_EDNSDATA_BEGIN\n000f 0002 0006\nHEX_EDNSDATA_END'
  const text = `MATCH all ede=6\nREPLY QR SERVFAIL${options}\nSECTION QUESTION\nx. A`
  assert.equal(levelOf(text), 3)
  assert.equal(levelOf(text, ['0006', '0009']), 0)
  assert.equal(levelOf(text.replace('ede=6', 'ede=any'), ['0006', '0009']), 3)
})

test('RFC8914 §3: beside the extended error that is named another one is allowed', () => {
  const both = '\nHEX_EDNSDATA_BEGIN\n000f 0002 000c 000f 0002 0006\nHEX_EDNSDATA_END'
  const text = `MATCH all ede=12\nREPLY QR SERVFAIL${both}\nSECTION QUESTION\nx. A`
  assert.equal(levelOf(text), 3)
  assert.equal(levelOf(text.replace('ede=12', 'ede=6')), 3)
  assert.equal(levelOf(text.replace('ede=12', 'ede=7')), 0)
})

const COOKIES = '000a 0008 0102030405060708'
for (const [word, from, to] of [
  ['noedns', 'REPLY QR', 'REPLY QR DO'],
  ['CO', 'REPLY QR CO', 'REPLY QR DO'],
  ['ednsdata', 'REPLY QR DO', `REPLY QR DO\nHEX_EDNSDATA_BEGIN\n${COOKIES}\nHEX_EDNSDATA_END`],
  ['nsid', 'REPLY QR DO', 'REPLY QR DO\nHEX_EDNSDATA_BEGIN\n0003 0001 61\nHEX_EDNSDATA_END'],
  ['client_cookie', `REPLY QR\nHEX_EDNSDATA_BEGIN\n${COOKIES}\nHEX_EDNSDATA_END`, 'REPLY QR DO'],
  ['edns', 'REPLY QR', 'REPLY QR DO'],
  ['subdomain', 'x.example. IN A', 'example. IN A'],
  ['qcase', 'x.example. IN A', 'X.example. IN A'],
  ['answertypes', 'SECTION AUTHORITY', 'SECTION ANSWER\nx.example. IN A 192.0.2.1\nSECTION AUTHORITY'],
  [
    'answerrrsigs',
    'SECTION AUTHORITY',
    `SECTION ANSWER\nx.example. IN RRSIG A 8 2 1 20260101000000 20250101000000 1 example. AA==`,
  ],
] as const) {
  test(`${word} is compared where it is named`, () => {
    const text = `MATCH ${word}\nREPLY QR\nSECTION QUESTION\nx.example. IN A\nSECTION AUTHORITY`
    const expected = from.startsWith('REPLY') ? text.replace('REPLY QR', from) : text
    assert.equal(levelOf(expected), 3)
    assert.equal(levelOf(expected, [from, to]), 0)
    assert.equal(levelOf(expected.replace(`MATCH ${word}`, 'MATCH rcode'), [from, to]), 3)
  })
}

const STATE = `;;id: example.com. 1
;;last_queried: 100 ;;x
;;query_failed: 6
;;query_interval: 5400
example.com. 10800 IN DNSKEY 257 3 5 AwEAAc3Z5DQDJpH4oPdNtC4BUQHk50XMD+dHr4r8psHmivIa83hxR5CRgCtd9sENCW9Ae8OIO19xw9t/RPaEAqQa+OE= ;{id = 55582} ;;state=2 [  VALID  ] ;;count=0 ;;lastchange=100 ;;x`

test('RFC5011: states are compared by their fields', () => {
  const states = (text: string): string[] =>
    compareAnchorStates(readAnchorState(STATE.split('\n')), readAnchorState(text.split('\n')))
  assert.deepEqual(states(STATE), [])
  assert.deepEqual(states(STATE.replace('failed: 6', 'failed: 1')), [])
  assert.deepEqual(states(STATE.replace('failed: 6', 'failed: 0')), ['query_failed 0 instead of 6'])
  assert.deepEqual(states(STATE.replace('state=2', 'state=1')), [
    '- key 55582 flags 257 algorithm 5 state 2 count 0 since 100',
    '+ key 55582 flags 257 algorithm 5 state 1 count 0 since 100',
  ])
})

test('RFC5011 §4.2: keys that are removed do not count, on either side', () => {
  const key = STATE.split('\n').at(-1) ?? ''
  const removed = `${STATE}\n${key.replace('state=2 [  VALID  ]', 'state=5 [ REMOVED ]').replace('257', '385')}`
  const [plain, more] = [STATE, removed].map((text) => readAnchorState(text.split('\n')))
  assert.ok(plain && more)
  assert.deepEqual([compareAnchorStates(plain, more), compareAnchorStates(more, plain)], [[], []])
})

test('only marked scenarios may be excepted', () => {
  const cases = [
    { path: 'order.rpl', needs: ['exact-transport-order'], rrsigInOtherSection: 0 },
    { path: 'section.rpl', needs: [], rrsigInOtherSection: 2 },
    { path: 'plain.rpl', needs: ['ede'], rrsigInOtherSection: 0 },
  ]
  const exception = (path: string): { path: string; reason: string }[] => [{ path, reason: 'because' }]
  assert.equal(checkExceptions(exception('order.rpl'), cases).get('order.rpl'), 'because')
  assert.equal(checkExceptions(exception('section.rpl'), cases).size, 1)
  assert.throws(() => checkExceptions(exception('plain.rpl'), cases), /may not be excepted/)
  assert.throws(() => checkExceptions(exception('other.rpl'), cases), /may not be excepted/)
  assert.throws(() => checkExceptions([{ path: 'order.rpl' }], cases), /a path and a reason/)
})
