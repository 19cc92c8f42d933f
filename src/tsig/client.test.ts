import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { MessageView } from '../dns/wire/index.ts'
import { appendTsig, readTsig, signRequest, signResponse, type TsigRecord, verifyResponse } from './index.ts'
import { answer, judge, KEY, keyOf, NOW, query, viewOf } from './tsig.fixture.ts'

const request = signRequest(query(), KEY, NOW)
const good = judge(request.message)
const response = signResponse(answer(), good, NOW)
const found = readTsig(response, viewOf(response).tsigAt, response.length)
assert.ok(found)
const record: TsigRecord = found

function reason(message: Uint8Array, asked = request, now = NOW): string {
  const verdict = verifyResponse(viewOf(message), asked, now)
  return verdict.verdict === 'bad' ? verdict.reason : verdict.verdict
}

test('RFC8945 §5.4: an answer without a TSIG is not accepted', () => {
  assert.equal(reason(answer()), 'unsigned')
})

test('RFC8945 §5.4.1: an answer with another key or algorithm is not accepted', () => {
  assert.equal(reason(response, signRequest(query(), keyOf('hmac-sha512'), NOW)), 'other-key')
  assert.equal(reason(response, signRequest(query(), keyOf('hmac-sha256', {}, 'k2.'), NOW)), 'other-key')
})

test('RFC8945 §5.4.3: an answer of another time is not accepted', () => {
  assert.deepEqual([reason(response, request, NOW + 300), reason(response, request, NOW + 301)], ['good', 'bad-time'])
})

test('RFC8945 §5.4: a MAC of no octets proves nothing unless it says NOTAUTH, and then it proves nothing either', () => {
  assert.equal(reason(appendTsig(answer(), { ...record, mac: new Uint8Array(0) })), 'malformed')
  assert.equal(reason(appendTsig(answer(), { ...record, mac: new Uint8Array(0), error: 17 })), 'malformed')
  const notAuth = answer()
  notAuth[3] = 9
  assert.equal(reason(appendTsig(notAuth, { ...record, mac: new Uint8Array(0) })), 'malformed')
  const told = verifyResponse(
    viewOf(appendTsig(notAuth, { ...record, mac: new Uint8Array(0), error: 17 })),
    request,
    NOW,
  )
  assert.deepEqual(told, { verdict: 'refused', error: 17, authenticated: false })
})

test('RFC8945 §5.2.2.1: a truncated answer is not accepted where the key does not allow it', () => {
  const cut = appendTsig(answer(), { ...record, mac: record.mac.slice(0, 20) })
  assert.equal(reason(cut), 'short-mac')
  assert.equal(reason(cut, { ...request, key: keyOf('hmac-sha256-128') }), 'good')
  assert.equal(reason(appendTsig(answer(), { ...record, mac: record.mac.slice(0, 15) })), 'malformed')
})

test('a request that leaves no room for a TSIG is not signed', () => {
  const long = new Uint8Array(65_500)
  long.set(query())
  assert.throws(() => signRequest(long, KEY, NOW), { code: 'message-too-long' })
})

test('any changed octet of a signed answer is refused, but for its ID and the case of names', () => {
  const { tsigAt } = viewOf(response)
  const view = new MessageView()
  fc.assert(
    fc.property(fc.integer({ min: 2, max: response.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
      fc.pre(at < tsigAt || change !== 0x20 || at > tsigAt + 40)
      const copy = Uint8Array.from(response)
      copy[at] = (copy[at] ?? 0) ^ change
      if ((view.parse(copy) ?? view.scan()) !== undefined) return
      assert.notEqual(verifyResponse(view, request, NOW).verdict, 'good')
    }),
    { numRuns: 1000 },
  )
})
