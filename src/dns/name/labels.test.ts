import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  commonLabels,
  countLabels,
  dropLabels,
  equalNames,
  isAtOrBelow,
  isWildcard,
  LOWER,
  MAX_LABELS,
  nameEnd,
  skipName,
} from './labels.ts'
import { anyName, model } from './name.fixture.ts'
import { Name } from './name.ts'

const name = (text: string): Uint8Array => Name.parse(text).octets

/** Places the name among other octets, so that offsets matter. */
function placed(octets: Uint8Array, before: number): Uint8Array {
  return Uint8Array.of(...new Uint8Array(before).fill(7), ...octets, 9, 9, 9)
}

test('LOWER folds A to Z and nothing else (RFC 4343 §3)', () => {
  for (let octet = 0; octet < 256; octet++) {
    const letter = octet >= 0x41 && octet <= 0x5a
    assert.equal(LOWER[octet], letter ? octet + 0x20 : octet)
  }
})

test('nameEnd accepts what a name may be, within its bounds', () => {
  fc.assert(
    fc.property(anyName, fc.nat(20), ({ octets }, before) => {
      const buffer = placed(octets, before)
      const end = before + octets.length
      assert.equal(nameEnd(buffer, before, buffer.length), end)
      assert.equal(skipName(buffer, before), end)
      for (let cut = before; cut < end; cut++) assert.equal(nameEnd(buffer, before, cut), -1)
    }),
  )
})

test('nameEnd: 255 octets are a name, 256 are none; 63 octets are a label, 64 are none', () => {
  const long = new Uint8Array(300)
  for (let i = 0; i < 254; i += 2) long[i] = 1
  assert.equal(nameEnd(long, 0, 300), 255)
  const longer = Uint8Array.of(2, 0, 0, ...long.subarray(2))
  assert.equal(nameEnd(longer, 0, 300), -1)
  assert.equal(countLabels(long, 0), MAX_LABELS)
  assert.equal(nameEnd(Uint8Array.of(63, ...new Uint8Array(63), 0), 0, 65), 65)
  for (const length of [64, 65, 0x80, 0xbf, 0xc0, 0xff]) {
    assert.equal(nameEnd(Uint8Array.of(length, ...new Uint8Array(300)), 0, 301), -1, `length octet ${length}`)
  }
  assert.equal(nameEnd(Uint8Array.of(), 0, 0), -1)
  assert.equal(nameEnd(Uint8Array.of(0), 0, 1), 1)
})

test('nameEnd never reads a name out of octets that are none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
      const end = nameEnd(octets, 0, octets.length)
      if (end >= 0) {
        assert.ok(end <= 255 && octets[end - 1] === 0)
        assert.equal(Name.fromOctets(octets).octets.length, end)
      }
    }),
  )
})

test('walks agree with a plain model of names', () => {
  fc.assert(
    fc.property(anyName, anyName, fc.nat(5), (a, b, before) => {
      const x = placed(a.octets, before)
      const y = placed(b.octets, 3)
      const [m, n] = [model(a), model(b)]
      assert.equal(countLabels(x, before), m.length)
      assert.equal(isWildcard(x, before), m.at(-1) === '*')
      let common = 0
      while (common < m.length && common < n.length && m[common] === n[common]) common++
      assert.equal(commonLabels(x, before, y, 3), common)
      assert.equal(isAtOrBelow(x, before, y, 3), common === n.length)
      assert.equal(equalNames(x, before, y, 3), common === n.length && common === m.length)
    }),
  )
})

test('dropLabels leaves the ancestors, the root last', () => {
  const octets = name('a.bc.def.')
  const texts = [0, 1, 2, 3].map((n) => Name.fromOctets(octets, dropLabels(octets, 0, n)).toString())
  assert.deepEqual(texts, ['a.bc.def.', 'bc.def.', 'def.', '.'])
})

test('isAtOrBelow compares labels, not text: ple.com is no ancestor of example.com', () => {
  assert.ok(!isAtOrBelow(name('example.com.'), 0, name('ple.com.'), 0))
  assert.ok(isAtOrBelow(name('eXample.com.'), 0, name('ExAmPle.COM.'), 0))
  assert.ok(isAtOrBelow(name('a.example.com.'), 0, name('.'), 0))
  assert.ok(!isAtOrBelow(name('com.'), 0, name('example.com.'), 0))
})
