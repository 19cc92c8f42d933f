/** Rate limiting as NSD counts: the figures of the first tests are what an NSD at the same setting answered. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Name } from '../dns/name/index.ts'
import {
  AnswerClass,
  DROP,
  RATE_LIMIT_DEFAULTS,
  RateLimit,
  type RateLimitOptions,
  SEND,
  SLIP,
  type Verdict,
} from './rate-limit.ts'

const secret = Uint8Array.from({ length: 16 }, (_, i) => i * 17 + 3)
const client = Uint8Array.of(192, 0, 2, 1)
const START = 1_700_000_000

function limiter(options: Partial<RateLimitOptions> = {}): RateLimit {
  return new RateLimit(RateLimit.share({ ...RATE_LIMIT_DEFAULTS, size: 1000, perSecond: 20, ...options }, secret))
}

type Question = { address?: Uint8Array; class?: number; whitelist?: number; name?: number; at?: number }

function judge(limit: RateLimit, question: Question = {}): Verdict {
  const address = question.address ?? client
  const answerClass = question.class ?? AnswerClass.positive
  const { whitelist = 0, name = 1, at = START } = question
  return limit.judge(address, 0, address.length, answerClass, whitelist, name, at)
}

/** How many of `count` questions in one second are answered in full. */
function sent(limit: RateLimit, count: number, question: Question = {}): number {
  let full = 0
  for (let i = 0; i < count; i++) if (judge(limit, question) === SEND) full++
  return full
}

test('a burst gets just less than twice the setting in its first second, and nothing while it goes on', () => {
  const limit = limiter()
  const seconds = [100, 100, 100, 100]
  assert.deepEqual(
    seconds.map((count, second) => sent(limit, count, { at: START + second })),
    [39, 0, 0, 0],
  )
})

test('a steady load at the setting is never limited, one above it is within seconds', () => {
  const load = (counts: number[]): number[] => {
    const limit = limiter()
    return counts.map((count, second) => sent(limit, count, { at: START + second }))
  }
  assert.deepEqual(load([21, 20, 21, 20, 18]), [21, 20, 21, 20, 18])
  assert.deepEqual(load([22, 21, 22, 21, 19]), [22, 21, 22, 20, 0])
  assert.deepEqual(load([26, 25, 26, 25, 23]), [26, 25, 20, 0, 0])
  assert.deepEqual(load([31, 31, 30, 31, 27]), [31, 24, 0, 0, 0])
})

test('a flow that falls silent is forgotten by half each second', () => {
  const answered = [1, 2, 3, 4, 5, 6, 7, 40, 1000].map((silence) => {
    const limit = limiter()
    sent(limit, 83)
    return sent(limit, 45, { at: START + silence })
  })
  assert.deepEqual(answered, [0, 0, 29, 34, 37, 38, 39, 39, 39])
})

test('slip: one in so many is truncated instead of dropped; 1 truncates all, 0 none', () => {
  const slips = (slip: number): number => {
    const limit = limiter({ slip })
    sent(limit, 100)
    let truncated = 0
    for (let i = 0; i < 10_000; i++) {
      const verdict = judge(limit)
      assert.notEqual(verdict, SEND)
      if (verdict === SLIP) truncated++
    }
    return truncated
  }
  assert.equal(slips(0), 0)
  assert.equal(slips(1), 10_000)
  assert.ok(Math.abs(slips(2) - 5000) < 300)
  assert.ok(Math.abs(slips(10) - 1000) < 150)
})

test('flows differ by network, class and name; addresses of one network are one', () => {
  const limit = limiter()
  sent(limit, 100)
  assert.notEqual(judge(limit), SEND)
  assert.notEqual(judge(limit, { address: Uint8Array.of(192, 0, 2, 77) }), SEND)
  assert.equal(judge(limit, { address: Uint8Array.of(192, 0, 3, 1) }), SEND)
  assert.equal(judge(limit, { class: AnswerClass.nxdomain }), SEND)
  assert.equal(judge(limit, { name: 2 }), SEND)
})

test('IPv6 networks are counted by their prefix, and are never those of IPv4', () => {
  const limit = limiter({ ipv6PrefixLength: 56 })
  const address = (seventh: number, last: number): Uint8Array => {
    const octets = new Uint8Array(16)
    octets.set([0x20, 1, 0xd, 0xb8, 0, 0, seventh])
    octets[7] = last
    octets[15] = last
    return octets
  }
  sent(limit, 100, { address: address(1, 1) })
  assert.notEqual(judge(limit, { address: address(1, 255) }), SEND)
  assert.equal(judge(limit, { address: address(2, 1) }), SEND)
  sent(limit, 100, { address: new Uint8Array(4) })
  assert.equal(judge(limit, { address: new Uint8Array(16) }), SEND)
})

test('an address is read where it stands', () => {
  const limit = limiter()
  const packet = Uint8Array.of(9, 9, 192, 0, 2, 1, 9)
  sent(limit, 100)
  assert.notEqual(limit.judge(packet, 2, 4, AnswerClass.positive, 0, 1, START), SEND)
  assert.equal(limit.judge(packet, 1, 4, AnswerClass.positive, 0, 1, START), SEND)
})

test('whitelisted classes have a limit of their own; a limit of 0 is none', () => {
  const whitelist = AnswerClass.positive | AnswerClass.dnskey
  assert.equal(sent(limiter({ whitelistedPerSecond: 100 }), 1000, { whitelist }), 199)
  assert.equal(sent(limiter({ whitelistedPerSecond: 0 }), 1000, { whitelist }), 1000)
  assert.equal(sent(limiter({ whitelistedPerSecond: 100 }), 1000, { whitelist, class: AnswerClass.nodata }), 39)
  assert.equal(sent(limiter({ perSecond: 0 }), 1000), 1000)
})

test('threads that share a table share the limit', () => {
  const shared = RateLimit.share({ ...RATE_LIMIT_DEFAULTS, size: 100, perSecond: 20 }, secret)
  const threads = [new RateLimit(shared), new RateLimit(structuredClone(shared))]
  assert.equal(sent(threads[0] ?? limiter(), 30) + sent(threads[1] ?? limiter(), 30), 39)
})

test('a clock that is set back does not keep a flow limited', () => {
  const limit = limiter()
  sent(limit, 100)
  assert.equal(judge(limit, { at: START - 3600 }), SEND)
})

test('a flow that is limited is not freed by new flows in the same second, unless a line is full of busier ones', () => {
  const limit = limiter({ size: 4 })
  sent(limit, 100)
  for (let name = 2; name < 100; name++) judge(limit, { name })
  assert.notEqual(judge(limit), SEND)
})

test('a name has one number in any case, and names differ', () => {
  const limit = limiter()
  const number = (text: string): number => limit.hashName(Name.parse(text).octets, 0)
  assert.equal(number('WWW.Example.COM.'), number('www.example.com.'))
  const names = Array.from({ length: 2000 }, (_, i) => number(`host-${i}.example.`))
  assert.equal(new Set(names).size, names.length)
  assert.notEqual(number('.'), number('a.'))
})

test('a secret has 16 octets', () => {
  assert.throws(() => RateLimit.share(RATE_LIMIT_DEFAULTS, new Uint8Array(15)), RangeError)
})

test('any history of one flow: what is answered follows from the rule, computed afresh', () => {
  const history = fc.array(
    fc.record({ pause: fc.integer({ min: 0, max: 40 }), count: fc.integer({ min: 1, max: 120 }) }),
  )
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 60 }), (bursts, perSecond) => {
      const limit = limiter({ perSecond, slip: 0 })
      const asked = new Map<number, number>()
      let at = START
      for (const { pause, count } of bursts) {
        at += pause
        for (let i = 0; i < count; i++) {
          asked.set(at, (asked.get(at) ?? 0) + 1)
          assert.equal(judge(limit, { at }), rateOf(asked, at) < perSecond * 2 ? SEND : DROP)
        }
      }
    }),
    { numRuns: 60 },
  )
})

/** The rate as the text at the head of the module says it, second by second from the first one on. */
function rateOf(asked: ReadonlyMap<number, number>, at: number): number {
  let rate = 0
  let last = 0
  for (let second = Math.min(...asked.keys()); second < at; second++) {
    const count = asked.get(second) ?? 0
    rate = (rate >> 1) + count
    if (count > 0) last = second
  }
  if (at - last > 31) rate = 0
  const count = asked.get(at) ?? 0
  return Math.max(rate, count + (rate >> 1))
}
