/** Aliases without end: 11 are followed, as with Unbound (`max-query-restarts`). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { changing } from '../internet/host.ts'
import { Internet } from '../internet/internet.ts'
import { recordOf } from '../internet/records.ts'
import type { ZoneOptions } from '../internet/zones.ts'
import { lines, stillServes, withinCosts } from './attacker.fixture.ts'

const VICTIM = { text: 'www A 192.0.2.1' }
const UNSIGNED = { signing: 'unsigned' } as const

function world(zones: Record<string, ZoneOptions>): Internet {
  return new Internet({ '.': {}, 'victim.': VICTIM, ...zones })
}

describe('chains of aliases', () => {
  const chain = lines(100, (n) => `c${n} CNAME c${n + 1}`)

  for (const [what, options, most] of [
    ['signed', {}, { verifications: 16, exchanges: 16 }],
    ['not signed', UNSIGNED, { verifications: 4, exchanges: 16 }],
  ] as const) {
    it(`100 CNAMEs in one zone, ${what}`, () => {
      const internet = world({ 'attack.': { text: chain, ...options } })
      const resolver = internet.resolver()
      const { rcode, remarks } = resolver.resolve('c0.attack.', 'A')
      assert.equal(rcode, 2)
      assert.match(remarks.map(({ text }) => text).join(), /more than 11 aliases/)
      withinCosts(resolver.costs, most)
      stillServes(resolver)
    })
  }

  it('100 CNAMEs from one zone to the other and back', () => {
    const here = lines(100, (n) => `c${n} CNAME c${n}.other.`)
    const there = lines(100, (n) => `c${n} CNAME c${n + 1}.attack.`)
    const internet = world({ 'attack.': { text: here }, 'other.': { text: there } })
    const resolver = internet.resolver()
    assert.equal(resolver.resolve('c0.attack.', 'A').rcode, 2)
    withinCosts(resolver.costs, { verifications: 18, exchanges: 24 })
    stillServes(resolver)
  })

  it('11 aliases are followed', () => {
    const internet = world({ 'attack.': { text: chain } })
    const resolver = internet.resolver()
    const { rcode, security, answer } = resolver.resolve('c90.attack.', 'A')
    assert.deepEqual([rcode, security, answer.length], [3, 'secure', 10])
  })

  it('RFC1034 §3.6.2: circles, of one name and of many', () => {
    const text = `one CNAME one\n${lines(5, (n) => `c${n} CNAME c${(n + 1) % 5}`)}`
    const internet = world({ 'attack.': { text } })
    for (const [name, most] of [
      ['one', 10],
      ['c0', 14],
    ] as const) {
      const resolver = internet.resolver()
      assert.equal(resolver.resolve(`${name}.attack.`, 'A').rcode, 2)
      withinCosts(resolver.costs, { verifications: most, exchanges: most })
      stillServes(resolver)
    }
  })

  it('a message with 1,000 aliases of a chain, which nobody asked for', () => {
    const internet = world({ 'attack.': { text: 'c0 CNAME c1', ...UNSIGNED } })
    internet.host('attack.').spoil(
      changing((reply, { message }) => {
        if (message.questions[0]?.type !== 1 || reply.answer.length === 0) return reply
        return {
          ...reply,
          answer: Array.from({ length: 1000 }, (_, n) => recordOf(`c${n}.attack.`, 'CNAME', `c${n + 1}.attack.`)),
        }
      }),
    )
    const resolver = internet.resolver()
    assert.equal(resolver.resolve('c0.attack.', 'A').rcode, 2)
    withinCosts(resolver.costs, { verifications: 4, exchanges: 8 })
    stillServes(resolver)
  })
})

describe('RFC6672: DNAMEs that make names grow', () => {
  it('below itself: each step is a label longer, until the name is too long', () => {
    const internet = world({ 'attack.': { text: 'grow DNAME a.b.c.d.e.f.g.grow' } })
    const resolver = internet.resolver()
    assert.equal(resolver.resolve('www.grow.attack.', 'A').rcode, 2)
    withinCosts(resolver.costs, { verifications: 16, exchanges: 20 })
    stillServes(resolver)
  })

  it('§2.2: too long at once is YXDOMAIN', () => {
    const label = 'x'.repeat(60)
    const internet = world({ 'attack.': { text: `grow DNAME ${label}.${label}.${label}` } })
    const resolver = internet.resolver()
    const { rcode } = resolver.resolve(`${label}.${label}.grow.attack.`, 'A')
    assert.ok(rcode === 6 || rcode === 2, `${rcode}`)
    withinCosts(resolver.costs, { verifications: 6, exchanges: 14 })
    stillServes(resolver)
  })

  it('two that lead to each other and double what stands before them', () => {
    const text = 'a DNAME x.x.x.b\nb DNAME y.y.y.a'
    const internet = world({ 'attack.': { text } })
    const resolver = internet.resolver()
    assert.equal(resolver.resolve('www.a.attack.', 'A').rcode, 2)
    withinCosts(resolver.costs, { verifications: 20, exchanges: 20 })
    stillServes(resolver)
  })

  it('100 of them in a row', () => {
    const text = lines(100, (n) => `d${n} DNAME d${n + 1}`)
    const internet = world({ 'attack.': { text } })
    const resolver = internet.resolver()
    assert.equal(resolver.resolve('www.d0.attack.', 'A').rcode, 2)
    withinCosts(resolver.costs, { verifications: 20, exchanges: 20 })
    stillServes(resolver)
  })
})
