/** Messages with RDATA that does not have the form of its type. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { WireError } from '../errors.ts'
import { recordTypes } from '../rr/index.ts'
import { decodeMessage } from './message.ts'
import { TOLERATE_ODD } from './odd-rdata.ts'

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

test('RFC3597 §3: malformed RDATA by type and section', () => {
  const [answer, authority, additional] = [6, 8, 10] as const
  const rows = [
    ['HTTPS', 65, 'carry', 'carry', 'carry'],
    ['TLSA', 52, 'carry', 'carry', 'carry'],
    ['DS', 43, 'carry', 'carry', 'carry'],
    ['DNSKEY', 48, 'carry', 'carry', 'carry'],
    ['RRSIG', 46, 'ignore', 'ignore', 'ignore'],
    ['NSEC', 47, 'ignore', 'ignore', 'ignore'],
    ['NSEC3', 50, 'ignore', 'ignore', 'ignore'],
    ['A', 1, 'refuse', 'ignore', 'ignore'],
    ['AAAA', 28, 'refuse', 'ignore', 'ignore'],
    ['MX', 15, 'refuse', 'ignore', 'ignore'],
    ['SRV', 33, 'refuse', 'ignore', 'ignore'],
    ['NS', 2, 'refuse', 'refuse', 'ignore'],
    ['SOA', 6, 'refuse', 'refuse', 'ignore'],
    ['CNAME', 5, 'refuse', 'refuse', 'ignore'],
    ['DNAME', 39, 'refuse', 'refuse', 'ignore'],
  ] as const
  const rdata = Uint8Array.of(9)
  for (const [mnemonic, type, ...expected] of rows) {
    const found = [answer, authority, additional].map((section) => {
      const octets = messageWith(type, rdata, section)
      assert.throws(() => decodeMessage(octets), WireError, `${mnemonic}: refused without the rule`)
      try {
        const message = decodeMessage(octets, octets.length, undefined, TOLERATE_ODD)
        const records = [...message.answer, ...message.authority, ...message.additional]
        if (records.length === 0) return 'ignore'
        assert.deepEqual(records[0]?.rdata, rdata)
        return 'carry'
      } catch (error) {
        assert.ok(error instanceof WireError)
        return 'refuse'
      }
    })
    assert.deepEqual(found, expected, mnemonic)
  }
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

test('any RDATA of any type: a WireError, or a message in which no RDATA has grown by more than its names', () => {
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
