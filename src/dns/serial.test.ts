import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addToSerial, compareSerials, isNewerSerial } from './serial.ts'

const HALF = 2 ** 31
const u32 = fc.nat(0xffffffff)

test('RFC 1982 §5.2: the examples, stretched from 8 to 32 bits', () => {
  const at = (eighth: number): number => eighth * 2 ** 24
  const before: [number, number][] = [
    [0, 1],
    [0, 44],
    [0, 100],
    [44, 100],
    [100, 200],
    [200, 255],
    [255, 0],
    [255, 100],
    [200, 0],
    [200, 44],
  ]
  for (const [a, b] of before) {
    assert.ok((compareSerials(at(a), at(b)) ?? 0) < 0, `${a} is before ${b}`)
    assert.ok(isNewerSerial(at(b), at(a)) && !isNewerSerial(at(a), at(b)))
  }
  assert.equal(addToSerial(at(255), at(1)), 0)
  assert.equal(addToSerial(at(200), at(100)), at(44))
})

test('RFC 1982 §3.2: adding up to 2^31 - 1 makes a newer serial', () => {
  fc.assert(
    fc.property(u32, fc.integer({ min: 1, max: HALF - 1 }), (serial, n) => {
      const later = addToSerial(serial, n)
      assert.ok(Number.isInteger(later) && later >= 0 && later < 2 ** 32)
      assert.ok(isNewerSerial(later, serial) && !isNewerSerial(serial, later))
      assert.equal(compareSerials(serial, later), -1)
      assert.equal(compareSerials(later, serial), 1)
    }),
  )
  assert.equal(addToSerial(0xffffffff, 1), 0)
  assert.equal(addToSerial(5, 0), 5)
  for (const n of [HALF, -1, 0.5, Number.NaN]) assert.throws(() => addToSerial(0, n), RangeError)
})

test('RFC 1982 §3.2: serials that are 2^31 apart have no order, equal ones are equal', () => {
  fc.assert(
    fc.property(u32, (serial) => {
      const opposite = (serial + HALF) % 2 ** 32
      assert.equal(compareSerials(serial, opposite), undefined)
      assert.ok(!isNewerSerial(serial, opposite) && !isNewerSerial(opposite, serial))
      assert.equal(compareSerials(serial, serial), 0)
      assert.ok(!isNewerSerial(serial, serial))
    }),
  )
})
