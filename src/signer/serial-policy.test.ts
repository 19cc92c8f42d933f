import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isNewerSerial } from '../dns/serial.ts'
import { nextSerial, type SerialPolicy } from './index.ts'

const NOW = 1767225600 // 2026-01-01
const serials = fc.integer({ min: 0, max: 0xffffffff })

describe('serial policies', () => {
  it('keep leaves it', () => assert.equal(nextSerial(5, 'keep', NOW), 5))

  it('RFC1982 §3.1: increment wraps', () => {
    assert.equal(nextSerial(5, 'increment', NOW), 6)
    assert.equal(nextSerial(0xffffffff, 'increment', NOW), 0)
  })

  it('unixtime takes the time, or one more where that would not be newer', () => {
    assert.equal(nextSerial(5, 'unixtime', NOW), NOW)
    assert.equal(nextSerial(NOW, 'unixtime', NOW), NOW + 1)
    assert.equal(nextSerial(2026010100, 'unixtime', NOW), 2026010101)
  })

  it('date takes YYYYMMDD00 and counts within the day', () => {
    assert.equal(nextSerial(1, 'date', NOW), 2026010100)
    assert.equal(nextSerial(2026010100, 'date', NOW), 2026010101)
    assert.equal(nextSerial(2026010199, 'date', NOW), 2026010200)
    assert.equal(nextSerial(2025123199, 'date', NOW + 86399), 2026010100)
  })

  it('RFC1982 §3.2: where the time is exactly 2^31 away, which has no order, the serial is incremented', () => {
    const held = (NOW + 0x80000000) >>> 0
    assert.equal(nextSerial(held, 'unixtime', NOW), held + 1)
  })

  it('RFC1982 §3.2: the new serial is newer than the old one, whatever that is', () => {
    const policies = fc.constantFrom<SerialPolicy>('increment', 'unixtime', 'date')
    fc.assert(
      fc.property(serials, policies, fc.integer({ min: 0, max: 0xffffffff }), (serial, policy, now) => {
        assert.ok(isNewerSerial(nextSerial(serial, policy, now), serial))
      }),
    )
  })
})
