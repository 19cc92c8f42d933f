import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareNames, Name } from '../../dns/name/index.ts'
import { Arena } from './arena.ts'
import { BlockOwner } from './block-owner.ts'
import { FreeExtents } from './extents.ts'
import { ImageMemory } from './memory.ts'
import { writeKey } from './symbols.ts'
import { blockName, TrieReader } from './trie.ts'
import { TrieWriter } from './trie-writer.ts'

/** A trie over names alone, beside a sorted list of them. */
class Model {
  readonly memory = ImageMemory.create()
  readonly own = new BlockOwner(new Arena(new FreeExtents(this.memory), { octets: 0 }), false)
  readonly writer = new TrieWriter(this.own, 'name')
  readonly reader = new TrieReader(this.memory, 'name')
  readonly root: number
  names: Name[] = []

  constructor() {
    this.root = this.own.allocate(16) << 1
    this.memory.words.fill(0, this.root, this.root + 3)
  }

  block(name: Name): number {
    const unit = this.own.allocate(8 + name.octets.length)
    this.memory.words[unit * 2 + 1] = name.octets.length | (2 << 8)
    this.memory.octets.set(name.octets, unit * 8 + 8)
    return unit
  }

  add(name: Name): void {
    this.writer.keyLength = writeKey(name.octets, 0, this.writer.key)
    const replaced = this.writer.put(this.root, this.block(name), 0)
    const at = this.names.findIndex((other) => other.equals(name))
    assert.equal(replaced !== 0, at >= 0)
    if (at >= 0) this.names.splice(at, 1)
    this.names.push(name)
    this.names.sort((a, b) => compareNames(a.octets, 0, b.octets, 0))
  }

  remove(name: Name): void {
    this.writer.keyLength = writeKey(name.octets, 0, this.writer.key)
    const removed = this.writer.remove(this.root)
    const at = this.names.findIndex((other) => other.equals(name))
    assert.equal(removed !== 0, at >= 0)
    if (at >= 0) this.names.splice(at, 1)
  }

  nameAt(cell: number): Name {
    return Name.fromOctets(this.memory.octets, blockName(this.memory.words, this.memory.words[cell] ?? 0))
  }

  check(name: Name): void {
    const { reader } = this
    reader.keyLength = writeKey(name.octets, 0, reader.key)
    const found = reader.find(this.root, name.octets, 0)
    assert.equal(
      found,
      this.names.some((other) => other.equals(name)),
      `${name}`,
    )
    if (found) assert.ok(this.nameAt(reader.found).equals(name))
    const above = this.names.filter((other) => !other.equals(name) && name.isAtOrBelow(other))
    const ancestors = [...reader.ancestors.subarray(0, reader.ancestorCount)].map((cell) =>
      this.nameAt(cell).toString(),
    )
    assert.deepEqual(ancestors, above.map(String), `ancestors of ${name}`)
    const before = this.names.findLast((other) => compareNames(other.octets, 0, name.octets, 0) < 0)
    const cell = reader.before(this.root)
    assert.equal(cell === 0 ? undefined : this.nameAt(cell).toString(), before?.toString(), `before ${name}`)
    this.writer.keyLength = writeKey(name.octets, 0, this.writer.key)
    const below = this.names.some((other) => !other.equals(name) && other.isAtOrBelow(name))
    assert.equal(this.writer.hasBelow(this.root), below, `below ${name}`)
  }
}

const label = fc.oneof(
  fc.constantFrom('a', 'b', 'ab', 'A', '*', '-', '_', '0', '\\000', '\\255', '\\.', 'z', '{', '\\200\\201'),
  fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '2'), minLength: 1, maxLength: 4 }),
)
const name = fc
  .array(label, { maxLength: 4 })
  .map((labels) => Name.parse(`${labels.map((l) => `${l}.`).join('')}example.`))

test('a trie holds what was put in, finds ancestors and predecessors as a sorted list does', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, fc.boolean()), { maxLength: 60 }),
      fc.array(name, { maxLength: 30 }),
      (steps, asked) => {
        const model = new Model()
        for (const [each, adds] of steps) {
          if (adds) model.add(each)
          else model.remove(each)
        }
        for (const each of asked) model.check(each)
        for (const [each] of steps) model.check(each)
      },
    ),
    { numRuns: 300 },
  )
})

test('an older root still shows what it showed', () => {
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 30, selector: String }), (names) => {
      const model = new Model()
      const half = Math.ceil(names.length / 2)
      for (const each of names.slice(0, half)) model.add(each)
      const { words } = model.memory
      const kept = (model.own.allocate(16) << 1) as number
      words.copyWithin(kept, model.root, model.root + 3)
      model.own.publish()
      const before = [...model.names]
      for (const each of names.slice(half)) model.add(each)
      for (const each of before) model.remove(each)
      const { reader } = model
      for (const each of names) {
        reader.keyLength = writeKey(each.octets, 0, reader.key)
        assert.equal(
          reader.find(kept, each.octets, 0),
          before.some((other) => other.equals(each)),
        )
      }
    }),
  )
})
