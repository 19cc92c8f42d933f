import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Arena } from './arena.ts'
import { FreeExtents } from './extents.ts'
import { ImageReader } from './image-reader.ts'
import { ImageMemory, READER_SLOTS, UNIT } from './memory.ts'
import { RetiredBlocks } from './retired.ts'

/** Memory with one arena, whose blocks are retired. */
function make() {
  const memory = ImageMemory.create()
  const arena = new Arena(new FreeExtents(memory), { octets: 0 })
  const retired = new RetiredBlocks()
  const retire = (epoch: number, unit: number, octets: number): void =>
    retired.add(epoch, [{ arena, blocks: { units: [unit], sizes: [octets], octets } }])
  return { memory, arena, retired, retire, reclaim: () => retired.reclaim(memory.oldestReading()) }
}

test('a block that a reading may still see is not given out again', () => {
  const { memory, arena, retire, reclaim } = make()
  const block = arena.allocate(100)
  memory.enter(3)
  retire(memory.publish(block), block, 100)
  reclaim()
  assert.notEqual(arena.allocate(100), block)
  memory.leave(3)
  reclaim()
  assert.equal(arena.allocate(100), block)
})

test('a reading that began after a publication does not hold what went before it', () => {
  const { memory, arena, retire, reclaim } = make()
  const block = arena.allocate(100)
  const epoch = memory.publish(8)
  memory.enter(0)
  retire(epoch, block, 100)
  reclaim()
  assert.equal(arena.allocate(100), block)
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
    const { memory, arena, retire, reclaim } = make()
    memory.words[2] = last - 1
    for (let i = 0; i < 4; i++) {
      const block = arena.allocate(64)
      memory.enter(5)
      assert.notEqual(memory.words[16 + 5 * 16], 0, 'a reading is announced')
      retire(memory.publish(block), block, 64)
      reclaim()
      assert.notEqual(arena.allocate(64), block)
      memory.leave(5)
      reclaim()
      assert.equal(arena.allocate(64), block)
      arena.free(block, 64)
    }
  }
})

test('a reader sees memory that grew after it was made', () => {
  const memory = ImageMemory.create()
  const arena = new Arena(new FreeExtents(memory), { octets: 0 })
  const reader = new ImageReader(memory.buffer, 0)
  const block = arena.allocate(8 << 20)
  memory.octets[block * UNIT + (8 << 20) - 1] = 77
  memory.publish(block)
  reader.enter()
  assert.equal(reader.memory.octets[block * UNIT + (8 << 20) - 1], 77)
})

test('a reader has a slot of the memory', () => {
  const { buffer } = ImageMemory.create()
  for (const slot of [-1, READER_SLOTS, 1.5]) assert.throws(() => new ImageReader(buffer, slot), RangeError)
})
