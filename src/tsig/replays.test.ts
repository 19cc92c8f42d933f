import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signRequest } from './client.ts'
import { TsigKeys } from './keys.ts'
import { TsigReplays } from './replays.ts'
import { judge, KEY, KEYS, keyOf, NOW, query } from './tsig.fixture.ts'

/** The record of a request that is signed at this time. */
function recordOf(id: number, at = NOW, key = KEY) {
  const { message } = signRequest(query(id), key, at)
  const verdict = judge(message, key === KEY ? KEYS : new TsigKeys([key]), at)
  if (verdict.verdict !== 'good') throw new Error('the request is good')
  return verdict.record
}

test('RFC8945 §10: a signed request that comes again is counted, for as long as its signature is good', () => {
  const replays = new TsigReplays()
  const first = recordOf(1)
  assert.equal(replays.saw(first, NOW), false)
  assert.equal(replays.saw(recordOf(2), NOW), false, 'another message')
  assert.equal(replays.saw(recordOf(1, NOW + 1), NOW + 1), false, 'the same question, signed anew')
  assert.equal(replays.saw(recordOf(1, NOW, keyOf('hmac-sha256', {}, 'other.')), NOW), false, 'another key')
  for (const after of [0, 1, 299, 300, 600]) assert.equal(replays.saw(first, NOW + after), true, `${after} s`)
  assert.equal(replays.count, 5)
})

test('what is remembered is bounded, by number and by time', () => {
  const replays = new TsigReplays()
  const record = recordOf(1)
  const other = (i: number) => ({ ...record, mac: Uint8Array.of(i >>> 16, i >>> 8, i) })
  replays.saw(record, NOW)
  for (let i = 0; i < 20_000; i++) replays.saw(other(i), NOW)
  assert.equal(replays.saw(record, NOW), true, 'it is in the generation before')
  for (let i = 20_000; i < 60_000; i++) replays.saw(other(i), NOW)
  assert.equal(replays.saw(other(0), NOW), false, 'it is forgotten')
  const late = new TsigReplays()
  late.saw(record, NOW)
  late.saw(other(1), NOW + 700)
  late.saw(other(2), NOW + 1400)
  assert.equal(late.saw(record, NOW + 1400), false)
})
