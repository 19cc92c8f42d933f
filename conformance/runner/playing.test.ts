/** The event loop, with a subject that passes on to one server what clients ask; and the signatures of old. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import type { FakeNetwork } from './fake-network.ts'
import type { Outcome } from './findings.ts'
import { play } from './play.ts'
import { readScenario } from './read-scenario.ts'
import type { Subject } from './subject.ts'
import { verifyDsa } from './test-signatures.ts'

const SERVER = { address: Uint8Array.of(192, 0, 2, 1), port: 53 }

function passOn(network: FakeNetwork): Subject {
  return {
    answer: (message, _client, done) =>
      network.ask(SERVER, 'udp', message, 1000, (reply) => {
        if (reply.kind === 'message') done(reply.octets)
        else if (reply.kind === 'timeout') network.ask(SERVER, 'tcp', message, 1000, () => done(undefined))
        else done(undefined)
      }),
    anchorState: () => undefined,
    zoneLines: () => undefined,
    faults: [],
  }
}

function entry(words: string, address = ''): string {
  const answer = address === '' ? '' : `\nSECTION ANSWER\nwww.example. IN A ${address}`
  return `ENTRY_BEGIN\n${words}\nSECTION QUESTION\nwww.example. IN A${answer}\nENTRY_END\n`
}

function run(body: string, head = 'server:\n'): Promise<Outcome> {
  return play(readScenario(`${head}CONFIG_END\nSCENARIO_BEGIN t\n${body}SCENARIO_END\n`), passOn)
}

const ASK = `QUERY\n${entry('REPLY RD')}`
const check = (address: string): string => `CHECK_ANSWER\n${entry('MATCH all\nREPLY QR', address)}`
const range = (from: number, to: number, address: string): string =>
  `RANGE_BEGIN ${from} ${to}\n ADDRESS 192.0.2.1\n${entry('MATCH opcode qname\nADJUST copy_id\nREPLY QR', address)}RANGE_END\n`

test('the range that was defined last and is valid for the next step answers', async () => {
  const ranges = range(0, 100, '10.0.0.1') + range(10, 20, '10.0.0.2') + range(30, 40, '10.0.0.3')
  const steps = `STEP 1 ${ASK}STEP 15 ${check('10.0.0.2')}STEP 21 ${ASK}STEP 25 ${check('10.0.0.1')}`
  assert.equal((await run(ranges + steps)).level, 3)
})

test('the other dialect goes by the step under way, and by the first range', async () => {
  const ranges = range(1, 1, '10.0.0.1') + range(0, 100, '10.0.0.2')
  const steps = `STEP 1 ${ASK}STEP 15 ${check('10.0.0.1')}STEP 21 ${ASK}STEP 25 ${check('10.0.0.2')}`
  assert.equal((await run(ranges + steps, 'stub-addr: 192.0.2.1\n')).level, 3)
})

test('what no range knows times out when nothing else can happen', async () => {
  const { level, reason, log } = await run(`STEP 1 ${ASK}STEP 2 ${check('10.0.0.1')}`)
  assert.deepEqual([level, reason], [0, 'step 2 (line 10): the client got no answer'])
  assert.equal(log.filter((line) => line.includes('timeout (no range knows it)')).length, 2)
})

test('REPLY answers the newest query, CHECK_OUT_QUERY sees it and may answer it', async () => {
  const reply = `STEP 2 REPLY\n${entry('REPLY QR', '10.0.0.9')}`
  assert.equal((await run(`STEP 1 ${ASK}${reply}STEP 3 ${check('10.0.0.9')}`)).level, 3)
  const out = `CHECK_OUT_QUERY\n${entry('MATCH qname qtype\nADJUST copy_id\nREPLY QR', '10.0.0.8')}`
  const waiting = `STEP 1 ${ASK}STEP 2 TIME_PASSES ELAPSE 5\nSTEP 3 ${out}STEP 4 ${check('10.0.0.8')}`
  assert.equal((await run(waiting)).level, 3)
  const other = out.replaceAll('www.', 'other.').replace('ADJUST copy_id\n', '')
  assert.equal(
    (await run(`${range(0, 9, '10.0.0.1')}STEP 1 ${ASK}STEP 3 ${other}STEP 4 ${check('10.0.0.1')}`)).level,
    1,
  )
})

/** One reply of the server at 192.0.2.1, whatever it is asked. */
const replies = (lines: string): string => `RANGE_BEGIN 0 9\nENTRY_BEGIN\n${lines}\nENTRY_END\nRANGE_END\n`
const nothing = `CHECK_ANSWER\n${entry('MATCH rcode\nREPLY QR')}`

test('a reply without a question is dropped, an error without data is not', async () => {
  const data = replies('MATCH opcode\nADJUST copy_id\nREPLY QR\nSECTION ANSWER\nwww.example. IN A 10.0.0.1')
  const dropped = await run(`${data}STEP 1 ${ASK}STEP 2 ${nothing}`)
  assert.deepEqual([dropped.level, dropped.reason], [0, 'step 2 (line 19): the client got no answer'])
  assert.ok(dropped.log.some((line) => line.includes('dropped, it does not answer the query')))
  const bare = replies('MATCH opcode\nADJUST copy_id\nHEX_ANSWER_BEGIN\n0000 8101 0000 0000 0000 0000\nHEX_ANSWER_END')
  const formerr = `CHECK_ANSWER\nENTRY_BEGIN\nMATCH rcode flags\nREPLY QR RD FORMERR\nENTRY_END\n`
  assert.equal((await run(`${bare}STEP 1 ${ASK}STEP 2 ${formerr}`)).level, 3)
})

test('RFC3597 §3: malformed RDATA reaches the client', async () => {
  const https = (words: string): string => entry(words, '\\# 9 000100000100090268').replaceAll('IN A', 'IN HTTPS')
  const server = `RANGE_BEGIN 0 9\n ADDRESS 192.0.2.1\n${https('MATCH opcode qname\nADJUST copy_id\nREPLY QR')}RANGE_END\n`
  const step = `STEP 1 QUERY\n${entry('REPLY RD').replace('IN A', 'IN HTTPS')}`
  const { level, reason } = await run(`${server}${step}STEP 2 CHECK_ANSWER\n${https('MATCH all\nREPLY QR')}`)
  assert.equal(level, 3, reason)
})

test('a reply too short for a header is dropped', async () => {
  const short = replies('MATCH opcode\nADJUST copy_id\nHEX_ANSWER_BEGIN\n0000 8101\nHEX_ANSWER_END')
  assert.equal((await run(`${short}STEP 1 ${ASK}STEP 2 ${nothing}`)).level, 0)
})

/** The query of ASK, octet by octet. */
const RAW = 'QUERY\nENTRY_BEGIN\nRAW\n0000 0100 0001 0000 0000 0000 0377777707 6578616d706c6500 0001 0001\nENTRY_END\n'

for (const [dialect, head] of [
  ['Unbound', 'server:\n'],
  ['Deckard', 'stub-addr: 192.0.2.1\n'],
] as const) {
  test(`the answer to a raw query is delivered (${dialect})`, async () => {
    const steps = `${range(0, 100, '10.0.0.1')}STEP 1 ${RAW}STEP 2 ${check('10.0.0.1')}`
    assert.deepEqual((await run(steps, head)).reason, '')
  })
}

test('silence after a raw query is no answer, and nothing waits for it', async () => {
  const steps = `STEP 1 ${RAW}STEP 2 TIME_PASSES ELAPSE 10\nSTEP 3 ${ASK}STEP 4 ${check('10.0.0.1')}`
  const { level } = await run(range(3, 9, '10.0.0.1') + steps)
  assert.equal(level, 3)
})

test('Deckard passes over a step that looks at queries', async () => {
  const other = `CHECK_OUT_QUERY\n${entry('MATCH qname qtype').replaceAll('www.', 'other.')}`
  const steps = `${range(0, 9, '10.0.0.1')}STEP 1 ${ASK}STEP 3 ${other}STEP 4 ${check('10.0.0.1')}`
  assert.equal((await run(steps, 'stub-addr: 192.0.2.1\n')).level, 3)
  assert.equal((await run(steps)).level, 1)
})

test('RFC2536: DSA signatures in both forms', () => {
  const { publicKey, privateKey } = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 })
  const data = new TextEncoder().encode('what is signed')
  const key = dnskeyOf(publicKey.export({ format: 'der', type: 'spki' }))
  const der = sign('sha1', data, privateKey)
  const plain = sign('sha1', data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  assert.equal(verifyDsa(key, data, der), true)
  assert.equal(verifyDsa(key, data, Uint8Array.of(8, ...plain)), true)
  assert.equal(verifyDsa(key, data.with(0, 1), der), false)
  assert.equal(verifyDsa(key, data, der.subarray(1)), false)
  assert.equal(verifyDsa(key.subarray(1), data, der), false)
  assert.equal(verifyDsa(key, data, new Uint8Array(41)), false)
})

/** The public key field of a DNSKEY from the INTEGERs p, q, g, y of an SPKI. */
function dnskeyOf(spki: Uint8Array): Uint8Array {
  const numbers: Uint8Array[] = []
  const walk = (at: number, end: number): void => {
    while (at < end) {
      const tag = spki[at]
      const short = spki[at + 1] ?? 0
      const more = short & 0x80 ? short & 0x7f : 0
      const length =
        more === 0 ? short : spki.subarray(at + 2, at + 2 + more).reduce((sum, octet) => sum * 256 + octet, 0)
      const from = at + 2 + more
      if (tag === 0x02) numbers.push(spki.subarray(from, from + length))
      else if (tag === 0x30) walk(from, from + length)
      else if (tag === 0x03) walk(from + 1, from + length)
      at = from + length
    }
  }
  walk(0, spki.length)
  const [p, q, g, y] = numbers.map((number) => number.subarray(number[0] === 0 ? 1 : 0))
  const wide = (number: Uint8Array | undefined): number[] => [
    ...new Uint8Array(128 - (number?.length ?? 0)),
    ...(number ?? []),
  ]
  return Uint8Array.of(8, ...(q ?? []), ...wide(p), ...wide(g), ...wide(y))
}
