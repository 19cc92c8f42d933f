import assert from 'node:assert/strict'
import test from 'node:test'
import { Name } from '../dns/name/index.ts'
import { CLASS_IN } from '../dns/rr/index.ts'
import {
  decodeMessage,
  FLAG_AA,
  FLAG_QR,
  HEADER_SIZE,
  MessageBuilder,
  RCODE_BADKEY,
  RCODE_BADSIG,
  RCODE_BADTIME,
  RCODE_BADTRUNC,
  RCODE_NOTAUTH,
  SECTION_ANSWER,
} from '../dns/wire/index.ts'
import {
  appendTsig,
  newTsigKey,
  readTsig,
  refuseRequest,
  responseTsigSize,
  signBuiltResponse,
  signRequest,
  signResponse,
  TsigKeys,
  verifyResponse,
} from './index.ts'
import { answer, judge, KEY, KEYS, keyOf, NOW, query, SECRET, viewOf } from './tsig.fixture.ts'

const request = signRequest(query(), KEY, NOW)
const good = judge(request.message)

function recordOf(message: Uint8Array) {
  const record = readTsig(message, viewOf(message).tsigAt, message.length)
  assert.ok(record)
  return record
}

/** What a server with these keys answers to a request that it refuses. */
function refused(message: Uint8Array, keys: TsigKeys, now = NOW): Uint8Array {
  const verdict = judge(message, keys, now)
  assert.ok(verdict.verdict === 'bad')
  const response = refuseRequest(viewOf(message), verdict, now)
  assert.equal(response.length, viewOf(response).recordsAt + responseTsigSize(verdict))
  return response
}

test('RFC8945 §5.3: an answer is signed with the key and over the MAC of its request', () => {
  const response = signResponse(answer(), good, NOW + 1)
  assert.equal(response.length, answer().length + responseTsigSize(good))
  assert.equal(verifyResponse(viewOf(response), request, NOW).verdict, 'good')
  const other = signRequest(query(), KEY, NOW - 1)
  assert.deepEqual(verifyResponse(viewOf(response), other, NOW), { verdict: 'bad', reason: 'bad-mac' })
})

test('RFC8945 §5.3: the answer to an unsigned request has no TSIG', () => {
  const response = answer()
  assert.equal(responseTsigSize({ verdict: 'absent' }), 0)
  assert.equal(signResponse(response, { verdict: 'absent' }, NOW), response)
})

test('RFC8945 §4.2: the original ID of a forwarded request comes back', () => {
  const forwarded = Uint8Array.from(request.message)
  forwarded.set([0xab, 0xcd])
  const response = signResponse(answer(0xabcd), judge(forwarded), NOW)
  assert.equal(recordOf(response).originalId, 0x1234)
  response.set([0x12, 0x34])
  assert.equal(verifyResponse(viewOf(response), request, NOW).verdict, 'good')
})

test('an answer is signed where it stands in its builder', () => {
  const builder = new MessageBuilder()
  const name = Name.parse('www.example.')
  const build = (limit: number) => {
    builder.begin(0x1234, FLAG_QR | FLAG_AA, limit)
    builder.question(name.octets, 0, 1, CLASS_IN)
    builder.reserveTail(responseTsigSize(good))
    builder.openGroup(SECTION_ANSWER)
    builder.recordAt(HEADER_SIZE, 1, CLASS_IN, 60, Uint8Array.of(192, 0, 2, 1), 0, 4)
    return builder.closeGroup(true)
  }
  assert.ok(build(512))
  const length = signBuiltResponse(builder, good, NOW)
  const response = builder.octets.slice(0, length)
  assert.deepEqual(verifyResponse(viewOf(response), request, NOW).verdict, 'good')
  assert.deepEqual(response, signResponse(copyWithout(response), good, NOW))
  const least = viewOf(response).recordsAt + responseTsigSize(good)
  assert.ok(!build(least))
  assert.equal(signBuiltResponse(builder, good, NOW), least)
  build(least - 1)
  assert.equal(signBuiltResponse(builder, good, NOW), -1)
  build(512)
  assert.equal(signBuiltResponse(builder, { verdict: 'absent' }, NOW), length - responseTsigSize(good))
})

/** The answer before its TSIG. */
function copyWithout(message: Uint8Array): Uint8Array {
  const copy = message.slice(0, viewOf(message).tsigAt)
  copy[11] = (copy[11] ?? 0) - 1
  return copy
}

test('RFC8945 §5.3: an answer without room for its TSIG becomes one with the question and TC', () => {
  const whole = answer(0x1234, 1, 20)
  const limit = whole.length + responseTsigSize(good) - 1
  assert.equal(decodeMessage(signResponse(whole, good, NOW, limit + 1)).answer.length, 20)
  const response = signResponse(whole, good, NOW, limit)
  const { header, questions, answer: records, additional } = decodeMessage(response)
  assert.deepEqual([header.tc, header.rcode, questions.length, records.length, additional.length], [true, 0, 1, 0, 1])
  assert.equal(verifyResponse(viewOf(response), request, NOW).verdict, 'good')
})

test('RFC8945 §7: the MAC of an answer is at least as long as that of its request', () => {
  const short = keyOf('hmac-sha256-128')
  const long = keyOf('hmac-sha256', { leastMacLength: 16 })
  const length = (client: typeof short, server: typeof short) => {
    const signed = signRequest(query(), client, NOW)
    const response = signResponse(answer(), judge(signed.message, new TsigKeys([server])), NOW)
    assert.equal(verifyResponse(viewOf(response), signed, NOW).verdict, 'good')
    return recordOf(response).mac.length
  }
  assert.deepEqual([length(short, short), length(short, long), length(long, short)], [16, 32, 32])
})

test('RFC8945 §5.3.2: BADKEY and BADSIG come without a MAC', () => {
  const other = newTsigKey(KEY.name, 'hmac-sha256', SECRET.subarray(1))
  for (const [keys, error] of [
    [new TsigKeys(), RCODE_BADKEY],
    [new TsigKeys([other]), RCODE_BADSIG],
  ] as const) {
    const response = refused(request.message, keys)
    const { header, questions } = decodeMessage(response)
    assert.deepEqual([header.id, header.qr, header.rcode, questions.length], [0x1234, true, RCODE_NOTAUTH, 1])
    const record = recordOf(response)
    assert.deepEqual([record.error, record.mac.length, record.other.length], [error, 0, 0])
    assert.deepEqual([record.keyName.toString(), record.originalId], ['key.example.', 0x1234])
    const verdict = verifyResponse(viewOf(response), request, NOW)
    assert.deepEqual(verdict, { verdict: 'refused', error, authenticated: false })
  }
})

test('RFC8945 §5.2.3: BADTIME is signed, with the time of the client and that of the server', () => {
  const late = NOW + 100_000
  const response = refused(request.message, KEYS, late)
  const record = recordOf(response)
  assert.deepEqual([record.error, record.timeSigned, record.fudgeSeconds], [RCODE_BADTIME, NOW, 300])
  assert.equal(record.other.toHex(), late.toString(16).padStart(12, '0'))
  const verdict = verifyResponse(viewOf(response), request, NOW)
  assert.deepEqual(verdict, { verdict: 'refused', error: RCODE_BADTIME, authenticated: true, serverTime: late })
})

test('RFC8945 §5.2.4: BADTRUNC is signed, as long as the server wants it', () => {
  const short = keyOf('hmac-sha256-128')
  const cut = signRequest(query(), short, NOW)
  const response = refused(cut.message, KEYS)
  assert.deepEqual([recordOf(response).error, recordOf(response).mac.length], [RCODE_BADTRUNC, 32])
  const verdict = verifyResponse(viewOf(response), cut, NOW)
  assert.deepEqual(verdict, { verdict: 'refused', error: RCODE_BADTRUNC, authenticated: true })
})

test('RFC8945 §5.2: FORMERR has no TSIG', () => {
  const bare = query()
  const record = recordOf(request.message)
  const response = refused(appendTsig(bare, { ...record, mac: new Uint8Array(3) }), KEYS)
  assert.deepEqual([viewOf(response).tsigAt, viewOf(response).rcode], [-1, 1])
})
