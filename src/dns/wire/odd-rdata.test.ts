/** Messages with RDATA that is not of its type's form. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { WireError } from '../errors.ts'
import { recordTypes } from '../rr/index.ts'
import { decodeMessage } from './message.ts'
import { TOLERATE_ODD } from './odd-rdata.ts'
import { SECTION_ADDITIONAL, SECTION_ANSWER } from './record-cursor.ts'

/** A response to `a. TYPE` with one record in a section, as octets. */
function messageWith(type: number, rdata: Uint8Array, section: 6 | 8 | 10): Uint8Array {
  const head = [0, 1, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97, 0, type >>> 8, type & 255, 0, 1]
  head[section + 1] = 1
  return Uint8Array.of(
    ...head,
    0xc0,
    12,
    type >>> 8,
    type & 255,
    0,
    1,
    0,
    0,
    0,
    9,
    rdata.length >>> 8,
    rdata.length & 255,
    ...rdata,
  )
}

test('RFC3597 §3: what is carried or ignored, by type; without the rule all of it is refused', () => {
  const rows = [
    [65, 6, 'carry'],
    [43, 6, 'ignore'],
    [46, 6, 'ignore'],
    [1, 6, 'refuse'],
    [5, 6, 'refuse'],
    [1, 10, 'ignore'],
    [15, 10, 'ignore'],
    [52, 10, 'carry'],
  ] as const
  const rdata = Uint8Array.of(9)
  for (const [type, section, what] of rows) {
    const octets = messageWith(type, rdata, section)
    assert.throws(() => decodeMessage(octets), WireError)
    const read = () => decodeMessage(octets, octets.length, undefined, TOLERATE_ODD)
    if (what === 'refuse') {
      assert.throws(read, WireError)
      continue
    }
    const { answer, additional } = read()
    const records = section === 6 ? answer : additional
    assert.deepEqual(
      records.map((record) => record.rdata),
      what === 'carry' ? [rdata] : [],
      `type ${type}`,
    )
  }
  assert.equal(TOLERATE_ODD(43, SECTION_ANSWER, 24), 'carry')
  assert.equal(TOLERATE_ODD(43, SECTION_ADDITIONAL, 4), 'ignore')
})

test('records after an odd one are read as they are', () => {
  const odd = messageWith(65, Uint8Array.of(0), 6)
  odd[7] = 2
  const good = messageWith(1, Uint8Array.of(192, 0, 2, 1), 6).subarray(19)
  const { answer } = decodeMessage(Uint8Array.of(...odd, ...good), undefined, undefined, TOLERATE_ODD)
  assert.deepEqual(
    answer.map(({ type }) => type),
    [65, 1],
  )
})

test('whatever the RDATA of whatever type: a WireError or a message, in which nothing is longer than it was', () => {
  const types = fc.oneof(fc.constantFrom(...recordTypes().map(({ number }) => number)), fc.nat(65_535))
  const sections = fc.constantFrom(6 as const, 8 as const, 10 as const)
  fc.assert(
    fc.property(types, fc.uint8Array({ maxLength: 60 }), sections, (type, rdata, section) => {
      const octets = messageWith(type, rdata, section)
      try {
        const { answer, authority, additional } = decodeMessage(octets, octets.length, undefined, TOLERATE_ODD)
        for (const record of [...answer, ...authority, ...additional])
          assert.ok(record.rdata.length <= 255 * 3 + rdata.length)
      } catch (error) {
        assert.ok(error instanceof WireError)
      }
    }),
    { numRuns: 2000 },
  )
})
