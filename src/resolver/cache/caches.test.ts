import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../../dns/name/index.ts'
import { A, AAAA, CNAME, DNAME, TXT } from '../../dns/rr/index.ts'
import { rrsetOf, soaText } from './caches.fixture.ts'
import { Caches, defaultCachesSettings, Rank } from './index.ts'

function filled(): Caches {
  const caches = new Caches(defaultCachesSettings(new Uint8Array(16)))
  const common = { authority: [], additional: [], security: 'insecure' } as const
  for (const name of ['a.example.', 'b.a.example.', 'c.example.']) {
    const set = rrsetOf(name, 60, 'A', '192.0.2.1')
    set.security = 'insecure'
    caches.rrsets.put(set, Rank.answer, 0)
    caches.messages.put({ ...common, name: set.owner, type: A.number, rcode: 0, answer: [set] }, 0)
  }
  const alias = rrsetOf('a.example.', 60, 'DNAME', 'other.')
  const made = rrsetOf('x.a.example.', 60, 'CNAME', 'x.other.')
  const name = Name.parse('x.a.example.')
  caches.messages.put({ ...common, name, type: CNAME.number, rcode: 0, answer: [alias, made] }, 0)
  const soa = rrsetOf('example.', 60, 'SOA', soaText(30))
  const absent = Name.parse('no.example.')
  caches.messages.put({ ...common, name: absent, type: A.number, rcode: 3, answer: [], authority: [soa] }, 0)
  caches.failures.put(Name.parse('bad.example.'), A.number, { remarks: [] }, 0)
  return caches
}

test('a dump has a line a record, with what is left of its TTL', () => {
  const lines = [...filled().dump(10)]
  assert.ok(lines.includes('a.example. 50 IN A 192.0.2.1 ; insecure'))
  assert.ok(lines.includes('; no.example. 20 IN ANY NXDOMAIN ; insecure'))
  assert.ok(lines.includes('; bad.example. 0 IN A SERVFAIL ; failure 1 in a row'))
  assert.equal(lines.length, 5)
})

test('a name is forgotten with all that was made of it', () => {
  const caches = filled()
  // Its RRset, its message, and the alias that its DNAME made.
  assert.equal(caches.flush(Name.parse('A.Example.')), 3)
  assert.equal(caches.rrsets.find(Name.parse('a.example.'), A.number, 1), undefined)
  assert.ok(caches.rrsets.find(Name.parse('b.a.example.'), A.number, 1))
})

test('one type of a name is forgotten', () => {
  const caches = filled()
  const name = Name.parse('a.example.')
  assert.equal(caches.flush(name, AAAA.number), 0)
  assert.equal(caches.flush(name, DNAME.number), 1)
  assert.equal(caches.messages.find(Name.parse('x.a.example.'), CNAME.number, 1), undefined)
  assert.ok(caches.messages.find(name, A.number, 1))
})

test('an NXDOMAIN is forgotten with its name, whatever type is meant', () => {
  const caches = filled()
  assert.equal(caches.flush(Name.parse('no.example.'), TXT.number), 1)
  assert.equal(caches.messages.find(Name.parse('no.example.'), A.number, 1), undefined)
})

test('a subtree is forgotten, and the failures in it', () => {
  const caches = filled()
  assert.equal(caches.flushSubtree(Name.parse('a.example.')), 5)
  assert.equal(caches.flushSubtree(Name.parse('example.')), 4)
  assert.deepEqual([...caches.dump(1)], [])
})

test('all is forgotten', () => {
  const caches = filled()
  caches.clear()
  assert.deepEqual([...caches.dump(1)], [])
  assert.equal(caches.rrsets.counts.octets, 0)
})
