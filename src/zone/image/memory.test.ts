import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DnsError } from '../../dns/errors.ts'
import { Allocator } from './allocator.ts'
import { ImageReader } from './image-reader.ts'
import { ImageMemory, READER_SLOTS, UNIT } from './memory.ts'

/** Memory that ends soon, and an allocator on it. */
function small(octets: number): Allocator {
  const memory = new ImageMemory(new SharedArrayBuffer(1 << 20, { maxByteLength: octets }))
  memory.words[2] = 1
  return new Allocator(memory)
}

test('a block that a reading may still see is not given out again', () => {
  const memory = ImageMemory.create()
  const allocator = new Allocator(memory)
  const block = allocator.allocate(100)
  memory.enter(3)
  allocator.retire(block, 100)
  allocator.published(memory.publish(block))
  assert.notEqual(allocator.allocate(100), block)
  memory.leave(3)
  allocator.reclaim()
  assert.equal(allocator.allocate(100), block)
})

test('a reading that began after a publication does not hold what went before it', () => {
  const memory = ImageMemory.create()
  const allocator = new Allocator(memory)
  const block = allocator.allocate(100)
  allocator.retire(block, 100)
  const epoch = memory.publish(8)
  memory.enter(0)
  allocator.published(epoch)
  assert.equal(allocator.allocate(100), block)
})

test('every slot holds back: the first, the last, and the oldest of several', () => {
  const memory = ImageMemory.create()
  for (const slot of [0, 31, 32, 63, READER_SLOTS - 1]) {
    const oldest = memory.epoch
    memory.enter(slot)
    memory.publish(1)
    memory.enter(7)
    memory.publish(1)
    assert.equal(memory.oldestReading(), oldest)
    memory.leave(slot)
    assert.equal(memory.oldestReading(), oldest + 1)
    memory.leave(7)
    assert.equal(memory.oldestReading(), memory.epoch)
  }
})

test('any number of slots can be in use at a time', () => {
  const memory = ImageMemory.create()
  const begun = memory.epoch
  for (let slot = 0; slot < READER_SLOTS; slot++) {
    memory.enter(slot)
    memory.publish(1)
  }
  // Slots leave in another order than they came: always the oldest of the rest counts.
  const order = Array.from({ length: READER_SLOTS }, (_, i) => (i * 7) % READER_SLOTS)
  const held = new Set(order)
  for (const slot of order) {
    assert.equal(memory.oldestReading(), begun + Math.min(...held))
    memory.leave(slot)
    held.delete(slot)
  }
  assert.equal(memory.oldestReading(), memory.epoch)
})

test('epochs go on beyond 31 and 32 bits', () => {
  for (const last of [0x7fffffff, -1]) {
    const memory = ImageMemory.create()
    const allocator = new Allocator(memory)
    memory.words[2] = last - 1
    for (let i = 0; i < 4; i++) {
      const block = allocator.allocate(64)
      memory.enter(5)
      assert.notEqual(memory.words[16 + 5 * 16], 0, 'a reading is announced')
      allocator.retire(block, 64)
      allocator.published(memory.publish(block))
      assert.notEqual(allocator.allocate(64), block)
      memory.leave(5)
      allocator.reclaim()
      assert.equal(allocator.allocate(64), block)
      allocator.free(block, 64)
    }
  }
})

test('sizes are rounded up by at most an eighth, and counted out as they were counted in', () => {
  const allocator = new Allocator(ImageMemory.create())
  for (let octets = 1; octets < 300_000; octets = Math.ceil(octets * 1.07) + 1) {
    const before = allocator.usedOctets
    const block = allocator.allocate(octets)
    const taken = allocator.usedOctets - before
    assert.ok(taken >= octets && taken <= octets * 1.125 + UNIT, `${octets} took ${taken}`)
    allocator.free(block, octets)
    assert.equal(allocator.usedOctets, before)
    assert.equal(allocator.allocate(taken), block, 'of the same class')
    allocator.free(block, taken)
  }
})

test('blocks do not overlap', () => {
  const allocator = new Allocator(ImageMemory.create())
  const blocks = Array.from({ length: 500 }, (_, i) => ({ octets: (i * 37) % 1500, unit: 0 })).map(({ octets }) => ({
    octets,
    unit: allocator.allocate(octets + 1),
  }))
  blocks.sort((a, b) => a.unit - b.unit)
  blocks.forEach(({ unit, octets }, i) => {
    const next = blocks[i + 1]
    if (next !== undefined) assert.ok(unit * UNIT + octets + 1 <= next.unit * UNIT)
  })
})

test('memory grows to what is reserved, and a refusal leaves it usable', () => {
  const allocator = small(2 << 20)
  const used = allocator.usedOctets
  assert.throws(
    () => allocator.allocate(4 << 20),
    (error) => error instanceof DnsError && error.code === 'limit-exceeded',
  )
  assert.equal(allocator.usedOctets, used)
  const block = allocator.allocate(1 << 20)
  assert.ok(block * UNIT + (1 << 20) <= allocator.memory.octets.length)
})

test('a reader sees memory that grew after it was made', () => {
  const memory = ImageMemory.create()
  const allocator = new Allocator(memory)
  const reader = new ImageReader(memory.buffer, 0)
  const block = allocator.allocate(8 << 20)
  memory.octets[block * UNIT + (8 << 20) - 1] = 77
  memory.publish(block)
  reader.enter()
  assert.equal(reader.memory.octets[block * UNIT + (8 << 20) - 1], 77)
})

test('a reader has a slot of the memory', () => {
  const { buffer } = ImageMemory.create()
  for (const slot of [-1, READER_SLOTS, 1.5]) assert.throws(() => new ImageReader(buffer, slot), RangeError)
})
