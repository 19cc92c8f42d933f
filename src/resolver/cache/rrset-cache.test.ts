import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Name } from '../../dns/name/index.ts'
import { A, NS } from '../../dns/rr/index.ts'
import type { RRset, Security } from '../../dnssec/index.ts'
import { rrsetOf } from './caches.fixture.ts'
import { Rank, RRsetCache, type RRsetCacheSettings } from './index.ts'

const HOST = Name.parse('host.example.')
const ZONE = Name.parse('example.')

function cacheOf(settings: Partial<RRsetCacheSettings> = {}): RRsetCache {
  return new RRsetCache({ maxOctets: 1 << 20, minTtl: 0, maxTtl: 86400, staleSeconds: 0, ...settings })
}

function address(ttl: number, rdata: string, now: number, security: Security = 'unchecked'): RRset {
  return rrsetOf('host.example.', ttl, 'A', rdata, { now, security })
}

function servers(ttl: number, rdata: string, now: number): RRset {
  return rrsetOf('example.', ttl, 'NS', rdata, { now })
}

test('an RRset is found until its TTL is over, and whatever the case of the name', () => {
  const cache = cacheOf()
  const set = address(60, '192.0.2.1', 100)
  assert.equal(cache.put(set, Rank.answer, 100), set)
  assert.equal(cache.find(Name.parse('HOST.Example.'), A.number, 159)?.rrset, set)
  assert.equal(cache.find(HOST, NS.number, 159), undefined)
  assert.equal(cache.find(HOST, A.number, 160), undefined)
  assert.deepEqual(cache.counts, { entries: 0, octets: 0, hits: 1, misses: 2, evictions: 0 })
})

test('RFC2181 §5.4.1: what is believed less does not replace what is believed more, while that lives', () => {
  const ranks = Object.values(Rank).filter((rank) => rank !== Rank.secure)
  for (const old of ranks) {
    for (const rank of ranks) {
      const cache = cacheOf()
      const standing = address(60, '192.0.2.1', 0)
      cache.put(standing, old, 0)
      const fresh = address(60, '192.0.2.2', 10)
      assert.equal(cache.put(fresh, rank, 10), rank >= old ? fresh : standing, `${rank} over ${old}`)
      const late = address(60, '192.0.2.3', 70)
      assert.equal(cache.put(late, Rank.additional, 70), late)
    }
  }
})

test('a secure RRset gives way to a secure one only, until it is near its end', () => {
  const cache = cacheOf()
  const secure = address(100, '192.0.2.1', 0, 'secure')
  cache.put(secure, Rank.answer, 0)
  for (const security of ['unchecked', 'insecure', 'bogus', 'indeterminate'] as const) {
    assert.equal(cache.put(address(100, '192.0.2.2', 1, security), Rank.authoritativeAnswer, 1), secure)
  }
  const other = address(100, '192.0.2.3', 2, 'secure')
  assert.equal(cache.put(other, Rank.answer, 2), other)
  const prefetched = address(100, '192.0.2.4', 95)
  assert.equal(cache.put(prefetched, Rank.authoritativeAnswer, 95), prefetched)
})

test('a verdict that comes after put counts', () => {
  const cache = cacheOf()
  const set = address(100, '192.0.2.1', 0)
  cache.put(set, Rank.authoritativeAnswer, 0)
  set.security = 'secure'
  set.expires = 50
  assert.equal(cache.put(address(100, '192.0.2.2', 1), Rank.authoritativeAnswer, 1), set)
  assert.equal(cache.find(HOST, A.number, 50), undefined)
})

test('bogus data replaces nothing that lives; anything but the same again replaces it', () => {
  const cache = cacheOf()
  const bogus = address(60, '192.0.2.1', 0, 'bogus')
  assert.equal(cache.put(bogus, Rank.authoritativeAnswer, 0), bogus)
  assert.equal(cache.put(address(60, '192.0.2.1', 5), Rank.authoritativeAnswer, 5), bogus)
  const glue = address(60, '192.0.2.2', 5)
  assert.equal(cache.put(glue, Rank.additional, 5), glue)
  assert.equal(cache.put(address(60, '192.0.2.3', 6, 'bogus'), Rank.authoritativeAnswer, 6), glue)
})

test('the same data again lives longer, but never shorter', () => {
  const cache = cacheOf()
  cache.put(address(60, '192.0.2.1', 0), Rank.answer, 0)
  cache.put(address(60, '192.0.2.1', 30), Rank.answer, 30)
  cache.put(address(10, '192.0.2.1', 31), Rank.answer, 31)
  assert.equal(cache.find(HOST, A.number, 31)?.rrset.expires, 90)
})

test('ghost domains: an NS RRset that comes again is not refreshed, nor one that has changed', () => {
  const cache = cacheOf()
  cache.put(servers(100, 'ns.example.', 0), Rank.referral, 0)
  cache.put(servers(100, 'ns.example.', 50), Rank.referral, 50)
  assert.equal(cache.find(ZONE, NS.number, 60)?.rrset.expires, 100)
  const changed = cache.put(servers(100, 'ns2.example.', 60), Rank.referral, 60)
  assert.equal(changed.expires, 100)
  assert.equal(cache.find(ZONE, NS.number, 60)?.rrset, changed)
  assert.equal(cache.find(ZONE, NS.number, 100), undefined)
})

test("ghost domains: the child's NS RRset lives no longer than the delegation that led to it", () => {
  const cache = cacheOf()
  cache.put(servers(100, 'ns.example.', 0), Rank.referral, 0)
  const own = cache.put(servers(86400, 'ns.example.', 10), Rank.authoritativeAnswer, 10)
  assert.equal(own.expires, 100)
  for (let now = 20; now < 100; now += 20) {
    const again = servers(86400, `ns${now}.example.`, now)
    again.security = 'secure'
    assert.ok(cache.put(again, Rank.authoritativeAnswer, now).expires <= 100)
  }
  assert.equal(cache.find(ZONE, NS.number, 100), undefined)
  assert.equal(cache.put(servers(100, 'ns.example.', 100), Rank.referral, 100).expires, 200)
})

test('phoenix domains: an RRset expires no later than the end that it is put with, and is not kept after that', () => {
  const cache = cacheOf({ minTtl: 60 })
  assert.equal(cache.put(servers(100, 'ns.example.', 0), Rank.referral, 0, 30).expires, 30)
  const own = cache.put(servers(100, 'ns2.example.', 10), Rank.authoritativeAnswer, 10)
  assert.equal(own.expires, 30)
  assert.equal(cache.put(servers(10, 'ns3.example.', 30), Rank.authoritativeAnswer, 30, 30).expires, 30)
  assert.equal(cache.find(ZONE, NS.number, 30), undefined)
  const granted = cache.put(servers(100, 'ns.example.', 40), Rank.referral, 40)
  cache.put(servers(100, 'ns4.example.', 41), Rank.authoritativeAnswer, 41, 41)
  assert.equal(cache.find(ZONE, NS.number, 42)?.rrset, granted)
})

test('TTLs are bounded, but what a validator has bounded is not made longer', () => {
  const cache = cacheOf({ minTtl: 60, maxTtl: 3600 })
  assert.equal(cache.put(address(604800, '192.0.2.1', 0), Rank.answer, 0).expires, 3600)
  assert.equal(cache.put(address(0, '192.0.2.2', 0), Rank.authoritativeAnswer, 0).expires, 60)
  const secure = address(5, '192.0.2.3', 0, 'secure')
  assert.equal(cache.put(secure, Rank.answer, 0).expires, 5)
  assert.equal(cache.put(secure, Rank.answer, 3).expires, 5)
})

test('RFC8767 §5: stale data is there when asked for, within its time, and never bogus', () => {
  const cache = cacheOf({ staleSeconds: 1000 })
  const set = address(60, '192.0.2.1', 0)
  cache.put(set, Rank.answer, 0)
  assert.equal(cache.find(HOST, A.number, 60), undefined)
  assert.equal(cache.findStale(HOST, A.number, 559, 500)?.rrset, set)
  assert.equal(cache.findStale(HOST, A.number, 560, 500), undefined)
  set.security = 'bogus'
  assert.equal(cache.findStale(HOST, A.number, 70, 500), undefined)
  assert.equal(cache.find(HOST, A.number, 1060), undefined)
  assert.equal(cache.counts.entries, 0)
})

test('a large RRset is compared in a moment', () => {
  const cache = cacheOf({ maxOctets: 1 << 24 })
  const many = Array.from({ length: 4000 }, (_, i) => `10.${i >> 8}.${i & 255}.1`)
  cache.put(rrsetOf('host.example.', 60, 'A', many), Rank.answer, 0)
  const again = rrsetOf('host.example.', 60, 'A', many.toReversed(), { now: 1 })
  const start = performance.now()
  assert.equal(cache.put(again, Rank.answer, 1), again)
  assert.ok(performance.now() - start < 200)
})

test('whatever is put and asked: never above the ceiling, never what is over, never another name or type', () => {
  const step = fc.record({
    name: fc.integer({ min: 0, max: 40 }).map((n) => `n${n}.example.`),
    type: fc.constantFrom('A', 'NS', 'TXT'),
    ttl: fc.integer({ min: 0, max: 50 }),
    rank: fc.constantFrom(...Object.values(Rank)),
    size: fc.integer({ min: 1, max: 200 }),
    pause: fc.integer({ min: 0, max: 5 }),
    security: fc.constantFrom<Security>('unchecked', 'secure', 'insecure', 'bogus'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.constantFrom(0, 20), (steps, staleSeconds) => {
      const cache = cacheOf({ maxOctets: 8000, staleSeconds })
      let now = 0
      for (const { name, type, ttl, rank, size, pause, security } of steps) {
        now += pause
        const rdata = type === 'A' ? `192.0.2.${size}` : type === 'NS' ? `ns${size}.example.` : `"${'x'.repeat(size)}"`
        const set = rrsetOf(name, ttl, type, rdata, { now, security })
        const standing = cache.put(set, rank, now)
        const found = cache.find(set.owner, set.type, now)
        assert.ok(found === undefined || found.rrset === standing)
        assert.ok(found === undefined || (found.rrset.expires > now && found.rrset.type === set.type))
        assert.ok(found === undefined || found.rrset.owner.equals(set.owner))
        assert.ok(cache.counts.octets <= 8000)
        assert.equal(cache.counts.entries, [...cache.values()].length)
      }
      cache.deleteWhere(() => true)
      assert.equal(cache.counts.octets, 0)
    }),
    { numRuns: 60 },
  )
})
