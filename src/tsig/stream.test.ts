import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { TsigDigest, withMac } from './digest.ts'
import {
  MAX_UNSIGNED_MESSAGES,
  readTsig,
  refuseRequest,
  type StreamVerdict,
  signRequest,
  TsigKeys,
  TsigStreamSigner,
  TsigStreamVerifier,
} from './index.ts'
import { appendTsig, unsignedRecord } from './record.ts'
import { answer, judge, KEY, keyOf, NOW, query, viewOf } from './tsig.fixture.ts'

const request = signRequest(query(), KEY, NOW)

function newSigner(key = KEY, message = request.message): TsigStreamSigner {
  const verdict = judge(message, new TsigKeys([key]))
  assert.ok(verdict.verdict === 'good')
  return new TsigStreamSigner(verdict)
}

function signedMessages(count: number): Uint8Array[] {
  const signer = newSigner()
  return Array.from({ length: count }, (_, i) => signer.sign(answer(0x1234, i & 255), NOW + i))
}

function word(verdict: StreamVerdict): string {
  if (verdict.verdict === 'good') return verdict.signed ? 'signed' : 'unsigned'
  return verdict.verdict === 'bad' ? verdict.reason : verdict.verdict
}

/**
 * Messages of which only those that `isSigned` says carry a TSIG, as servers before RFC 8945 send them; made from the RFC's
 * words, apart from the signer under test.
 */
function sparselySigned(count: number, isSigned: (index: number) => boolean): Uint8Array[] {
  let digest = new TsigDigest(KEY).prior(request.mac)
  return Array.from({ length: count }, (_, i) => {
    const message = answer(0x1234, i & 255)
    if (!isSigned(i)) {
      digest.unsigned(message)
      return message
    }
    const bare = unsignedRecord(KEY.name, KEY.algorithm.name, NOW, 0x1234)
    digest.unsigned(message)
    if (i === 0) digest.variables(bare)
    else digest.timers(bare)
    const record = withMac(bare, digest, 32)
    digest = new TsigDigest(KEY).prior(record.mac)
    return appendTsig(message, record)
  })
}

test('RFC8945 §5.3.1: each message of a stream is signed and verifies in its place', () => {
  const verifier = new TsigStreamVerifier(request)
  assert.equal(verifier.complete, false)
  for (const message of signedMessages(20)) {
    assert.deepEqual(verifier.check(message, NOW), { verdict: 'good', signed: true })
    assert.ok(verifier.complete)
  }
})

test('RFC8945 §5.3.1: a message that is missing, repeated or out of order is found out, and all after it', () => {
  const [a, b, c, d] = signedMessages(4)
  assert.ok(a && b && c && d)
  for (const order of [[a, c], [a, a], [b], [a, b, d], [a, b, b]]) {
    const verifier = new TsigStreamVerifier(request)
    const words = order.map((message) => word(verifier.check(message, NOW)))
    assert.equal(words.at(-1), 'bad-mac')
    assert.ok(words.slice(0, -1).every((each) => each === 'signed'))
    assert.equal(word(verifier.check(c, NOW)), 'bad-mac')
    assert.equal(verifier.complete, false)
  }
})

test('RFC8945 §5.3.1: messages without a TSIG in between are accepted and proved by the next with one', () => {
  const verifier = new TsigStreamVerifier(request)
  const messages = sparselySigned(9, (i) => i % 4 === 0)
  assert.deepEqual(
    messages.map((message) => {
      const seen = word(verifier.check(message, NOW))
      assert.equal(verifier.complete, seen === 'signed')
      return seen
    }),
    ['signed', 'unsigned', 'unsigned', 'unsigned', 'signed', 'unsigned', 'unsigned', 'unsigned', 'signed'],
  )
})

test('RFC8945 §5.3.1: a changed message without a TSIG is found out at the next with one', () => {
  const [first, second, third] = sparselySigned(3, (i) => i !== 1)
  assert.ok(first && second && third)
  const changed = Uint8Array.from(second)
  changed[changed.length - 1] = 99
  const verifier = new TsigStreamVerifier(request)
  assert.deepEqual(
    [first, changed, third].map((message) => word(verifier.check(message, NOW))),
    ['signed', 'unsigned', 'bad-mac'],
  )
})

test('RFC8945 §5.3.1: the first message is signed', () => {
  const verifier = new TsigStreamVerifier(request)
  assert.equal(word(verifier.check(answer(), NOW)), 'unsigned')
  const verdict = new TsigStreamVerifier(request).check(answer(), NOW)
  assert.equal(verdict.verdict, 'bad')
})

test('RFC8945 §5.3.1: 99 messages without a TSIG are accepted in a row, not 100', () => {
  const count = MAX_UNSIGNED_MESSAGES + 2
  const verifier = new TsigStreamVerifier(request)
  for (const message of sparselySigned(count, (i) => i === 0 || i === count - 1)) {
    assert.equal(verifier.check(message, NOW).verdict, 'good')
  }
  assert.ok(verifier.complete)
  for (let i = 0; i < MAX_UNSIGNED_MESSAGES; i++) assert.equal(word(verifier.check(answer(), NOW)), 'unsigned')
  assert.equal(word(verifier.check(answer(), NOW)), 'too-many-unsigned')
})

test('RFC8945 §5.3.1: times of a stream do not go back', () => {
  const signer = newSigner()
  const times = [NOW, NOW - 50, NOW + 2].map((now) => {
    const message = signer.sign(answer(), now)
    return readTsig(message, viewOf(message).tsigAt, message.length)?.timeSigned
  })
  assert.deepEqual(times, [NOW, NOW, NOW + 2])
})

test('a message that left no room is not signed; one that did is', () => {
  const signer = newSigner()
  const long = new Uint8Array(65_535 - signer.size)
  long.set(answer())
  assert.equal(signer.sign(long, NOW).length, 65_535)
  assert.throws(() => signer.sign(new Uint8Array(long.length + 1), NOW), { code: 'message-too-long' })
})

test('RFC8945 §5.2.2.1: a stream with truncated MACs', () => {
  const key = keyOf('hmac-sha512-256')
  const asked = signRequest(query(), key, NOW)
  const signer = newSigner(key, asked.message)
  const verifier = new TsigStreamVerifier(asked)
  for (let i = 0; i < 4; i++) assert.equal(word(verifier.check(signer.sign(answer(0x1234, i), NOW), NOW)), 'signed')
})

test('a server that refuses the request says so in the first message', () => {
  const verdict = judge(request.message, new TsigKeys())
  assert.ok(verdict.verdict === 'bad')
  const refusal = refuseRequest(viewOf(request.message), verdict, NOW)
  const verifier = new TsigStreamVerifier(request)
  assert.deepEqual(verifier.check(refusal, NOW), { verdict: 'refused', error: 17, authenticated: false })
})

test('what is no message ends a stream', () => {
  assert.equal(word(new TsigStreamVerifier(request).check(new Uint8Array(5), NOW)), 'malformed')
})

test('a changed octet anywhere in a stream leaves it not complete', () => {
  const messages = signedMessages(3)
  fc.assert(
    fc.property(fc.nat(2), fc.nat(1000), fc.integer({ min: 1, max: 255 }), (which, place, change) => {
      const verifier = new TsigStreamVerifier(request)
      const changed = messages.map((message, index) => {
        const copy = Uint8Array.from(message)
        const at = 2 + (place % (copy.length - 2))
        if (index !== which) return copy
        // The case of names, and after the first message the error, are under no MAC.
        const { tsigAt } = viewOf(message)
        fc.pre(change !== 0x20 || at < tsigAt || at > tsigAt + 40)
        fc.pre(which === 0 || at < message.length - 4)
        copy[at] = (copy[at] ?? 0) ^ change
        return copy
      })
      for (const message of changed) verifier.check(message, NOW)
      assert.equal(verifier.complete, false)
    }),
    { numRuns: 500 },
  )
})
