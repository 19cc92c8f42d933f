/**
 * Delegations that lead a resolver to ask others, or itself, without end (NXNSAttack, CVE-2020-8616; CVE-2014-8500). One query may cause
 * 120 messages, 24 addresses that are looked up, and 32 messages to one zone's servers that bring nothing. Others: Unbound has the
 * last one too (`max-sent-count`), and gives up after a few names that are not there.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { changing, refusing, saying, truncating } from '../internet/host.ts'
import { Internet } from '../internet/internet.ts'
import { recordOf } from '../internet/records.ts'
import type { ZoneOptions } from '../internet/zones.ts'
import { lines, stillServes, withinCosts } from './attacker.fixture.ts'

const VICTIM = { text: 'www A 192.0.2.1' }
const UNSIGNED = { signing: 'unsigned' } as const

function world(zones: Record<string, ZoneOptions>): Internet {
  return new Internet({ '.': {}, 'victim.': VICTIM, ...zones })
}

describe('NXNSAttack (CVE-2020-8616): a referral to 100 names', () => {
  it('of the victim, none of which is there', () => {
    const text = lines(100, (n) => `sub NS n${n}.victim.`)
    const internet = world({ 'attack.': { text } })
    const resolver = internet.resolver()
    assert.equal(resolver.resolve('www.sub.attack.', 'A').rcode, 2)
    withinCosts(resolver.costs, { exchanges: 20 })
    // With denials from the cache off, the victim gets a question for each name that is looked up.
    const plain = internet.resolver({ settings: { aggressiveNsec: false } })
    const before = internet.host('victim.').exchanges
    assert.equal(plain.resolve('www.sub.attack.', 'A').rcode, 2)
    withinCosts(plain.costs, { exchanges: 20 })
    const most = internet.host('victim.').exchanges - before
    assert.ok(most <= 12, `${most} questions to the victim`)
    stillServes(resolver)
  })

  it('of a zone that is not signed', () => {
    const internet = world({
      'attack.': { text: lines(100, (n) => `sub NS n${n}.plain.`) },
      'plain.': { text: 'www A 192.0.2.1', ...UNSIGNED },
    })
    const before = internet.host('plain.').exchanges
    const resolver = internet.resolver()
    assert.equal(resolver.resolve('www.sub.attack.', 'A').rcode, 2)
    withinCosts(resolver.costs, { exchanges: 20 })
    assert.ok(internet.host('plain.').exchanges - before <= 13)
    stillServes(resolver)
  })

  it('with addresses at which nobody answers', () => {
    const text = lines(100, (n) => `sub NS n${n}.sub\nn${n}.sub A 203.0.113.${n}`)
    const internet = world({ 'attack.': { text } })
    const resolver = internet.resolver()
    assert.equal(resolver.resolve('www.sub.attack.', 'A').rcode, 2)
    withinCosts(resolver.costs, { exchanges: 40 })
    stillServes(resolver)
  })

  it('again in each answer: a referral to names below the next such referral', () => {
    const text = lines(100, (n) => `d${n} NS n${n}.d${n + 1}\n`)
    const internet = world({ 'attack.': { text, ...UNSIGNED } })
    const resolver = internet.resolver()
    assert.equal(resolver.resolve('www.d0.attack.', 'A').rcode, 2)
    withinCosts(resolver.costs, { exchanges: 32 })
    stillServes(resolver)
  })

  it('a referral of referrals: 10 names, each below another that needs 10 names', () => {
    const text = lines(100, (z) => lines(10, (n) => `z${z} NS n${n}.z${(z * 10 + n + 1) % 100}`))
    const internet = world({ 'attack.': { text, ...UNSIGNED } })
    const resolver = internet.resolver()
    assert.equal(resolver.resolve('www.z0.attack.', 'A').rcode, 2)
    withinCosts(resolver.costs, { exchanges: 32 })
    stillServes(resolver)
  })
})

describe('delegations without end', () => {
  it('two zones whose servers are names of each other', () => {
    const internet = world({ 'attack.': { text: 'a NS ns.b.attack.\nb NS ns.a.attack.', ...UNSIGNED } })
    const resolver = internet.resolver()
    assert.equal(resolver.resolve('www.a.attack.', 'A').rcode, 2)
    withinCosts(resolver.costs, { exchanges: 16 })
    stillServes(resolver)
  })

  it('a zone whose only server is a name of itself, without an address', () => {
    const internet = world({ 'attack.': { text: 'a NS ns.a.attack.', ...UNSIGNED } })
    const resolver = internet.resolver()
    assert.equal(resolver.resolve('www.a.attack.', 'A').rcode, 2)
    withinCosts(resolver.costs, { exchanges: 12 })
  })

  it('a server that refers to a zone of one label more, whatever is asked', () => {
    const internet = world({ 'attack.': UNSIGNED })
    const host = internet.host('attack.')
    const nothing = saying(() => ({}))
    host.spoil((_reply, asked) => {
      const name = asked.message.questions[0]?.name
      if (name === undefined) return undefined
      const refer = changing((reply) => ({
        ...reply,
        header: { ...reply.header, aa: false },
        authority: [recordOf(name, 'NS', `ns.${name}`)],
        additional: [recordOf(`ns.${name}`, 'A', host.address)],
      }))
      return refer(nothing(undefined, asked), asked)
    })
    const resolver = internet.resolver()
    assert.equal(resolver.resolve(`${'a.'.repeat(100)}attack.`, 'A').rcode, 2)
    withinCosts(resolver.costs, { exchanges: 60 })
    assert.equal(resolver.resolve(`${'a.'.repeat(10)}attack.`, 'A').rcode, 2)
    withinCosts(resolver.costs, { exchanges: 60 })
    stillServes(resolver)
  })

  it('RFC1034 §5.3.3: referrals up, and to where they come from', () => {
    for (const zone of ['.', 'attack.', 'victim.']) {
      const internet = world({ 'attack.': UNSIGNED })
      const host = internet.host('attack.')
      host.spoil(
        changing((reply) => ({
          ...reply,
          header: { ...reply.header, aa: false, rcode: 0 },
          answer: [],
          authority: [recordOf(zone, 'NS', 'ns.attack.')],
          additional: [recordOf('ns.attack.', 'A', host.address)],
        })),
      )
      const resolver = internet.resolver()
      const { rcode } = resolver.resolve('www.attack.', 'A')
      // What does not stand above the name is passed over, and nothing is left.
      assert.equal(rcode, zone === 'victim.' ? 0 : 2)
      withinCosts(resolver.costs, { exchanges: 4 }, zone)
      stillServes(resolver)
    }
  })

  for (const depth of [25, 60]) {
    it(`${depth} zones, each below the other, all real and signed`, () => {
      const zones: Record<string, ZoneOptions> = {}
      let name = 'attack.'
      for (let n = 0; n < depth; n++) {
        zones[name] = { text: 'www A 192.0.2.9', at: ['192.0.2.66'] }
        name = `d.${name}`
      }
      const internet = world(zones)
      const resolver = internet.resolver()
      const { security, verdict } = resolver.resolve(`www.${name.slice(2)}`, 'A')
      // No tree of names that people use is as deep as the second.
      assert.deepEqual([security, verdict?.reason], depth === 25 ? ['secure', undefined] : ['bogus', 'work-exceeded'])
      withinCosts(resolver.costs, { verifications: 64, exchanges: 120 }, security)
      stillServes(resolver)
    })
  }
})

describe('servers that fail', () => {
  const names = lines(100, (n) => `n${n} A 192.0.2.9`)
  for (const [what, fault] of [
    ['SERVFAIL to everything', refusing(2)],
    ['REFUSED to everything', refusing(5)],
    ['FORMERR to everything', refusing(1)],
    ['BADVERS to everything', refusing(16)],
    ['TC, over TCP too', truncating(['udp', 'tcp'])],
  ] as const) {
    it(what, () => {
      const internet = world({
        'attack.': { text: names, at: Array.from({ length: 13 }, (_, n) => `192.0.2.${100 + n}`) },
      })
      for (let n = 0; n < 13; n++) internet.at(`192.0.2.${100 + n}`).spoil(fault)
      const resolver = internet.resolver()
      assert.equal(resolver.resolve('n0.attack.', 'A').rcode, 2)
      withinCosts(resolver.costs, { exchanges: 32 }, what)
      // RFC 9520 §3.2: not again at once.
      assert.equal(resolver.resolve('n0.attack.', 'A').rcode, 2)
      withinCosts(resolver.costs, { exchanges: 0 })
      stillServes(resolver)
    })
  }
})

describe('1,000 delegations that are not signed', () => {
  for (const kind of ['nsec', 'nsec3'] as const) {
    it(`by ${kind.toUpperCase()}: each costs the same, and others wait for none of it`, () => {
      const zones: Record<string, ZoneOptions> = {}
      for (let n = 0; n < 1000; n++) zones[`z${n}.attack.`] = { text: '@ A 192.0.2.9', at: ['192.0.2.66'], ...UNSIGNED }
      const denial =
        kind === 'nsec'
          ? ({ kind } as const)
          : ({ kind, iterations: 0, salt: new Uint8Array(0), optOut: true } as const)
      const internet = world({ 'attack.': { signing: { denial } }, ...zones })
      const resolver = internet.resolver()
      for (let n = 0; n < 1000; n++) {
        const { rcode, security } = resolver.resolve(`z${n}.attack.`, 'A')
        assert.deepEqual([rcode, security], [0, 'insecure'])
        const first = n === 0 ? 4 : 0
        withinCosts(resolver.costs, { verifications: 2 + first, hashes: 3, exchanges: 2 + first }, `${n}`)
      }
      stillServes(resolver)
    })
  }
})
