/** RFC 5155 §8.4 in the resolver: a proof in an opt-out span that lacks a record, directly, behind an alias, and from the cache. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OPT_OUT } from '../../src/signer/signing.fixture.ts'
import { changing } from '../internet/host.ts'
import { Internet } from '../internet/internet.ts'
import type { SimulatedResolver } from '../internet/simulated-resolver.ts'

const NSEC3 = 50
const RRSIG = 46
const NAMES = Array.from({ length: 12 }, (_, n) => `n${n}.out.test.`)
const ALIASES = NAMES.map((name, n) => `a${n} CNAME ${name}`).join('\n')

function internetOf(): Internet {
  return new Internet({
    '.': {},
    'test.': {},
    'out.test.': { text: `${ALIASES}\n*.wild TXT "wild"\nwww A 192.0.2.1`, signing: { denial: OPT_OUT } },
    'plain.out.test.': { text: 'www A 192.0.2.2', signing: 'unsigned' },
  })
}

/** The servers of the zone leave out one NSEC3 record of NXDOMAIN, the n-th. */
function leavingOut(n: number): { readonly internet: Internet; readonly resolver: SimulatedResolver } {
  const internet = internetOf()
  internet.host('out.test.').spoil(
    changing((reply) => {
      const owners = reply.authority.filter(({ type }) => type === NSEC3).map(({ owner }) => owner.key)
      const gone = owners.length === 3 ? owners[n] : undefined
      const isProof = (type: number): boolean => type === NSEC3 || type === RRSIG
      const authority = reply.authority.filter(({ owner, type }) => !(isProof(type) && owner.key === gone))
      return reply.header.rcode === 3 ? { ...reply, authority } : reply
    }),
  )
  return { internet, resolver: internet.resolver() }
}

const told = (resolver: SimulatedResolver, name: string, type = 'A'): string => {
  const { rcode, security, verdict } = resolver.resolve(name, type)
  return `${rcode} ${security} ${verdict?.reason ?? ''}`
}

test('RFC5155 §8.4: NXDOMAIN with all of its proof is insecure, directly and behind an alias', () => {
  const resolver = internetOf().resolver()
  for (const [n, name] of NAMES.entries()) {
    assert.equal(told(resolver, name), '3 insecure opt-out')
    assert.equal(told(resolver, `a${n}.out.test.`), '3 insecure opt-out')
  }
})

test('RFC5155 §8.4: without one of its records it is bogus, directly and behind an alias', () => {
  const whole = internetOf().resolver()
  const ofThree = NAMES.filter(
    (name) => whole.resolve(name, 'A').authority.filter(({ type }) => type === NSEC3).length === 3,
  )
  assert.ok(ofThree.length > 2, `${ofThree.length} names have three records`)
  for (let n = 0; n < 3; n++) {
    const { resolver } = leavingOut(n)
    for (const name of ofThree) {
      assert.equal(told(resolver, name), '2 bogus denial-missing', name)
      assert.equal(told(resolver, name.replace(/^n/, 'a')), '2 bogus denial-missing', name)
    }
  }
})

test('RFC8198 §5.2: nothing is denied from the records of opt-out spans, whatever was asked before', () => {
  const internet = internetOf()
  const resolver = internet.resolver()
  for (const name of NAMES) resolver.resolve(name, 'A')
  const { exchanges } = internet.host('out.test.')
  assert.equal(told(resolver, 'another.out.test.'), '3 insecure opt-out')
  assert.ok(internet.host('out.test.').exchanges > exchanges)
  assert.equal(told(resolver, 'www.plain.out.test.'), '0 insecure opt-out')
})

test('an unsigned zone below the span is insecure in its own denials, whatever its parent leaves out', () => {
  for (let n = 0; n < 3; n++) {
    const { resolver } = leavingOut(n)
    assert.equal(told(resolver, 'no.plain.out.test.'), '3 insecure opt-out')
    assert.equal(told(resolver, 'www.plain.out.test.', 'MX'), '0 insecure opt-out')
    assert.equal(told(resolver, 'plain.out.test.', 'DS'), '0 insecure opt-out')
  }
})
