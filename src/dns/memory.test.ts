import assert from 'node:assert/strict'
import test from 'node:test'
import { allocate, allocateShared, growShared } from './memory.ts'
import { OctetWriter } from './octets.ts'

const TOO_MUCH = 2 ** 46

test('memory that is there is given', () => {
  assert.equal(allocateShared(10, 'x').byteLength, 10)
  assert.equal(allocate(10, 'x').byteLength, 10)
  const buffer = new SharedArrayBuffer(10, { maxByteLength: 20 })
  growShared(buffer, 20, 'x')
  assert.equal(buffer.byteLength, 20)
})

test('not enough memory: the error says how much was wanted for what', () => {
  const error = { code: 'memory-exhausted', message: 'not enough memory: 67108864 MiB are wanted for the moon' }
  assert.throws(() => allocateShared(TOO_MUCH, 'the moon'), error)
  assert.throws(() => allocate(TOO_MUCH, 'the moon'), error)
  assert.throws(() => growShared(new SharedArrayBuffer(10, { maxByteLength: 20 }), TOO_MUCH, 'the moon'), error)
  for (const shared of [true, false]) {
    assert.throws(() => new OctetWriter(TOO_MUCH, { shared, limit: TOO_MUCH, what: 'the moon' }), error)
    const writer = new OctetWriter(16, { shared, limit: TOO_MUCH, what: 'the moon' })
    assert.throws(() => writer.ensure(TOO_MUCH), error)
  }
})
