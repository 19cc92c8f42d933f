import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../../dns/name/index.ts'
import { InfrastructureCache } from './index.ts'

const SERVER = { address: Uint8Array.of(192, 0, 2, 1), port: 53 }
const OTHER = { address: new Uint8Array(16), port: 53 }
const ZONE = Name.parse('example.')

function cacheOf(maxOctets = 1 << 20, secret = new Uint8Array(16).fill(7)): InfrastructureCache {
  return new InfrastructureCache({ maxOctets, rememberSeconds: 900, secret })
}

test('RFC6298 §2: the timeout follows the round trips that were seen and how they vary', () => {
  const cache = cacheOf()
  assert.equal(cache.rttEstimate(SERVER, 0), 376)
  cache.observe(SERVER, 100, true, 0)
  assert.equal(cache.rttEstimate(SERVER, 0), 300)
  cache.observe(SERVER, 140, true, 1)
  // SRTT 100 + 40/8, RTTVAR 50 * 3/4 + 40/4, RTO 105 + 4 * 47.5.
  assert.equal(cache.find(SERVER, 1)?.rttMilliseconds, 105)
  assert.equal(cache.rttEstimate(SERVER, 1), 295)
  for (let i = 0; i < 100; i++) cache.observe(SERVER, 1, true, 2)
  assert.equal(cache.rttEstimate(SERVER, 2), 50)
  assert.equal(cache.rttEstimate(OTHER, 2), 376)
})

test('RFC6298 §5.5: a timeout doubles it; an answer ends that', () => {
  const cache = cacheOf()
  cache.observe(SERVER, 100, true, 0)
  cache.timedOut(SERVER, 300, 1)
  cache.timedOut(SERVER, 600, 2)
  assert.equal(cache.rttEstimate(SERVER, 2), 1200)
  assert.equal(cache.find(SERVER, 2)?.timeoutsInRow, 2)
  cache.observe(SERVER, 100, true, 4)
  assert.equal(cache.find(SERVER, 4)?.timeoutsInRow, 0)
  assert.ok(cache.rttEstimate(SERVER, 4) < 400)
})

test('queries that waited at the same time double the timeout once', () => {
  const cache = cacheOf()
  for (let i = 0; i < 50; i++) cache.timedOut(SERVER, 376, 3)
  assert.equal(cache.rttEstimate(SERVER, 3), 752)
})

test('a server is silent after several timeouts in a row over two seconds, until it answers', () => {
  const cache = cacheOf()
  for (let i = 0; i < 20; i++) cache.timedOut(SERVER, 376, 0)
  // One short outage hits all queries that wait then.
  assert.equal(cache.isSilent(SERVER, 1), false)
  assert.equal(cache.isSilent(SERVER, 2), true)
  cache.observe(SERVER, 20, true, 2)
  assert.equal(cache.isSilent(SERVER, 2), false)
  for (let i = 0; i < 4; i++) cache.timedOut(SERVER, 376, 2 + i)
  assert.equal(cache.isSilent(SERVER, 10), false)
  cache.timedOut(SERVER, 376, 10)
  assert.equal(cache.isSilent(SERVER, 10), true)
  assert.equal(cache.isSilent(OTHER, 10), false)
})

test('thorough probes of a silent server are due seldom, and never later than in a minute', () => {
  const cache = cacheOf()
  const due: number[] = []
  for (let now = 0; now < 400; now++) {
    cache.timedOut(SERVER, 376, now)
    if (cache.takeProbe(SERVER, now)) due.push(now)
  }
  assert.deepEqual(due, [0, 5, 15, 35, 75, 135, 195, 255, 315, 375])
  cache.observe(SERVER, 20, true, 400)
  assert.equal(cache.takeProbe(SERVER, 400), true)
})

test('all is forgotten after its time', () => {
  const cache = cacheOf()
  cache.observe(SERVER, 100, false, 0)
  cache.learnEdns(SERVER, 'none', 0)
  cache.markLame(SERVER, ZONE, 0)
  assert.equal(cache.ednsUse(SERVER, 899), 'none')
  assert.equal(cache.isLame(SERVER, ZONE, 899), true)
  // It is in use: its round trips are known, the rest is looked at anew.
  cache.observe(SERVER, 100, false, 800)
  assert.equal(cache.ednsUse(SERVER, 900), undefined)
  assert.equal(cache.isLame(SERVER, ZONE, 900), false)
  assert.equal(cache.find(SERVER, 900)?.rttMilliseconds, 100)
  assert.equal(cache.find(SERVER, 1700), undefined)
})

test('lameness is of one server and one zone', () => {
  const cache = cacheOf()
  cache.markLame(SERVER, ZONE, 0)
  assert.equal(cache.isLame(SERVER, Name.parse('a.example.'), 1), false)
  assert.equal(cache.isLame(OTHER, ZONE, 1), false)
  assert.equal(cache.isLame({ ...SERVER, port: 54 }, ZONE, 1), false)
})

test('a server that has sent an OPT record is not taken for one without EDNS', () => {
  const cache = cacheOf()
  cache.observe(SERVER, 10, true, 0)
  cache.learnEdns(SERVER, 'none', 1)
  assert.equal(cache.ednsUse(SERVER, 2), undefined)
  cache.learnEdns(SERVER, 'plain', 1)
  assert.equal(cache.ednsUse(SERVER, 2), 'plain')
})

test('a server that gave a cookie is not taken for one without options', () => {
  const cache = cacheOf()
  cache.takeCookie(SERVER, Uint8Array.of(...cache.cookieFor(SERVER, 0), 1, 2, 3, 4, 5, 6, 7, 8), 0)
  cache.learnEdns(SERVER, 'plain', 1)
  assert.equal(cache.ednsUse(SERVER, 2), undefined)
})

test('RFC7873 §5.1: each server gets a cookie of its own, which others cannot know', () => {
  const cache = cacheOf()
  const cookie = cache.cookieFor(SERVER, 0)
  assert.equal(cookie.length, 8)
  assert.deepEqual(cache.cookieFor(SERVER, 100), cookie)
  assert.notDeepEqual(cache.cookieFor(OTHER, 0), cookie)
  assert.notDeepEqual(cacheOf(1 << 20, new Uint8Array(16)).cookieFor(SERVER, 0), cookie)
})

test("RFC7873 §5.3: the server's cookie goes back to it; answers with a wrong one or none are told apart", () => {
  const cache = cacheOf()
  const ours = cache.cookieFor(SERVER, 0)
  assert.equal(cache.takeCookie(SERVER, undefined, 0), 'none')
  assert.equal(cache.takeCookie(SERVER, ours, 0), 'good')
  const theirs = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
  assert.equal(cache.takeCookie(SERVER, Uint8Array.of(...ours, ...theirs), 0), 'good')
  assert.deepEqual(cache.cookieFor(SERVER, 1), Uint8Array.of(...ours, ...theirs))
  assert.equal(cache.takeCookie(SERVER, undefined, 1), 'missing')
  for (const wrong of [
    new Uint8Array(8),
    new Uint8Array(0),
    Uint8Array.of(...ours, 1),
    Uint8Array.of(...ours, ...new Uint8Array(33)),
    Uint8Array.of(...ours.toReversed(), ...theirs),
  ]) {
    assert.equal(cache.takeCookie(SERVER, wrong, 1), 'wrong')
  }
})

test('the ceiling holds, whatever number of servers and zones', () => {
  const cache = cacheOf(20_000)
  for (let i = 0; i < 1000; i++) {
    const server = { address: Uint8Array.of(10, 0, i >> 8, i), port: 53 }
    cache.observe(server, 10, true, 0)
    cache.markLame(server, Name.parse(`z${i}.example.`), 0)
    assert.ok(cache.counts.octets <= 20_000)
  }
})
