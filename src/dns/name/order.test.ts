import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareOctets } from '../octets.ts'
import { countLabels } from './labels.ts'
import { anyName, model } from './name.fixture.ts'
import { Name } from './name.ts'
import { compareNames, MAX_SORT_KEY, writeSortKey } from './order.ts'

const RFC4034 = [
  'example.',
  'a.example.',
  'yljkjljk.a.example.',
  'Z.a.example.',
  'zABC.a.EXAMPLE.',
  'z.example.',
  '\\001.z.example.',
  '*.z.example.',
  '\\200.z.example.',
]

function keyOf(name: Name, skip = 0): Uint8Array {
  const key = new Uint8Array(MAX_SORT_KEY + 3)
  return key.subarray(3, writeSortKey(name.octets, 0, skip, key, 3))
}

/** The order of RFC 4034 §6.1, label strings compared as such: an absent label sorts first. */
function modelOrder(a: Name, b: Name): number {
  const [m, n] = [model(a), model(b)]
  for (let i = 0; i < Math.min(m.length, n.length); i++) {
    const [x = '', y = ''] = [m[i], n[i]]
    if (x !== y) return x < y ? -1 : 1
  }
  return m.length - n.length
}

test('RFC 4034 §6.1: the list of the RFC is sorted, and comes out sorted', () => {
  const names = RFC4034.map((text) => Name.parse(text))
  const shuffled = [...names].reverse().sort((a, b) => a.compareTo(b))
  assert.deepEqual(
    shuffled.map(String),
    RFC4034.map((text) => Name.parse(text).toString()),
  )
  const byKey = [...names].reverse().sort((a, b) => Buffer.compare(keyOf(a), keyOf(b)))
  assert.deepEqual(byKey.map(String), names.map(String))
})

test('compareNames is the order of RFC 4034 §6.1', () => {
  fc.assert(
    fc.property(anyName, anyName, (a, b) => {
      assert.equal(Math.sign(a.compareTo(b)), Math.sign(modelOrder(a, b)))
      assert.equal(Math.sign(b.compareTo(a)), -Math.sign(a.compareTo(b)) + 0)
      assert.equal(a.compareTo(b) === 0, a.equals(b))
    }),
    { numRuns: 500 },
  )
})

test('sort keys order as compareNames does, whatever the octets', () => {
  fc.assert(
    fc.property(anyName, anyName, (a, b) => {
      const [x, y] = [keyOf(a), keyOf(b)]
      const order = compareOctets(x, 0, x.length, y, 0, y.length)
      assert.equal(Math.sign(order), Math.sign(a.compareTo(b)))
    }),
    { numRuns: 1000 },
  )
})

test('a sort key without the labels that all names share keeps the order, and stays within MAX_SORT_KEY', () => {
  fc.assert(
    fc.property(fc.array(anyName, { minLength: 2, maxLength: 4 }), (names) => {
      const zone = Name.parse('zone.test.')
      const below = names
        .map((name) => [...name.labels()].reverse())
        .map((labels) =>
          labels.reduce(
            (name, label) => (name.octets.length + label.length < 255 ? name.child(label.slice()) : name),
            zone,
          ),
        )
      const [a = zone, b = zone] = below
      assert.equal(Math.sign(Buffer.compare(keyOf(a, 2), keyOf(b, 2))), Math.sign(a.compareTo(b)))
      assert.equal(keyOf(zone, 2).length, 0)
      for (const name of below) assert.ok(keyOf(name).length <= MAX_SORT_KEY && countLabels(name.octets, 0) >= 2)
    }),
  )
})

test('compareNames looks at the place it is told', () => {
  const buffer = Uint8Array.of(5, 5, ...Name.parse('b.a.').octets, 5, ...Name.parse('a.').octets)
  assert.ok(compareNames(buffer, 2, buffer, 8) > 0)
  assert.ok(compareNames(buffer, 8, buffer, 2) < 0)
  assert.equal(compareNames(buffer, 4, buffer, 8), 0)
})
