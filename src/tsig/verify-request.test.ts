import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { Name } from '../dns/name/index.ts'
import { MessageView, RCODE_FORMERR, RCODE_NOTAUTH } from '../dns/wire/index.ts'
import {
  appendTsig,
  newTsigKey,
  readTsig,
  signRequest,
  TSIG_ALGORITHMS,
  TsigKeys,
  type TsigRecord,
  tsigSize,
  verifyRequest,
} from './index.ts'
import { judge, KEY, KEYS, keyOf, NOW, query, SECRET, viewOf, word } from './tsig.fixture.ts'

const signed = signRequest(query(), KEY, NOW).message
const record = recordOf(signed)

function recordOf(message: Uint8Array): TsigRecord {
  const found = readTsig(message, viewOf(message).tsigAt, message.length)
  assert.ok(found)
  return found
}

/** The signed query with another record at its end. */
function withRecord(change: Partial<TsigRecord>): Uint8Array {
  return appendTsig(query(), { ...record, ...change })
}

test('RFC8945 §5.2: a request without a TSIG is no fault', () => {
  assert.deepEqual(judge(query()), { verdict: 'absent' })
})

test('RFC8945 §5.1: what is signed with a key verifies with it, for each algorithm', () => {
  for (const { mnemonic, macLength } of TSIG_ALGORITHMS) {
    const key = keyOf(mnemonic)
    const request = signRequest(query(), key, NOW)
    const verdict = judge(request.message, new TsigKeys([key]))
    assert.equal(verdict.verdict, 'good', mnemonic)
    if (verdict.verdict !== 'good') continue
    assert.equal(verdict.key, key)
    assert.deepEqual(verdict.record.mac, request.mac)
    assert.equal(verdict.record.mac.length, macLength)
    assert.equal(request.message.length, query().length + tsigSize(key.name, key.algorithm.name, macLength, 0))
  }
})

test('RFC8945 §4.3.2: a message that was forwarded with another ID verifies by the original one', () => {
  const forwarded = Uint8Array.from(signed)
  forwarded.set([0xab, 0xcd])
  assert.equal(word(judge(forwarded)), 'good')
  assert.equal(word(judge(withRecord({ originalId: 0x1235 }))), 'BADSIG')
})

test('RFC8945 §4.3.3: names are digested in canonical form', () => {
  const upper = { keyName: Name.parse('KEY.Example.'), algorithmName: Name.parse('HMAC-SHA256.') }
  assert.equal(word(judge(withRecord(upper))), 'good')
})

test('RFC8945 §5.2.1: an unknown key, and a known one with another algorithm, are BADKEY', () => {
  assert.equal(word(judge(signed, new TsigKeys())), 'BADKEY')
  assert.equal(word(judge(signed, new TsigKeys([keyOf('hmac-sha512')]))), 'BADKEY')
  assert.equal(word(judge(signed, new TsigKeys([keyOf('hmac-sha256', {}, 'key.example.org.')]))), 'BADKEY')
  const verdict = judge(signed, new TsigKeys())
  assert.ok(verdict.verdict === 'bad' && verdict.rcode === RCODE_NOTAUTH && !('key' in verdict))
})

test('RFC8945 §5.2.2: another secret is BADSIG', () => {
  const other = newTsigKey(KEY.name, 'hmac-sha256', SECRET.subarray(1))
  const verdict = judge(signed, new TsigKeys([other]))
  assert.ok(verdict.verdict === 'bad' && verdict.error === 'BADSIG' && verdict.rcode === RCODE_NOTAUTH)
})

test('RFC8945 §5.2.2.1: MACs longer than the hash or shorter than 10 octets or half of it are FORMERR', () => {
  for (const length of [0, 1, 10, 15, 33, 64]) {
    const verdict = judge(withRecord({ mac: new Uint8Array(length) }))
    assert.ok(verdict.verdict === 'bad' && verdict.error === 'FORMERR' && verdict.rcode === RCODE_FORMERR, `${length}`)
  }
  const sha1 = keyOf('hmac-sha1')
  const { message } = signRequest(query(), sha1, NOW)
  const cut = (length: number) => {
    const whole = recordOf(message)
    return word(judge(appendTsig(query(), { ...whole, mac: whole.mac.slice(0, length) }), new TsigKeys([sha1])))
  }
  assert.deepEqual([cut(9), cut(10), cut(20)], ['FORMERR', 'BADTRUNC', 'good'])
})

test('RFC8945 §5.2.3: the time may differ by the fudge and no more', () => {
  const at = (now: number) => word(judge(signed, KEYS, now))
  assert.deepEqual([at(NOW - 301), at(NOW - 300), at(NOW + 300), at(NOW + 301)], ['BADTIME', 'good', 'good', 'BADTIME'])
  const short = signRequest(query(), KEY, NOW, 5).message
  assert.deepEqual([word(judge(short, KEYS, NOW + 5)), word(judge(short, KEYS, NOW + 6))], ['good', 'BADTIME'])
})

test('RFC8945 §5.2.3: times of 48 bits', () => {
  const far = 2 ** 40 + 5
  assert.equal(word(judge(signRequest(query(), KEY, far).message, KEYS, far)), 'good')
})

test('RFC8945 §5.2: the MAC is checked before the time', () => {
  const mac = Uint8Array.from(record.mac, (octet) => octet ^ 1)
  assert.equal(word(judge(withRecord({ mac }), KEYS, NOW + 1000)), 'BADSIG')
})

test('RFC8945 §5.2.4: truncation within the RFC but beyond the policy of the key is BADTRUNC', () => {
  const cut = withRecord({ mac: record.mac.slice(0, 16) })
  assert.equal(word(judge(cut)), 'BADTRUNC')
  assert.equal(word(judge(cut, new TsigKeys([keyOf('hmac-sha256', { leastMacLength: 16 })]))), 'good')
  assert.equal(word(judge(cut, new TsigKeys([keyOf('hmac-sha256-128')]))), 'good')
  assert.equal(word(judge(cut, new TsigKeys([keyOf('hmac-sha256-136')]))), 'BADTRUNC')
  assert.equal(word(judge(signed, new TsigKeys([keyOf('hmac-sha256-128')]))), 'good')
})

test('octets behind the TSIG are refused', () => {
  const longer = new Uint8Array(signed.length + 1)
  longer.set(signed)
  assert.equal(word(judge(longer)), 'FORMERR')
  // A buffer may be larger than its message.
  const view = viewOf(longer, signed.length)
  assert.equal(word(verifyRequest(view, KEYS, NOW)), 'good')
})

test('RFC8945 §4.2: a TTL, a compressed algorithm name and lengths that do not agree are FORMERR', () => {
  const { tsigAt } = viewOf(signed)
  const fixedAt = tsigAt + KEY.name.octets.length
  const changed = (at: number, octets: number[]) => {
    const copy = Uint8Array.from(signed)
    copy.set(octets, at)
    return copy
  }
  assert.equal(word(judge(changed(fixedAt + 7, [1]))), 'FORMERR')
  const rdataAt = fixedAt + 10
  assert.equal(word(judge(changed(rdataAt, [0xc0, 12]))), 'FORMERR')
  const macSizeAt = rdataAt + KEY.algorithm.name.octets.length + 8
  assert.equal(word(judge(changed(macSizeAt, [0, 33]))), 'FORMERR')
  assert.equal(word(judge(changed(macSizeAt, [255, 255]))), 'FORMERR')
  assert.equal(word(judge(changed(signed.length - 1, [1]))), 'FORMERR')
})

test('any changed octet of a signed request is refused, but for its ID and the case of names', () => {
  const { tsigAt } = viewOf(signed)
  const namesEnd = tsigAt + KEY.name.octets.length
  const algorithmAt = namesEnd + 10
  const mayFold = (at: number) =>
    (at >= tsigAt && at < namesEnd) || (at >= algorithmAt && at < algorithmAt + KEY.algorithm.name.octets.length)
  const view = new MessageView()
  fc.assert(
    fc.property(fc.integer({ min: 2, max: signed.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
      fc.pre(!(mayFold(at) && change === 0x20))
      const copy = Uint8Array.from(signed)
      copy[at] = (copy[at] ?? 0) ^ change
      if ((view.parse(copy) ?? view.scan()) !== undefined) return
      assert.notEqual(verifyRequest(view, KEYS, NOW).verdict, 'good')
    }),
    { numRuns: 1000 },
  )
})
