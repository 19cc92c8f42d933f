/** Failures as a server recorded them: written, read, shown, and bounded whatever they hold. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DnsError } from '../../dns/errors.ts'
import { Name } from '../../dns/name/index.ts'
import { decodeMessage, encodeMessage, headerOf, optionOf } from '../../dns/wire/index.ts'
import { KeyCache, type Link, Step, USUAL_VALIDATOR_SETTINGS, Validator, type Verdict } from '../../validator/index.ts'
import { Attempt, ExchangeRing } from '../exchange-ring.ts'
import type { Resolution } from '../resolution.ts'
import { decodeEvidence } from './evidence-file.ts'
import { explainFailure } from './explain-failure.ts'
import { explanationDot } from './explanation-dot.ts'
import { explanationText } from './explanation-text.ts'
import { decodeFailure, encodeFailure, failureText, type RecordedFailure, recordFailure } from './recorded-failure.ts'

const WWW = Name.parse('www.late.example.')
const ZONE = Name.parse('late.example.')
const SERVER = { address: Uint8Array.of(192, 0, 2, 1), port: 53 }
const QUERY = Uint8Array.fromHex('000000100001000000000001000006000100002904d0000080000000')
const REPEATS = { questions: 41, first: 1_700_000_000, last: 1_700_000_600 }
const CLIENT = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)

function attemptOf(exchanges: Attempt, rest: Partial<Resolution> = {}): Resolution {
  return {
    rcode: 2,
    answer: [],
    authority: [],
    additional: [],
    security: rest.verdict?.status ?? 'indeterminate',
    remarks: [{ code: 22, text: 'no server of late.example. gives a usable answer: 192.0.2.1 did not reply' }],
    attempt: { aliases: [], name: WWW, exchanges, exhausted: undefined, milliseconds: 12.4 },
    expires: 0,
    isStale: false,
    ...rest,
  }
}

function record(resolution: Resolution, chain?: Verdict): RecordedFailure {
  const facts = { name: WWW, type: 1, zone: ZONE, cause: 'no-reply', at: 1_700_000_500 } as const
  return recordFailure(resolution, { ...facts, chainTowards: () => chain }) ?? assert.fail()
}

function linesOf(failure: RecordedFailure): string {
  return explanationText(explainFailure({ ...failure, ...REPEATS }))
    .map((line) =>
      typeof line === 'string' ? line : line.map((piece) => (typeof piece === 'string' ? piece : piece.text)).join(''),
    )
    .join('\n')
}

function bogus(links: readonly Link[], detail = 'the signature by key 4711 (ED25519) expired'): Verdict {
  return { status: 'bogus', reason: 'signature-expired', detail, zone: ZONE, evidence: links }
}

test('a failure is read as it was written, and explained the same', () => {
  const exchanges = new Attempt(new ExchangeRing(1 << 18))
  exchanges.add(SERVER, 'udp', QUERY, { kind: 'timeout' }, 250)
  exchanges.add(
    { address: new Uint8Array(16).fill(2), port: 853 },
    'tls',
    QUERY,
    { kind: 'failed', text: 'refused' },
    1,
  )
  exchanges.add(
    { address: new Uint8Array(0), port: 53 },
    'udp',
    QUERY,
    { kind: 'message', octets: QUERY, milliseconds: 0 },
    0,
  )
  const chain: Verdict = {
    status: 'secure',
    zone: Name.parse('example.'),
    evidence: [new Step('anchor', Name.root, 48, 'secure', () => '.: trust anchors 1')],
  }
  const failure = record(attemptOf(exchanges), chain)
  const again = decodeFailure(failureText(encodeFailure(failure), REPEATS), 'x.json')
  assert.deepEqual(again, { ...failure, ...REPEATS })
  assert.deepEqual(decodeEvidence(failureText(encodeFailure(failure), REPEATS), 'x.json'), {
    kind: 'failure',
    failure: again,
  })
  const text = linesOf(failure)
  assert.match(text, /^www\.late\.example\. A: indeterminate, SERVFAIL$/m)
  assert.match(text, /^above the failure, example\. DS: secure$/m)
  assert.match(text, /^ {2}192\.0\.2\.1:53 +\. SOA +no reply +250 ms$/m)
  assert.match(text, /^ {2}this server +\. SOA +NOERROR/m)
  assert.match(text, /^ {2}No server of late\.example\. replies: /m)
  assert.match(text, /^ {2}signet resolver flush --subtree late\.example\. +after a repair/m)
  assert.match(text, /^41 questions failed in the zone late\.example\. for this cause \(no-reply\), the first 2023-/m)
  assert.doesNotMatch(text, /negative-anchor/)
})

test('the chain of aliases is shown with what was known of each, and the failure last', () => {
  const alias = {
    name: Name.parse('alias.example.'),
    security: 'secure',
    verdict: { status: 'secure', evidence: [] },
  } as const
  const anchor = new Step('anchor', Name.root, 48, 'secure', () => '.: trust anchors 1')
  const chain: Verdict = { status: 'secure', zone: Name.root, evidence: [anchor] }
  const verdict = bogus([
    anchor,
    new Step('dnskey', ZONE, 48, 'bogus', () => 'late.example.: expired', 'signature-expired'),
  ])
  const { attempt, ...rest } = attemptOf(new Attempt(new ExchangeRing(1 << 18)), { verdict })
  assert.ok(attempt)
  const failure = record({ ...rest, attempt: { ...attempt, aliases: [alias] } }, chain)
  const text = linesOf(failure)
  assert.match(
    text,
    /^alias\.example\. CNAME: secure\n {2}\. +trust anchor +secure .*\n {2}└ alias\.example\. +CNAME +secure +validated before, and cached$/m,
  )
  assert.match(
    text,
    /^www\.late\.example\. A: bogus\n {2}\. +trust anchor.*\n {2}└ late\.example\. +keys +bogus +expired\n {2}=> All signatures/m,
  )
  assert.match(text, /No server was asked for this question/)
  assert.ok(explanationDot(explainFailure({ ...failure, ...REPEATS })).some((line) => line.includes('style=dashed')))
})

test('RFC7873 §4: cookies, by which a stranger could pass for one of the two, are not shown', () => {
  const server = new Uint8Array(16).fill(9)
  const edns = { udpSize: 1232, version: 0, dnssecOk: true, flags: 0 }
  const question = { name: WWW, type: 1, class: 1 }
  const sections = { questions: [question], answer: [], authority: [], additional: [] }
  const query = encodeMessage({
    header: headerOf(1, 0),
    ...sections,
    edns: { ...edns, options: [{ kind: 'cookie', client: CLIENT, server }] },
  })
  const cut = query.slice(0, query.length - 2)
  const exchanges = new Attempt(new ExchangeRing(1 << 18))
  for (const octets of [query, cut])
    exchanges.add(SERVER, 'udp', query, { kind: 'message', octets, milliseconds: 1 }, 1)
  const failure = record(attemptOf(exchanges))
  assert.equal(failure.exchanges.length, 2)
  for (const { query: asked, reply } of failure.exchanges) {
    assert.deepEqual(optionOf(decodeMessage(asked).edns, 'cookie'), {
      kind: 'cookie',
      client: new Uint8Array(8),
      server: new Uint8Array(16),
    })
    assert.ok(reply.kind === 'message')
    assert.equal(Buffer.from(reply.octets).includes(CLIENT), false)
  }
  assert.deepEqual(optionOf(decodeMessage(query).edns, 'cookie')?.client, CLIENT, 'what is in use stays')
})

test('however long a chain, its words and its messages are: a failure is bounded, and what was last is there', () => {
  const exchanges = new Attempt(new ExchangeRing(1 << 22))
  for (let i = 0; i < 300; i++)
    exchanges.add(SERVER, 'udp', QUERY, { kind: 'message', octets: new Uint8Array(1000 + i), milliseconds: i }, i)
  let made = 0
  const words = (): string => {
    made++
    return 'w'.repeat(50_000)
  }
  const links = Array.from({ length: 400 }, (_, i) => new Step('ds', Name.parse(`z${i}.example.`), 43, 'secure', words))
  const alias = {
    name: Name.parse('alias.example.'),
    security: 'secure',
    verdict: { status: 'secure', evidence: [] },
  } as const
  const { attempt, ...rest } = attemptOf(exchanges, { verdict: bogus(links, 'd'.repeat(100_000)) })
  assert.ok(attempt)
  const aliases = Array.from({ length: 100 }, () => alias)
  const failure = record(
    { ...rest, attempt: { ...attempt, aliases } },
    { status: 'secure', zone: ZONE, evidence: links },
  )
  const text = failureText(encodeFailure(failure), REPEATS)
  assert.ok(text.length < 200_000, String(text.length))
  assert.ok(made < 200, `${made} words were made`)
  assert.ok(failure.isCut)
  const last = failure.exchanges.at(-1)?.reply
  assert.ok(last?.kind === 'message' && last.octets.length === 1299)
  assert.equal(failure.parts.at(-1)?.links.at(-1)?.name, 'z399.example.')
  assert.deepEqual(decodeFailure(text, 'x'), { ...failure, ...REPEATS })
  assert.match(linesOf(failure), /The first messages of this attempt were no longer held/)
})

test('what a stranger wrote in a file is one of our errors, or a failure', () => {
  const exchanges = new Attempt(new ExchangeRing(1 << 18))
  exchanges.add(SERVER, 'udp', QUERY, { kind: 'timeout' }, 250)
  const text = failureText(encodeFailure(record(attemptOf(exchanges, { verdict: bogus([]) }))), REPEATS)
  for (const [from, to, message] of [
    ['"cause":"no-reply"', '"cause":"no-anchor"', /^x: cause is no cause of a failure$/],
    ['"status":"bogus"', '"status":"good"', /^x: status is none of /],
    ['"version":2', '"version":3', /^x: version is not 1 or 2, which this program knows$/],
    ['"questions":41', '"questions":-1', /^x: questions is no number/],
    ['"parts":[', '"parts":[7,', /^x: parts\[0\] is no JSON object$/],
  ] as const) {
    assert.ok(text.includes(from), from)
    assert.throws(() => decodeEvidence(text.replace(from, to), 'x'), { name: 'DnsError', message })
  }
  fc.assert(
    fc.property(fc.nat(text.length), fc.nat(30), fc.string({ maxLength: 12 }), (at, gone, put) => {
      try {
        linesOf(decodeFailure(text.slice(0, at) + put + text.slice(at + gone), 'x'))
      } catch (error) {
        assert.ok(error instanceof DnsError, String(error))
      }
    }),
  )
})

test('what is known of a chain of trust is a verdict, without a fetch', () => {
  const trust = { find: () => ({ zone: Name.root, anchors: [] }), findNegative: () => undefined }
  const keys = new KeyCache()
  const validator = new Validator({ settings: USUAL_VALIDATOR_SETTINGS, trust, keys })
  assert.equal(validator.knownChain(WWW, 10), undefined)
  const link = new Step('no-ds', ZONE, 43, 'insecure', () => 'proved', 'delegation-unsigned')
  keys.add({
    kind: 'insecure',
    zone: ZONE,
    expires: 100,
    parent: undefined,
    links: [link],
    reason: 'delegation-unsigned',
    words: () => 'proved',
  })
  const known = validator.knownChain(WWW, 10)
  assert.deepEqual(
    [known?.status, known?.reason, known?.zone?.toString(), known?.evidence.length],
    ['insecure', 'delegation-unsigned', 'late.example.', 1],
  )
  assert.equal(validator.knownChain(WWW, 100), undefined, 'it has expired')
})
