import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DnsError } from '../../dns/errors.ts'
import { Arena } from './arena.ts'
import { FreeExtents } from './extents.ts'
import { ImageMemory, UNIT } from './memory.ts'

function arenaOn(memory: ImageMemory = ImageMemory.create()): Arena {
  return new Arena(new FreeExtents(memory), { octets: 0 })
}

test('sizes are rounded up by at most an eighth, and counted out as they were counted in', () => {
  const arena = arenaOn()
  for (let octets = 1; octets < 300_000; octets = Math.ceil(octets * 1.07) + 1) {
    const before = arena.usedOctets
    const block = arena.allocate(octets)
    const taken = arena.usedOctets - before
    assert.ok(taken >= octets && taken <= octets * 1.125 + UNIT, `${octets} took ${taken}`)
    arena.free(block, octets)
    assert.equal(arena.usedOctets, before)
    assert.equal(arena.allocate(taken), block, 'of the same class')
    arena.free(block, taken)
  }
})

test('blocks do not overlap, of one arena or of several, whatever was freed between', () => {
  const size = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 9000 }))
  const step = fc.record({ arena: fc.nat(2), size, frees: fc.boolean(), trims: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const source = new FreeExtents(ImageMemory.create())
      const before = source.memory.reachedOctets
      const usage = { octets: 0 }
      const arenas = [0, 1, 2].map(() => new Arena(source, usage))
      const held: { arena: Arena; unit: number; octets: number }[] = []
      for (const { arena: index, size: octets, frees, trims } of steps) {
        const arena = arenas[index] ?? arenaOn()
        const old = frees ? held.splice(octets % Math.max(held.length, 1), 1)[0] : undefined
        old?.arena.free(old.unit, old.octets)
        held.push({ arena, unit: arena.allocate(octets), octets })
        if (trims) arena.trim()
      }
      held.sort((a, b) => a.unit - b.unit)
      held.forEach(({ unit, octets }, i) => {
        const next = held[i + 1]
        if (next !== undefined) assert.ok(unit * UNIT + octets <= next.unit * UNIT)
      })
      assert.equal(
        usage.octets,
        arenas.reduce((sum, { usedOctets }) => sum + usedOctets, 0),
      )
      for (const arena of arenas) arena.release()
      assert.equal(usage.octets, 0)
      assert.equal(source.memory.reachedOctets, before, 'all of it is given back')
    }),
    { numRuns: 200 },
  )
})

test('an arena that another thread takes over goes on where it was', () => {
  const source = new FreeExtents(ImageMemory.create())
  const before = source.memory.reachedOctets
  const usage = { octets: 0 }
  const arena = new Arena(source, usage)
  const [first, second] = [arena.allocate(100), arena.allocate(100)]
  arena.free(first, 100)
  const parts = structuredClone(arena.share())
  assert.equal(usage.octets, 0)
  const taken = new Arena(source, usage, parts)
  assert.deepEqual([taken.usedOctets, usage.octets], [104, 104])
  assert.equal(taken.allocate(100), first)
  assert.ok(taken.allocate(100) > second)
  taken.release()
  assert.equal(source.memory.reachedOctets, before)
})

test('a block that is freed after its arena was given back is nobody else’s loss', () => {
  const source = new FreeExtents(ImageMemory.create())
  const arena = new Arena(source, { octets: 0 })
  const block = arena.allocate(64)
  arena.release()
  arena.free(block, 64)
  const other = new Arena(source, { octets: 0 })
  assert.notEqual(other.allocate(64), other.allocate(64))
})

test('memory grows to what is reserved, and a refusal leaves it usable', () => {
  const memory = ImageMemory.create(new SharedArrayBuffer(1 << 20, { maxByteLength: 2 << 20 }))
  const arena = arenaOn(memory)
  assert.throws(
    () => arena.allocate(4 << 20),
    (error) => error instanceof DnsError && error.code === 'limit-exceeded',
  )
  assert.equal(arena.usedOctets, 0)
  const block = arena.allocate(1 << 20)
  assert.ok(block * UNIT + (1 << 20) <= arena.memory.octets.length)
})
