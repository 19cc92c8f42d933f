/** A zone of somebody's own below a name that the public DNS denies, as a stub zone: what clients are told, and what helps. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Name } from '../../src/dns/name/index.ts'
import { Internet } from './internet.ts'
import type { SimulatedResolver, SimulatedResolverOptions } from './simulated-resolver.ts'

const ZONE = 'corp.internal.'
const HOSTS = 'www A 10.0.0.1\nalias CNAME www'
const QUESTIONS = [
  ['www.corp.internal.', 'A'],
  ['alias.corp.internal.', 'A'],
  ['www.corp.internal.', 'MX'],
  ['corp.internal.', 'SOA'],
  ['no.corp.internal.', 'A'],
] as const

function resolverFor(signing: 'unsigned' | object, options: SimulatedResolverOptions = {}): SimulatedResolver {
  const own = { text: HOSTS, signing, delegation: '', at: ['10.9.9.9'] }
  const internet = new Internet({ '.': { text: 'far.ent A 192.0.2.9' }, [ZONE]: own })
  const servers = [{ endpoint: { address: Uint8Array.of(10, 9, 9, 9), port: 53 }, protocol: 'udp' as const }]
  const routed = [{ zone: Name.parse(ZONE), kind: 'stub' as const, servers, first: false }]
  return internet.resolver({ settings: { routed }, ...options })
}

for (const signing of ['unsigned', {}] as const) {
  test(`RFC4035 §5.5: an ${signing === 'unsigned' ? 'unsigned' : 'own signed'} zone that the root denies: the root is named, and the remedy`, () => {
    const resolver = resolverFor(signing)
    for (const [name, type] of QUESTIONS) {
      const { rcode, security, verdict, remarks } = resolver.resolve(name, type)
      assert.deepEqual([rcode, security, verdict?.reason], [2, 'bogus', 'name-denied'], `${name} ${type}`)
      const [first] = remarks
      assert.equal(first?.code, 6)
      assert.match(
        first?.text ?? '',
        /^\. proves that internal\. does not exist, but .* was returned: .*negative trust anchor/,
      )
    }
    assert.deepEqual(resolver.faults, [])
  })
}

test('RFC7646 §1.1: a negative trust anchor for the zone makes its data insecure', () => {
  const resolver = resolverFor('unsigned', { negativeAnchors: [ZONE] })
  for (const [name, type] of QUESTIONS) {
    const { rcode, security } = resolver.resolve(name, type)
    assert.deepEqual([rcode, security], [name.startsWith('no.') ? 3 : 0, 'insecure'], `${name} ${type}`)
  }
})

test('RFC4035 §5: a trust point for the zone makes its data secure', () => {
  const resolver = resolverFor({}, { anchors: ['.', ZONE] })
  for (const [name, type] of QUESTIONS) {
    assert.equal(resolver.resolve(name, type).security, 'secure', `${name} ${type}`)
  }
})
