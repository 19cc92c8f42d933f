import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DnsError, WireError } from '../errors.ts'
import { anyName } from './name.fixture.ts'
import { Name } from './name.ts'

test('a name keeps its case and compares without it', () => {
  const name = Name.parse('WwW.Example.')
  assert.equal(name.toString(), 'WwW.Example.')
  assert.ok(name.equals(Name.parse('www.example.')))
  assert.ok(!name.equals(Name.parse('www.example.org.')))
  assert.equal(name.toCanonical().toString(), 'www.example.')
  assert.equal(name.key, Name.parse('wWw.eXample.').key)
  assert.equal(JSON.stringify({ name }), '{"name":"WwW.Example."}')
})

test('equal names share a key, others do not', () => {
  fc.assert(
    fc.property(anyName, anyName, (a, b) => {
      assert.equal(a.key === b.key, a.equals(b))
      assert.ok(a.toCanonical().equals(a))
    }),
  )
})

test('fromOctets copies: the name does not change with the buffer', () => {
  const buffer = Uint8Array.of(9, 1, 0x61, 0, 9)
  const name = Name.fromOctets(buffer, 1)
  buffer[2] = 0x62
  assert.equal(name.toString(), 'a.')
})

test('fromOctets copies out of a Buffer too, whose slice is no copy', () => {
  const buffer = Buffer.from([1, 0x61, 0])
  const name = Name.fromOctets(buffer)
  buffer[1] = 0x62
  assert.equal(name.toString(), 'a.')
  assert.ok(!Buffer.isBuffer(name.octets))
})

test('fromOctets refuses what is no name', () => {
  for (const bad of [[], [1], [1, 0x61], [64, 0], [0xc0, 0], [3, 1, 1, 0]]) {
    assert.throws(
      () => Name.fromOctets(Uint8Array.from(bad)),
      (error) => error instanceof WireError && error.code === 'name-syntax' && error.rcode === 1,
    )
  }
})

test('parents, children and labels', () => {
  const name = Name.parse('a.b\\.c.d.')
  assert.equal(name.labelCount, 3)
  assert.deepEqual(
    [...name.labels()].map((label) => String.fromCharCode(...label)),
    ['a', 'b.c', 'd'],
  )
  assert.equal(name.parent.toString(), 'b\\.c.d.')
  assert.equal(Name.root.parent, Name.root)
  assert.equal(Name.root.child('x').child('*').toString(), '*.x.')
  assert.ok(Name.parse('*.x.').isWildcard && !Name.parse('a*.x.').isWildcard && !Name.parse('x.*.').isWildcard)
  assert.ok(Name.root.isRoot && !name.isRoot)
  assert.ok(name.isAtOrBelow(Name.parse('D.')) && !name.isAtOrBelow(Name.parse('c.d.')))
})

test('child keeps to the limits of names and labels', () => {
  assert.throws(() => Name.root.child(''), DnsError)
  assert.throws(() => Name.root.child('a'.repeat(64)), DnsError)
  let name = Name.root
  for (let i = 0; i < 127; i++) name = name.child('a')
  assert.equal(name.octets.length, 255)
  assert.throws(
    () => name.child('a'),
    (error) => error instanceof DnsError && error.code === 'name-too-long',
  )
})

test('a parent and its child are inverse', () => {
  fc.assert(
    fc.property(anyName, (name) => {
      const [label] = name.labels()
      if (label === undefined) return
      assert.deepEqual(name.parent.child(label.slice()).octets, name.octets)
      assert.equal(name.parent.labelCount, name.labelCount - 1)
    }),
  )
})
