import assert from 'node:assert/strict'
import { test } from 'node:test'
import { APL } from '../types/index.ts'

test('an APL item of an unknown family may be longer than any address', () => {
  const rdata = Uint8Array.of(0, 9, 0, 20, ...new Uint8Array(20).fill(7))
  assert.ok(APL.check(rdata, 0, rdata.length))
  assert.deepEqual(APL.decode(rdata), { prefixes: [`9:0x${'07'.repeat(20)}/0`] })
})
