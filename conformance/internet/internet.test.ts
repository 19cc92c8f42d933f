import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NSEC3, OPT_OUT } from '../../src/signer/signing.fixture.ts'
import { refusing, silent, truncating } from './host.ts'
import { Internet } from './internet.ts'

const ZONES = {
  '.': {},
  'test.': { signing: { denial: NSEC3 } },
  'www.test.': { text: '@ A 192.0.2.1\n*.wild A 192.0.2.2\nalias CNAME www.plain.test.' },
  'plain.test.': { text: 'www A 192.0.2.3', signing: 'unsigned' as const },
  'out.test.': { text: 'www A 192.0.2.4', signing: { denial: OPT_OUT }, at: ['192.0.2.53', '192.0.2.54'] },
}

test('a simulated internet: names resolve, secure where they are signed', () => {
  const internet = new Internet(ZONES)
  const resolver = internet.resolver()
  const at = (name: string, type = 'A'): string => {
    const { rcode, security, answer } = resolver.resolve(name, type)
    return `${rcode} ${security} ${answer.length}`
  }
  assert.equal(at('www.test.'), '0 secure 1')
  assert.equal(at('x.wild.www.test.'), '0 secure 1')
  assert.equal(at('nothing.www.test.'), '3 secure 0')
  assert.equal(at('nothing.test.'), '3 secure 0')
  assert.equal(at('www.plain.test.'), '0 insecure 1')
  assert.equal(at('alias.www.test.'), '0 insecure 2')
  assert.equal(at('www.out.test.'), '0 secure 1')
  assert.equal(at('nothing.out.test.'), '3 insecure 0')
  assert.deepEqual(resolver.faults, [])
})

test('RFC7646 §1.1: below a negative trust anchor nothing is denied by proofs of above', () => {
  const internet = new Internet({ ...ZONES, 'zone.test.': { text: 'a A 192.0.2.1' } })
  const resolver = internet.resolver({ negativeAnchors: ['m.zone.test.'] })
  // Its NSEC covers all that sorts after `a`, so that no other absent name is asked for.
  assert.equal(resolver.resolve('b.zone.test.', 'A').security, 'secure')
  const asked = (name: string): number => {
    const { exchanges } = internet.host('zone.test.')
    assert.equal(resolver.resolve(name, 'A').rcode, 3)
    return internet.host('zone.test.').exchanges - exchanges
  }
  assert.equal(asked('c.zone.test.'), 0)
  assert.equal(asked('x.m.zone.test.') > 0, true)
  assert.equal(resolver.resolve('x.m.zone.test.', 'A').security, 'insecure')
})

test('faults of a server: silence, refusal, truncation; another one helps', () => {
  const internet = new Internet(ZONES)
  for (const fault of [silent, refusing(5), refusing(2), truncating(['udp', 'tcp'])]) {
    internet.at('192.0.2.53').mend()
    internet.at('192.0.2.53').spoil(fault)
    const { rcode, security } = internet.resolver().resolve('www.out.test.', 'A')
    assert.deepEqual([rcode, security], [0, 'secure'])
  }
  internet.at('192.0.2.54').isUnreachable = true
  const resolver = internet.resolver()
  assert.equal(resolver.resolve('www.out.test.', 'A').rcode, 2)
  assert.ok(resolver.costs.exchanges <= 30, `${resolver.costs.exchanges}`)
})
