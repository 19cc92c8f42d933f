import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../../dns/name/index.ts'
import { decodeMessage, EDNS_DO, MessageBuilder, optionOf } from '../../dns/wire/index.ts'
import { queryFor } from '../talk.fixture.ts'
import { padQuery } from './padding.ts'

function ednsQuery(name: string): Uint8Array {
  const builder = new MessageBuilder()
  builder.begin(5, 0x100)
  builder.question(Name.parse(name).octets, 0, 1, 1)
  builder.reserveOpt(0)
  builder.opt(1232, EDNS_DO)
  builder.finish()
  return builder.copy()
}

test('RFC8467 §4.1: queries with EDNS are padded to a multiple of 128 octets, and say the same', () => {
  for (const name of [
    '.',
    'example.',
    `${'a'.repeat(60)}.${'b'.repeat(31)}.`,
    `${'a'.repeat(63)}.${'b'.repeat(63)}.example.`,
  ]) {
    const query = ednsQuery(name)
    const padded = padQuery(query)
    assert.equal(padded.length % 128, 0)
    const { edns, ...rest } = decodeMessage(padded)
    const { edns: before, ...restBefore } = decodeMessage(query)
    assert.deepEqual(rest, restBefore)
    assert.equal(edns?.udpSize, before?.udpSize)
    assert.equal(edns?.dnssecOk, true)
    assert.ok(optionOf(edns, 'padding'))
    assert.deepEqual(padQuery(padded), padded, 'once is enough')
  }
})

test('queries without EDNS, and what is no message, stay as they are', () => {
  for (const octets of [queryFor('example.'), new Uint8Array(3), ednsQuery('a.').subarray(0, 22)])
    assert.deepEqual(padQuery(octets), Uint8Array.from(octets))
})
