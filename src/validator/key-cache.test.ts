import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Name } from '../dns/name/index.ts'
import { KeyCache } from './key-cache.ts'
import type { ZoneTrust } from './zone-trust.ts'

function insecure(zone: string, expires = 100): ZoneTrust {
  const words = (): string => zone
  return { kind: 'insecure', zone: Name.parse(zone), expires, parent: undefined, links: [], reason: 'opt-out', words }
}

function cacheOf(...zones: readonly string[]): KeyCache {
  const cache = new KeyCache()
  for (const zone of zones) cache.add(insecure(zone))
  return cache
}

const named = (cache: KeyCache): string[] => [...cache].map(({ zone }) => zone.toString())

describe('the cache of keys', () => {
  it('finds a zone whatever its case, until it expires', () => {
    const cache = cacheOf('Example.')
    assert.ok(cache.find(Name.parse('eXample.'), 99))
    assert.equal(cache.find(Name.parse('example.'), 100), undefined)
    assert.deepEqual([cache.size, cache.octets], [0, 0])
  })

  it('finds the nearest zone, no higher than told', () => {
    const cache = cacheOf('.', 'example.', 'b.example.')
    const nearest = (name: string, top: string): string | undefined =>
      cache.findNearest(Name.parse(name), Name.parse(top), 0)?.zone.toString()
    assert.equal(nearest('a.b.example.', '.'), 'b.example.')
    assert.equal(nearest('a.example.', '.'), 'example.')
    assert.equal(nearest('other.', '.'), '.')
    assert.equal(nearest('c.d.example.', 'd.example.'), undefined)
  })

  it('passes over what has expired', () => {
    const cache = cacheOf('.')
    cache.add(insecure('example.', 5))
    assert.equal(cache.findNearest(Name.parse('a.example.'), Name.root, 6)?.zone.toString(), '.')
  })

  it('forgets a zone, or all at and below it', () => {
    const cache = cacheOf('.', 'example.', 'a.example.', 'b.a.example.', 'other.')
    assert.equal(cache.flush(Name.parse('a.example.'), 'zone'), 1)
    assert.deepEqual(named(cache), ['.', 'example.', 'b.a.example.', 'other.'])
    assert.equal(cache.flush(Name.parse('example.')), 2)
    assert.deepEqual(named(cache), ['.', 'other.'])
    cache.clear()
    assert.deepEqual([cache.size, cache.octets], [0, 0])
  })

  it('holds one entry a zone', () => {
    const cache = cacheOf('example.', 'example.')
    assert.equal(cache.size, 1)
    assert.equal(cache.octets, cacheOf('example.').octets)
  })

  it('is bounded, and keeps what is asked for', () => {
    const cache = new KeyCache({ maxOctets: 10 * cacheOf('example.').octets })
    const popular = Name.parse('popular.')
    cache.add(insecure('popular.'))
    for (let n = 0; n < 1000; n++) {
      cache.add(insecure(`z${n}.`))
      assert.ok(cache.find(popular, 0), `gone after ${n}`)
      assert.ok(cache.size <= 10)
    }
  })
})
