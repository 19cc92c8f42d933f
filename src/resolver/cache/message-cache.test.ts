import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../../dns/name/index.ts'
import { A, AAAA, TXT } from '../../dns/rr/index.ts'
import { rrsetOf, soaText } from './caches.fixture.ts'
import { type Message, MessageCache, type MessageCacheSettings } from './index.ts'

const HOST = Name.parse('host.example.')

function cacheOf(settings: Partial<MessageCacheSettings> = {}): MessageCache {
  return new MessageCache({ maxOctets: 1 << 20, maxNegativeTtl: 3600, bogusSeconds: 60, staleSeconds: 0, ...settings })
}

function messageOf(rest: Partial<Message> = {}): Message {
  const security = rest.security ?? 'insecure'
  const verdict = security === 'unchecked' ? undefined : ({ status: security, evidence: [] } as const)
  return { name: HOST, type: A.number, rcode: 0, answer: [], authority: [], additional: [], verdict, ...rest, security }
}

function positive(ttl: number, now: number, rest: Partial<Message> = {}): Message {
  return messageOf({ answer: [rrsetOf('host.example.', ttl, 'A', '192.0.2.1', { now })], ...rest })
}

function negative(rcode: number, ttl: number, minimum: number, now: number, rest: Partial<Message> = {}): Message {
  return messageOf({ rcode, authority: [rrsetOf('example.', ttl, 'SOA', soaText(minimum), { now })], ...rest })
}

test('a message lasts as long as the first of its RRsets, and no longer than its verdict', () => {
  const cache = cacheOf()
  const proof = rrsetOf('a.example.', 30, 'TXT', '"proof"')
  assert.equal(cache.put(positive(60, 0, { authority: [proof] }), 0).expires, 30)
  assert.equal(cache.find(HOST, A.number, 29)?.answer.length, 1)
  assert.equal(cache.find(HOST, A.number, 30), undefined)
  const verdict = { status: 'secure', evidence: [], expires: 45 } as const
  assert.equal(cache.put(positive(60, 40, { security: 'secure', verdict }), 40).expires, 45)
})

test('an RRset whose end is brought forward takes the message with it', () => {
  const cache = cacheOf()
  const message = positive(60, 0)
  cache.put(message, 0)
  for (const set of message.answer) set.expires = 10
  assert.equal(cache.find(HOST, A.number, 10), undefined)
})

test('RFC2308 §5: a denial lasts as long as the SOA or its last field says, whichever is less, and three hours at most', () => {
  for (const [ttl, minimum, most, expected] of [
    [300, 60, 3600, 60],
    [60, 300, 3600, 60],
    [86400, 86400, 3600, 3600],
    [86400, 86400, 604800, 10800],
    [300, 0, 3600, 0],
  ] as const) {
    for (const rcode of [0, 3]) {
      assert.equal(
        cacheOf({ maxNegativeTtl: most }).put(negative(rcode, ttl, minimum, 100), 100).expires,
        100 + expected,
      )
    }
  }
})

test('RFC2308 §5: a denial without SOA is not kept, nor is a failure', () => {
  const cache = cacheOf()
  for (const message of [messageOf(), messageOf({ rcode: 3 }), positive(60, 0, { rcode: 2 })]) cache.put(message, 0)
  assert.equal(cache.counts.entries, 0)
})

test('RFC2308 §5: NXDOMAIN is for all types, NODATA for its own', () => {
  const cache = cacheOf()
  cache.put(negative(0, 60, 60, 0), 0)
  assert.equal(cache.find(HOST, TXT.number, 1), undefined)
  cache.put(negative(3, 60, 60, 1, { type: AAAA.number }), 1)
  assert.equal(cache.find(HOST, TXT.number, 2)?.rcode, 3)
  cache.put(positive(60, 3), 3)
  assert.equal(cache.find(HOST, TXT.number, 4), undefined)
})

test('RFC8020 §2: nothing is below a name that securely does not exist', () => {
  const cache = cacheOf()
  const below = Name.parse('a.b.host.example.')
  cache.put(negative(3, 60, 60, 0), 0)
  assert.equal(cache.findAbsentAncestor(below, 1), undefined)
  cache.put(negative(3, 60, 60, 0, { security: 'secure' }), 0)
  assert.equal(cache.findAbsentAncestor(below, 1)?.name, HOST)
  assert.equal(cache.findAbsentAncestor(below, 60), undefined)
  assert.equal(cache.findAbsentAncestor(HOST, 1), undefined)
})

test('RFC4035 §4.7: what is bogus is kept for its own time, whatever its TTL', () => {
  const cache = cacheOf()
  assert.equal(cache.put(positive(0, 0, { security: 'bogus' }), 0).expires, 60)
  assert.equal(cache.find(HOST, A.number, 59)?.security, 'bogus')
  assert.equal(cache.find(HOST, A.number, 60), undefined)
  assert.equal(cache.put(messageOf({ security: 'bogus' }), 60).expires, 120)
})

test('what is secure gives way to a verdict, not to doubt', () => {
  const cache = cacheOf()
  const secure = cache.put(positive(60, 0, { security: 'secure' }), 0)
  for (const security of ['unchecked', 'bogus', 'indeterminate'] as const) {
    assert.equal(cache.put(positive(60, 1, { security }), 1), secure)
  }
  assert.equal(cache.put(positive(60, 2, { security: 'insecure' }), 2).security, 'insecure')
})

test('what is bogus does not undo an NXDOMAIN', () => {
  const cache = cacheOf()
  cache.put(negative(3, 60, 60, 0, { security: 'secure' }), 0)
  cache.put(positive(60, 1, { security: 'bogus' }), 1)
  cache.put(positive(60, 1, { security: 'insecure', type: TXT.number }), 1)
  assert.equal(cache.find(HOST, AAAA.number, 2)?.rcode, 3)
})

test('RFC8767 §5: a message comes stale when asked for, a bogus one never', () => {
  const cache = cacheOf({ staleSeconds: 1000 })
  cache.put(positive(60, 0), 0)
  assert.equal(cache.find(HOST, A.number, 60), undefined)
  assert.equal(cache.findStale(HOST, A.number, 1059, 1000)?.answer.length, 1)
  assert.equal(cache.findStale(HOST, A.number, 1060, 1000), undefined)
  cache.put(positive(60, 2000, { security: 'bogus' }), 2000)
  assert.equal(cache.findStale(HOST, A.number, 2059, 1000)?.security, 'bogus')
  assert.equal(cache.findStale(HOST, A.number, 2060, 1000), undefined)
})

test('the ceiling holds', () => {
  const cache = cacheOf({ maxOctets: 20_000 })
  for (let i = 0; i < 200; i++) {
    const name = Name.parse(`h${i}.example.`)
    cache.put({ ...negative(i % 2 === 0 ? 0 : 3, 60, 60, 0), name }, 0)
    assert.ok(cache.counts.octets <= 20_000)
  }
  assert.ok(cache.counts.evictions > 100)
})
